// SPDX-License-Identifier: MIT
#include "schema/builtin_extensions.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace schemagate {
namespace {

/// `comment` of the control files of PostgreSQL 14 to 18, sorted by name.
constexpr std::pair<std::string_view, std::string_view> comments[] = {
    {"adminpack", "administrative functions for PostgreSQL"},
    {"amcheck", "functions for verifying relation integrity"},
    {"autoinc", "functions for autoincrementing fields"},
    {"bloom", "bloom access method - signature file based index"},
    {"bool_plperl", "transform between bool and plperl"},
    {"bool_plperlu", "transform between bool and plperlu"},
    {"btree_gin", "support for indexing common datatypes in GIN"},
    {"btree_gist", "support for indexing common datatypes in GiST"},
    {"citext", "data type for case-insensitive character strings"},
    {"cube", "data type for multidimensional cubes"},
    {"dblink", "connect to other PostgreSQL databases from within a database"},
    {"dict_int", "text search dictionary template for integers"},
    {"dict_xsyn", "text search dictionary template for extended synonym processing"},
    {"earthdistance", "calculate great-circle distances on the surface of the Earth"},
    {"file_fdw", "foreign-data wrapper for flat file access"},
    {"fuzzystrmatch", "determine similarities and distance between strings"},
    {"hstore", "data type for storing sets of (key, value) pairs"},
    {"hstore_plperl", "transform between hstore and plperl"},
    {"hstore_plperlu", "transform between hstore and plperlu"},
    {"hstore_plpython2u", "transform between hstore and plpython2u"},
    {"hstore_plpython3u", "transform between hstore and plpython3u"},
    {"hstore_plpythonu", "transform between hstore and plpythonu"},
    {"insert_username", "functions for tracking who changed a table"},
    {"intagg", "integer aggregator and enumerator (obsolete)"},
    {"intarray", "functions, operators, and index support for 1-D arrays of integers"},
    {"isn", "data types for international product numbering standards"},
    {"jsonb_plperl", "transform between jsonb and plperl"},
    {"jsonb_plperlu", "transform between jsonb and plperlu"},
    {"jsonb_plpython2u", "transform between jsonb and plpython2u"},
    {"jsonb_plpython3u", "transform between jsonb and plpython3u"},
    {"jsonb_plpythonu", "transform between jsonb and plpythonu"},
    {"lo", "Large Object maintenance"},
    {"ltree", "data type for hierarchical tree-like structures"},
    {"ltree_plpython2u", "transform between ltree and plpython2u"},
    {"ltree_plpython3u", "transform between ltree and plpython3u"},
    {"ltree_plpythonu", "transform between ltree and plpythonu"},
    {"moddatetime", "functions for tracking last modification time"},
    {"old_snapshot", "utilities in support of old_snapshot_threshold"},
    {"pageinspect", "inspect the contents of database pages at a low level"},
    {"pg_buffercache", "examine the shared buffer cache"},
    {"pg_freespacemap", "examine the free space map (FSM)"},
    {"pg_logicalinspect", "functions to inspect logical decoding components"},
    {"pg_prewarm", "prewarm relation data"},
    {"pg_stat_statements",
     "track planning and execution statistics of all SQL statements executed"},
    {"pg_surgery", "extension to perform surgery on a damaged relation"},
    {"pg_trgm", "text similarity measurement and index searching based on trigrams"},
    {"pg_visibility", "examine the visibility map (VM) and page-level visibility info"},
    {"pg_walinspect", "functions to inspect contents of PostgreSQL Write-Ahead Log"},
    {"pgcrypto", "cryptographic functions"},
    {"pgrowlocks", "show row-level locking information"},
    {"pgstattuple", "show tuple-level statistics"},
    {"plperl", "PL/Perl procedural language"},
    {"plperlu", "PL/PerlU untrusted procedural language"},
    {"plpgsql", "PL/pgSQL procedural language"},
    {"plpython3u", "PL/Python3U untrusted procedural language"},
    {"pltcl", "PL/Tcl procedural language"},
    {"pltclu", "PL/TclU untrusted procedural language"},
    {"postgres_fdw", "foreign-data wrapper for remote PostgreSQL servers"},
    {"refint", "functions for implementing referential integrity (obsolete)"},
    {"seg", "data type for representing line segments or floating-point intervals"},
    {"sslinfo", "information about SSL certificates"},
    {"tablefunc", "functions that manipulate whole tables, including crosstab"},
    {"tcn", "Triggered change notifications"},
    {"tsm_system_rows", "TABLESAMPLE method which accepts number of rows as a limit"},
    {"tsm_system_time", "TABLESAMPLE method which accepts time in milliseconds as a limit"},
    {"unaccent", "text search dictionary that removes accents"},
    {"uuid-ossp", "generate universally unique identifiers (UUIDs)"},
    {"xml2", "XPath querying and XSLT"}};

}  // namespace

std::string_view comment_of_extension(std::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(comments), std::end(comments), name,
                       [](const auto& row, std::string_view wanted) { return row.first < wanted; });
  return found != std::end(comments) && found->first == name ? found->second : std::string_view();
}

}  // namespace schemagate
