// SPDX-License-Identifier: MIT
#include "report/facts_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "report/json_writer.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

using nlohmann::json;

constexpr std::int64_t facts_version = 1;

constexpr std::array probe_kinds = std::to_array<ProbeKind>({
    ProbeKind::nulls,
    ProbeKind::duplicates,
    ProbeKind::orphans,
    ProbeKind::check_violations,
    ProbeKind::type_misfits,
    ProbeKind::column_users,
    ProbeKind::table_users,
    ProbeKind::index_scans,
});

// ---- writing ------------------------------------------------------------------------------------

void write_known(JsonWriter& out, std::string_view key, const Known& known) {
  out.key(key);
  if (known.value && !known.at_least) {
    out.integer(*known.value);
  } else if (known.value) {
    out.begin_object().key("at_least").integer(*known.value).end_object();
  } else if (!known.unknown_because.empty()) {
    out.begin_object().key("unknown").string(known.unknown_because).end_object();
  } else {
    out.null();
  }
}

void write_rate(JsonWriter& out, std::string_view key, const std::optional<double>& rate) {
  out.key(key);
  if (rate) {
    out.real(*rate);
  } else {
    out.null();
  }
}

void write_strings(JsonWriter& out, std::string_view key, const std::vector<std::string>& texts) {
  out.key(key).strings(texts);
}

void write_name(JsonWriter& out, const QualifiedName& name) {
  out.key("schema").string(name.schema);
  out.key("name").string(name.name);
}

void write_table(JsonWriter& out, const QualifiedName& name, const TableFacts& facts) {
  out.begin_object();
  write_name(out, name);
  if (!facts.exists) out.key("exists").boolean(false);
  write_known(out, "rows", facts.rows);
  write_known(out, "bytes", facts.bytes);
  write_known(out, "total_bytes", facts.total_bytes);
  write_rate(out, "writes_per_second", facts.writes_per_second);
  write_rate(out, "reads_per_second", facts.reads_per_second);
  write_known(out, "oldest_transaction_seconds", facts.oldest_transaction_seconds);
  out.end_object();
}

void write_type(JsonWriter& out, const TypeName& type) {
  out.key("type").begin_object();
  write_name(out, type.name);
  write_strings(out, "modifiers", type.modifiers);
  out.key("interval_fields").string(type.interval_fields);
  out.key("array_dimensions").integer(type.array_dimensions);
  out.key("setof").boolean(type.setof);
  out.end_object();
}

void write_probe(JsonWriter& out, const Probe& probe, const ProbeAnswer& answer) {
  out.begin_object();
  out.key("kind").string(to_string(probe.kind));
  out.key("table").begin_object();
  write_name(out, probe.table);
  out.end_object();
  write_strings(out, "columns", probe.columns);
  if (!probe.referenced.empty()) {
    out.key("referenced").begin_object();
    write_name(out, probe.referenced);
    out.end_object();
    write_strings(out, "referenced_columns", probe.referenced_columns);
  }
  if (probe.nulls_not_distinct) out.key("nulls_not_distinct").boolean(true);
  if (!probe.condition.empty()) out.key("condition").string(probe.condition);
  if (!probe.type.empty()) write_type(out, probe.type);
  write_known(out, "rows", answer.rows);
  write_known(out, "groups", answer.groups);
  write_strings(out, "users", answer.users);
  out.end_object();
}

// ---- reading ------------------------------------------------------------------------------------

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::source, message,
              "was it written by `schemagate facts URL --output FILE` of this version?");
}

/// A value of the document and where it stands, for messages: "facts/crm.json: tables[3].rows".
class Node {
 public:
  Node(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

  Node at(const char* key) const {
    if (!value_.is_object()) refuse(path_ + " is not an object");
    static const json absent;  // null
    const auto found = value_.find(key);
    return {found == value_.end() ? absent : *found,
            path_.ends_with(": ") ? path_ + key : path_ + "." + key};
  }
  bool is_null() const { return value_.is_null(); }

  std::string string() const {
    if (!value_.is_string()) refuse(path_ + " is not a string");
    return value_.get<std::string>();
  }
  std::string string_or_empty() const { return is_null() ? std::string() : string(); }

  std::int64_t integer() const {
    const bool fits = value_.is_number_integer() &&
                      !(value_.is_number_unsigned() && value_.get<std::uint64_t>() > INT64_MAX);
    if (!fits) refuse(path_ + " is not an integer");
    return value_.get<std::int64_t>();
  }
  bool boolean(bool otherwise) const {
    if (is_null()) return otherwise;
    if (!value_.is_boolean()) refuse(path_ + " is not true or false");
    return value_.get<bool>();
  }
  std::optional<double> rate() const {
    if (is_null()) return std::nullopt;
    if (!value_.is_number()) refuse(path_ + " is not a number");
    return value_.get<double>();
  }
  Known known() const {
    Known known;
    if (is_null()) return known;
    if (!value_.is_object()) {
      known.value = integer();
    } else if (value_.contains("at_least")) {
      known.value = at("at_least").integer();
      known.at_least = true;
    } else {
      known.unknown_because = at("unknown").string();
    }
    return known;
  }
  /// Empty when absent.
  std::vector<Node> elements() const {
    if (is_null()) return {};
    if (!value_.is_array()) refuse(path_ + " is not an array");
    std::vector<Node> all;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      all.emplace_back(value_[i], fmt::format("{}[{}]", path_, i));
    }
    return all;
  }
  std::vector<std::string> strings() const {
    std::vector<std::string> all;
    for (const auto& element : elements()) all.push_back(element.string());
    return all;
  }
  QualifiedName name() const {
    return {at("schema").string_or_empty(), at("name").string_or_empty()};
  }
  std::map<std::string, std::string> settings() const {
    std::map<std::string, std::string> all;
    if (is_null()) return all;
    if (!value_.is_object()) refuse(path_ + " is not an object");
    for (const auto& [key, value] : value_.items()) {
      all[key] = Node(value, path_ + "." + key).string();
    }
    return all;
  }
  const std::string& path() const { return path_; }

 private:
  const json& value_;
  std::string path_;
};

TableFacts read_table(const Node& node) {
  TableFacts facts;
  facts.exists = node.at("exists").boolean(true);
  facts.rows = node.at("rows").known();
  facts.bytes = node.at("bytes").known();
  facts.total_bytes = node.at("total_bytes").known();
  facts.writes_per_second = node.at("writes_per_second").rate();
  facts.reads_per_second = node.at("reads_per_second").rate();
  facts.oldest_transaction_seconds = node.at("oldest_transaction_seconds").known();
  return facts;
}

Probe read_probe(const Node& node) {
  Probe probe;
  const std::string kind = node.at("kind").string();
  const auto named = std::find_if(probe_kinds.begin(), probe_kinds.end(),
                                  [&](ProbeKind known) { return to_string(known) == kind; });
  if (named == probe_kinds.end()) refuse(node.at("kind").path() + " is not known: " + kind);
  probe.kind = *named;
  probe.table = node.at("table").name();
  probe.columns = node.at("columns").strings();
  if (const Node referenced = node.at("referenced"); !referenced.is_null()) {
    probe.referenced = referenced.name();
  }
  probe.referenced_columns = node.at("referenced_columns").strings();
  probe.nulls_not_distinct = node.at("nulls_not_distinct").boolean(false);
  probe.condition = node.at("condition").string_or_empty();
  if (const Node type = node.at("type"); !type.is_null()) {
    probe.type.name = type.name();
    probe.type.modifiers = type.at("modifiers").strings();
    probe.type.interval_fields = type.at("interval_fields").string_or_empty();
    const Node dimensions = type.at("array_dimensions");
    probe.type.array_dimensions =
        dimensions.is_null()
            ? 0
            : static_cast<int>(std::clamp<std::int64_t>(dimensions.integer(), 0, 6));
    probe.type.setof = type.at("setof").boolean(false);
  }
  return probe;
}

json parse(std::string_view text, std::string_view path) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    // Its words end with what was read: from a file that may be anything.
    refuse(fmt::format("{} is not JSON: {}", path, shortened(visible_line(error.what()), 200)));
  }
}

}  // namespace

std::string facts_to_json(const Facts& facts) {
  JsonWriter out;
  out.begin_object();
  out.key("schema_version").integer(facts_version);
  out.key("database").string(facts.database);
  out.key("taken_at").string(facts.taken_at);
  out.key("postgres");
  if (facts.postgres) {
    out.integer(*facts.postgres);
  } else {
    out.null();
  }
  out.key("standby").boolean(facts.standby);
  out.key("settings").begin_object();
  for (const auto& [name, value] : facts.settings) out.key(name).string(value);
  out.end_object();
  out.key("tables").begin_array();
  for (const auto& [name, table] : facts.tables) write_table(out, name, table);
  out.end_array();
  out.key("probes").begin_array();
  for (const auto& [probe, answer] : facts.probes) write_probe(out, probe, answer);
  out.end_array();
  write_strings(out, "notes", facts.notes);
  out.end_object();
  return out.take();
}

Facts facts_from_json(std::string_view text, std::string_view path, std::string_view database) {
  const json document = parse(text, path);
  const Node root(document, std::string(path) + ": ");
  if (!document.is_object()) refuse(fmt::format("{} is not a snapshot of facts", path));
  if (root.at("schema_version").is_null()) {
    refuse(fmt::format("{} is not a snapshot of facts: it has no schema_version", path));
  }
  if (const auto version = root.at("schema_version").integer(); version != facts_version) {
    refuse(fmt::format("{} has schema_version {}, known is {}", path, version, facts_version));
  }
  Facts facts;
  facts.database = root.at("database").string();
  if (!database.empty() && facts.database != database) {
    throw Error(ErrorKind::source,
                fmt::format("{} holds facts of database \"{}\", not of \"{}\"", path,
                            visible_line(facts.database), visible_line(database)),
                "does the entry `facts: {file: …}` of that database name the right file?");
  }
  facts.taken_at = root.at("taken_at").string();
  facts.source = fmt::format("{} of {}", path, facts.taken_at.substr(0, 10));
  if (const Node postgres = root.at("postgres"); !postgres.is_null()) {
    facts.postgres = static_cast<int>(std::clamp<std::int64_t>(postgres.integer(), 0, 9999));
  }
  facts.standby = root.at("standby").boolean(false);
  facts.settings = root.at("settings").settings();
  for (const auto& table : root.at("tables").elements()) {
    facts.tables[table.name()] = read_table(table);
  }
  for (const auto& node : root.at("probes").elements()) {
    facts.probes[read_probe(node)] = {node.at("rows").known(), node.at("groups").known(),
                                      node.at("users").strings()};
  }
  facts.notes = root.at("notes").strings();
  return facts;
}

}  // namespace schemagate
