// SPDX-License-Identifier: MIT
#include "analyzers/other_tools.h"

#include "base/text.h"

namespace schemagate {
namespace {

struct Counterpart {
  std::string_view tool, name;
  std::string_view rules;  ///< separated by spaces
};

constexpr Counterpart table[] = {
    {"squawk", "adding-field-with-default", "rewriting-column"},
    {"squawk", "adding-foreign-key-constraint", "validating-foreign-key"},
    {"squawk", "adding-not-nullable-field", "not-null-scan not-null-over-nulls"},
    {"squawk", "adding-required-field", "required-column-without-default"},
    {"squawk", "adding-serial-primary-key-field", "primary-key-without-index rewriting-column"},
    {"squawk", "ban-alter-domain-with-add-constraint", "domain-constraint-scan"},
    {"squawk", "ban-concurrent-index-creation-in-transaction", "concurrent-command-in-transaction"},
    {"squawk", "ban-drop-column", "drop-column"},
    {"squawk", "ban-drop-database", "drop-database"},
    {"squawk", "ban-drop-not-null", "drop-not-null"},
    {"squawk", "ban-drop-table", "drop-table"},
    {"squawk", "ban-truncate-cascade", "truncate"},
    {"squawk", "ban-uncommitted-transaction", "uncommitted-transaction"},
    {"squawk", "changing-column-type",
     "rewriting-type-change index-rebuilding-type-change rechecking-type-change "
     "type-change-over-misfits"},
    {"squawk", "constraint-missing-not-valid",
     "validating-check validating-foreign-key check-on-new-column validate-in-same-transaction"},
    {"squawk", "disallowed-unique-constraint",
     "unique-constraint-without-index unique-over-duplicates"},
    {"squawk", "identifier-too-long", "identifier-too-long"},
    {"squawk", "prefer-bigint-over-int", "integer-primary-key"},
    {"squawk", "prefer-bigint-over-smallint", "integer-primary-key"},
    {"squawk", "prefer-identity", "serial-column"},
    {"squawk", "prefer-repack", "rewriting-table"},
    {"squawk", "prefer-text-field", "varchar-limit"},
    {"squawk", "prefer-timestamp-tz", "timestamp-without-time-zone"},
    {"squawk", "renaming-column", "rename-column"},
    {"squawk", "renaming-table", "rename-table"},
    {"squawk", "require-concurrent-index-creation", "blocking-index-build"},
    {"squawk", "require-concurrent-index-deletion", "blocking-index-drop"},
    {"squawk", "require-concurrent-partition-detach", "blocking-partition-detach"},
    {"squawk", "require-concurrent-reindex", "blocking-reindex"},
    {"squawk", "require-lock-timeout", "missing-lock-timeout"},
    {"squawk", "require-timeout-settings", "missing-lock-timeout"},
    {"squawk", "syntax-error", "syntax-error"},
    {"squawk", "transaction-nesting", "nested-transaction"},

    {"eugene", "e1", "validating-check validating-foreign-key check-on-new-column"},
    {"eugene", "e2", "not-null-scan not-null-over-nulls"},
    {"eugene", "e3", "json-column"},
    {"eugene", "e4", "work-under-exclusive-lock validate-in-same-transaction"},
    {"eugene", "e5", "rewriting-type-change index-rebuilding-type-change"},
    {"eugene", "e6", "blocking-index-build"},
    {"eugene", "e7",
     "unique-constraint-without-index primary-key-without-index unique-over-duplicates"},
    {"eugene", "e8", "exclusion-constraint"},
    {"eugene", "e9", "missing-lock-timeout"},
    {"eugene", "e10", "rewriting-column rewriting-table rewriting-type-change"},
    {"eugene", "e11", "rewriting-column"},
    {"eugene", "e15", "foreign-key-without-index"},
    {"eugene", "w14", "not-null-scan"},

    {"atlas", "destructive", "drop-schema drop-table drop-column drop-view truncate drop-cascade"},
    {"atlas", "data_depend",
     "unique-over-duplicates required-column-without-default not-null-over-nulls not-null-scan"},
    {"atlas", "incompatible", "rename-table rename-column"},
    {"atlas", "concurrent_index",
     "blocking-index-build blocking-index-drop concurrent-command-in-transaction"},
    {"atlas", "ds101", "drop-schema"},
    {"atlas", "ds102", "drop-table"},
    {"atlas", "ds103", "drop-column"},
    {"atlas", "mf101", "unique-over-duplicates"},
    {"atlas", "mf102", "unique-over-duplicates"},
    {"atlas", "mf103", "required-column-without-default"},
    {"atlas", "mf104", "not-null-scan not-null-over-nulls"},
    {"atlas", "bc101", "rename-table"},
    {"atlas", "bc102", "rename-column"},
    {"atlas", "pg101", "blocking-index-build"},
    {"atlas", "pg102", "blocking-index-drop"},
    {"atlas", "pg103", "concurrent-command-in-transaction"},
    {"atlas", "pg104", "primary-key-without-index"},
    {"atlas", "pg105", "unique-constraint-without-index"},
    {"atlas", "pg301", "rewriting-type-change"},
    {"atlas", "pg302", "rewriting-column"},
    {"atlas", "pg303", "not-null-scan"},
    {"atlas", "pg304", "not-null-scan"},
    {"atlas", "pg305", "validating-check"},
    {"atlas", "pg306", "validating-foreign-key"},
    {"atlas", "pg307", "rewriting-table"},

    {"pgfence", "add-column-not-null-no-default", "required-column-without-default"},
    {"pgfence", "add-column-non-constant-default", "rewriting-column"},
    {"pgfence", "add-column-stored-generated", "rewriting-column"},
    {"pgfence", "add-constraint-check-no-not-valid", "validating-check"},
    {"pgfence", "add-constraint-exclude", "exclusion-constraint"},
    {"pgfence", "add-constraint-fk-no-not-valid", "validating-foreign-key"},
    {"pgfence", "add-constraint-unique", "unique-constraint-without-index"},
    {"pgfence", "add-pk-without-using-index", "primary-key-without-index"},
    {"pgfence", "alter-column-set-not-null", "not-null-scan not-null-over-nulls"},
    {"pgfence", "alter-column-type",
     "rewriting-type-change index-rebuilding-type-change rechecking-type-change"},
    {"pgfence", "attach-partition", "attach-partition-scan default-partition-scan"},
    {"pgfence", "create-index-not-concurrent", "blocking-index-build"},
    {"pgfence", "delete-without-where", "delete-of-all-rows"},
    {"pgfence", "detach-partition", "blocking-partition-detach"},
    {"pgfence", "drop-column", "drop-column"},
    {"pgfence", "drop-constraint", "collateral-lock"},
    {"pgfence", "drop-database", "drop-database"},
    {"pgfence", "drop-index-not-concurrent", "blocking-index-drop"},
    {"pgfence", "drop-not-null", "drop-not-null"},
    {"pgfence", "drop-schema", "drop-schema"},
    {"pgfence", "drop-schema-cascade", "drop-schema"},
    {"pgfence", "drop-table", "drop-table"},
    {"pgfence", "missing-lock-timeout", "missing-lock-timeout"},
    {"pgfence", "reindex-non-concurrent", "blocking-reindex"},
    {"pgfence", "rename-column", "rename-column"},
    {"pgfence", "rename-table", "rename-table"},
    {"pgfence", "set-logged-unlogged", "rewriting-table"},
    {"pgfence", "truncate", "truncate"},
    {"pgfence", "truncate-cascade", "truncate"},
    {"pgfence", "vacuum-full", "rewriting-table"},
};

}  // namespace

std::vector<std::string> counterparts(std::string_view tool, std::string_view name) {
  const std::string wanted = to_lower(name);
  for (const Counterpart& row : table) {
    if (row.tool != tool || row.name != wanted) continue;
    std::vector<std::string> rules;
    for (const std::string_view rule : split(row.rules, ' ')) rules.emplace_back(rule);
    return rules;
  }
  return {};
}

std::vector<std::string> all_counterparts() {
  std::vector<std::string> rules;
  for (const Counterpart& row : table) {
    for (const std::string_view rule : split(row.rules, ' ')) rules.emplace_back(rule);
  }
  return rules;
}

}  // namespace schemagate
