// SPDX-License-Identifier: MIT
#include "schema/facts.h"

#include <fmt/format.h>

namespace schemagate {

std::string_view to_string(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::nulls:
      return "nulls";
    case ProbeKind::duplicates:
      return "duplicates";
    case ProbeKind::orphans:
      return "orphans";
    case ProbeKind::check_violations:
      return "check_violations";
    case ProbeKind::type_misfits:
      return "type_misfits";
    case ProbeKind::column_users:
      return "column_users";
    case ProbeKind::table_users:
      return "table_users";
    case ProbeKind::index_scans:
      return "index_scans";
  }
  return "";
}

std::string Probe::key() const {
  std::string key = fmt::format("{} {}({})", to_string(kind), to_sql(table), to_sql(columns));
  if (!referenced.empty()) {
    key += fmt::format(" -> {}({})", to_sql(referenced), to_sql(referenced_columns));
  }
  if (!type.empty()) key += " as " + to_sql(type);
  if (nulls_not_distinct) key += " nulls not distinct";
  if (!condition.empty()) key += " where " + condition;  // last: it is free text
  return key;
}

const TableFacts* Facts::table(const QualifiedName& name) const {
  const auto found = tables.find(name);
  return found == tables.end() ? nullptr : &found->second;
}

const ProbeAnswer* Facts::answer(const Probe& probe) const {
  if (probes.empty()) return nullptr;
  const auto found = probes.find(probe);
  return found == probes.end() ? nullptr : &found->second;
}

}  // namespace schemagate
