// SPDX-License-Identifier: MIT
#include "analyzers/destruction.h"
#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate::rules {
namespace {

template <class Map>
std::size_t count_in(const Map& map, const std::string& schema) {
  std::size_t count = 0;
  for (const auto& [name, object] : map) count += name.schema == schema;
  return count;
}

void say_count(std::vector<std::string>& words, std::size_t count, const char* noun) {
  if (count > 0) words.push_back(counted(static_cast<long long>(count), noun));
}

void check(const Subject& subject, Findings& findings) {
  const auto* drop = subject.statement.as<Drop>();
  if (!drop || drop->kind() != ObjectKind::schema) return;
  for (const ObjectName& object : drop->objects) {
    const std::string& schema = object.name.name;
    if (!subject.base.schemas.count(schema) && subject.complete) continue;
    std::vector<std::string> tables, others;
    for (const auto& [name, table] : subject.before.tables) {
      if (name.schema == schema && !is_private(subject, name)) {
        tables.push_back(quote_identifier(name.name));
      }
    }
    say_count(others, count_in(subject.before.views, schema), "view");
    say_count(others, count_in(subject.before.types, schema), "type");
    say_count(others, count_in(subject.before.sequences, schema), "sequence");
    std::string message = "drops the schema " + quote_identifier(schema);
    if (!tables.empty()) {
      message += ": all rows of " + counted(static_cast<long long>(tables.size()), "table") +
                 " are lost (" + enumerate(tables) + ")";
    } else if (!subject.complete) {
      message += " with everything in it";
    }
    if (!others.empty()) message += (tables.empty() ? " with " : ", and also ") + enumerate(others);
    auto added = findings.add(subject, quote_identifier(schema), message);
    const bool loses_rows = !tables.empty() || (!subject.complete && drop->cascade);
    if (!loses_rows) added.severity(Severity::warning);
    added.evidence("tables", static_cast<std::int64_t>(tables.size()))
        .remedy(
            loses_rows
                ? "drop the tables one by one in changes of their own, each when nothing uses it "
                  "any more, and the empty schema last"
                : "see first that nothing names it any more, search_path settings included");
  }
}

}  // namespace

extern const Rule drop_schema{
    .id = "drop-schema",
    .severity = Severity::error,
    .summary = "a schema is dropped with everything in it",
    .when = "a schema is dropped; a warning only when it is known to hold no table",
    .effect = "all tables in it are lost with their rows, and all else that lives there",
    .instead = "drop what is in it step by step, the empty schema last",
    .reference = "https://www.postgresql.org/docs/current/sql-dropschema.html",
    .statements = kinds<Drop>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
