// SPDX-License-Identifier: MIT
#include "schema/builtin_types.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

namespace schemagate {
namespace {

/// Types of pg_catalog on PostgreSQL 14 to 18 that are neither arrays nor rows of a catalog,
/// sorted.
constexpr std::string_view builtin[] = {"aclitem",
                                        "any",
                                        "anyarray",
                                        "anycompatible",
                                        "anycompatiblearray",
                                        "anycompatiblemultirange",
                                        "anycompatiblenonarray",
                                        "anycompatiblerange",
                                        "anyelement",
                                        "anyenum",
                                        "anymultirange",
                                        "anynonarray",
                                        "anyrange",
                                        "bit",
                                        "bool",
                                        "box",
                                        "bpchar",
                                        "bytea",
                                        "char",
                                        "cid",
                                        "cidr",
                                        "circle",
                                        "cstring",
                                        "date",
                                        "datemultirange",
                                        "daterange",
                                        "event_trigger",
                                        "fdw_handler",
                                        "float4",
                                        "float8",
                                        "gtsvector",
                                        "index_am_handler",
                                        "inet",
                                        "int2",
                                        "int2vector",
                                        "int4",
                                        "int4multirange",
                                        "int4range",
                                        "int8",
                                        "int8multirange",
                                        "int8range",
                                        "internal",
                                        "interval",
                                        "json",
                                        "jsonb",
                                        "jsonpath",
                                        "language_handler",
                                        "line",
                                        "lseg",
                                        "macaddr",
                                        "macaddr8",
                                        "money",
                                        "name",
                                        "numeric",
                                        "nummultirange",
                                        "numrange",
                                        "oid",
                                        "oidvector",
                                        "path",
                                        "pg_brin_bloom_summary",
                                        "pg_brin_minmax_multi_summary",
                                        "pg_ddl_command",
                                        "pg_dependencies",
                                        "pg_lsn",
                                        "pg_mcv_list",
                                        "pg_ndistinct",
                                        "pg_node_tree",
                                        "pg_snapshot",
                                        "point",
                                        "polygon",
                                        "record",
                                        "refcursor",
                                        "regclass",
                                        "regcollation",
                                        "regconfig",
                                        "regdictionary",
                                        "regnamespace",
                                        "regoper",
                                        "regoperator",
                                        "regproc",
                                        "regprocedure",
                                        "regrole",
                                        "regtype",
                                        "table_am_handler",
                                        "text",
                                        "tid",
                                        "time",
                                        "timestamp",
                                        "timestamptz",
                                        "timetz",
                                        "trigger",
                                        "tsm_handler",
                                        "tsmultirange",
                                        "tsquery",
                                        "tsrange",
                                        "tstzmultirange",
                                        "tstzrange",
                                        "tsvector",
                                        "txid_snapshot",
                                        "unknown",
                                        "uuid",
                                        "varbit",
                                        "varchar",
                                        "void",
                                        "xid",
                                        "xid8",
                                        "xml"};

struct Provided {
  std::string_view type;
  std::string_view extension;
};
/// Sorted by type.
constexpr Provided provided[] = {{"agtype", "age"},
                                 {"box2d", "postgis"},
                                 {"box3d", "postgis"},
                                 {"citext", "citext"},
                                 {"cube", "cube"},
                                 {"debversion", "debversion"},
                                 {"ean13", "isn"},
                                 {"earth", "earthdistance"},
                                 {"geography", "postgis"},
                                 {"geometry", "postgis"},
                                 {"geometry_dump", "postgis"},
                                 {"gtrgm", "pg_trgm"},
                                 {"h3index", "h3"},
                                 {"halfvec", "vector"},
                                 {"hll", "hll"},
                                 {"hstore", "hstore"},
                                 {"ip4", "ip4r"},
                                 {"ip4r", "ip4r"},
                                 {"ip6", "ip4r"},
                                 {"ip6r", "ip4r"},
                                 {"ipaddress", "ip4r"},
                                 {"iprange", "ip4r"},
                                 {"isbn", "isn"},
                                 {"isbn13", "isn"},
                                 {"ismn", "isn"},
                                 {"ismn13", "isn"},
                                 {"issn", "isn"},
                                 {"issn13", "isn"},
                                 {"lo", "lo"},
                                 {"lquery", "ltree"},
                                 {"ltree", "ltree"},
                                 {"ltxtquery", "ltree"},
                                 {"mol", "rdkit"},
                                 {"query_int", "intarray"},
                                 {"raster", "postgis_raster"},
                                 {"roaringbitmap", "roaringbitmap"},
                                 {"seg", "seg"},
                                 {"semver", "semver"},
                                 {"sparsevec", "vector"},
                                 {"tdigest", "tdigest"},
                                 {"topogeometry", "postgis_topology"},
                                 {"uint1", "uint"},
                                 {"uint2", "uint"},
                                 {"uint4", "uint"},
                                 {"uint8", "uint"},
                                 {"ulid", "ulid"},
                                 {"upc", "isn"},
                                 {"uri", "uri"},
                                 {"vector", "vector"}};

/// Types of variable length, apart from these, are EXTENDED: pg_type.typstorage.
constexpr std::string_view plain_types[] = {
    "aclitem",       "bool",         "box",      "char",        "cid",          "circle",
    "cube",          "date",         "ean13",    "float4",      "float8",       "int2",
    "int2vector",    "int4",         "int8",     "interval",    "isbn",         "isbn13",
    "ismn",          "ismn13",       "issn",     "issn13",      "line",         "lo",
    "lseg",          "macaddr",      "macaddr8", "money",       "name",         "oid",
    "oidvector",     "pg_lsn",       "point",    "regclass",    "regcollation", "regconfig",
    "regdictionary", "regnamespace", "regoper",  "regoperator", "regproc",      "regprocedure",
    "regrole",       "regtype",      "seg",      "tid",         "time",         "timestamp",
    "timestamptz",   "timetz",       "tsquery",  "upc",         "uuid",         "xid",
    "xid8"};
constexpr std::string_view main_types[] = {"cidr", "geography", "geometry", "inet", "numeric"};

}  // namespace

std::string_view storage_of_type(std::string_view name) {
  if (std::binary_search(std::begin(plain_types), std::end(plain_types), name)) return "PLAIN";
  if (std::binary_search(std::begin(main_types), std::end(main_types), name)) return "MAIN";
  return "EXTENDED";
}

bool is_builtin_type(std::string_view name) {
  static const std::unordered_set<std::string_view> names(std::begin(builtin), std::end(builtin));
  return names.contains(name);
}

std::string_view extension_of_type(std::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(provided), std::end(provided), name,
                       [](const Provided& row, std::string_view type) { return row.type < type; });
  return found != std::end(provided) && found->type == name ? found->extension : std::string_view();
}

bool is_system_column(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"tableoid", "xmin", "cmin",
                                                  "xmax",     "cmax", "ctid"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace schemagate
