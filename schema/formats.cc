// SPDX-License-Identifier: MIT
// The table of migration tools, one file each in schema/formats/. Facts: each tool's documentation
// and source; how a file is sent was tried on a server ("five ways of sending a file").
#include "schema/formats.h"

#include <algorithm>

namespace schemagate {
namespace format_rows {

extern const MigrationFormat sqitch, drizzle, supabase, prisma, diesel, hasura, graphile_migrate,
    dbmate, goose, sql_migrate, tern, rambler, refinery, flyway, sqlx, node_pg_migrate,
    golang_migrate, pgroll, efcore, yoyo, psql, liquibase, atlas, plain, alembic, django, rails,
    ecto, sequelize, knex, typeorm;

}  // namespace format_rows

namespace {

/// Where two signs are equally sure, the row that stands first wins.
constexpr const MigrationFormat* table[] = {
    &format_rows::sqitch,
    &format_rows::drizzle,
    &format_rows::supabase,
    &format_rows::prisma,
    &format_rows::diesel,
    &format_rows::hasura,
    &format_rows::graphile_migrate,
    &format_rows::dbmate,
    &format_rows::goose,
    &format_rows::sql_migrate,
    &format_rows::tern,
    &format_rows::rambler,
    &format_rows::liquibase,
    &format_rows::refinery,
    &format_rows::flyway,
    &format_rows::sqlx,
    &format_rows::node_pg_migrate,
    &format_rows::golang_migrate,
    &format_rows::pgroll,
    &format_rows::efcore,
    &format_rows::yoyo,
    &format_rows::psql,
    &format_rows::alembic,
    &format_rows::django,
    &format_rows::rails,
    &format_rows::ecto,
    &format_rows::sequelize,
    &format_rows::knex,
    &format_rows::typeorm,
    &format_rows::atlas,
    &format_rows::plain,
};

}  // namespace

std::span<const MigrationFormat* const> formats() { return table; }

const MigrationFormat* find_format(std::string_view name) {
  const auto at = std::find_if(std::begin(table), std::end(table),
                               [&](const MigrationFormat* format) { return format->name == name; });
  return at == std::end(table) ? nullptr : *at;
}

bool runs_before(const MigrationName& one, const MigrationName& two) {
  if (one.rank != two.rank) return one.rank < two.rank;
  const std::size_t count = std::max(one.parts.size(), two.parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view a = i < one.parts.size() ? std::string_view(one.parts[i]) : "0";
    const std::string_view b = i < two.parts.size() ? std::string_view(two.parts[i]) : "0";
    if (a.size() != b.size()) return a.size() < b.size();
    if (a != b) return a < b;
  }
  return one.name < two.name;
}

}  // namespace schemagate
