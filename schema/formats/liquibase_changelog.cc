// SPDX-License-Identifier: MIT
#include "schema/formats/liquibase_changelog.h"

#include <algorithm>

#include "base/text.h"
#include "schema/formats/xml_document.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {

bool is_for_postgresql(const std::string& dbms) {
  const bool is_template = dbms.find("${") != std::string::npos;  // anybody's: it is judged
  if (dbms.empty() || dbms == "all" || is_template) return true;
  bool others_only = true;
  for (const std::string_view one : split(dbms, ',')) {
    if (trim(one) == "postgresql") return true;
    others_only = others_only && trim(one).starts_with('!');
  }
  return others_only && dbms.find("!postgresql") == std::string::npos;
}
namespace {

using Entry = YamlEntry;  // whatever the notation: "id" at depth 3 with "42"

constexpr std::string_view attributes[] = {"id",
                                           "author",
                                           "dbms",
                                           "context",
                                           "contextFilter",
                                           "labels",
                                           "runAlways",
                                           "runOnChange",
                                           "runInTransaction",
                                           "failOnError",
                                           "comment",
                                           "logicalFilePath",
                                           "objectQuotingStrategy",
                                           "created",
                                           "ignore",
                                           "runOrder",
                                           "runWith",
                                           "validCheckSum",
                                           "preConditions",
                                           "tagDatabase",
                                           "changes",
                                           "rollback",
                                           "onValidationFail"};

void set_attribute(const Entry& entry, ChangelogItem& item) {
  if (entry.key == "id") item.id = entry.value;
  if (entry.key == "author") item.author = entry.value;
  if (entry.key == "dbms") item.dbms = to_lower(entry.value);
  if (entry.key == "runInTransaction") item.in_transaction = to_lower(entry.value) != "false";
  if (entry.key == "runWith") item.runs_psql = entry.value == "psql";
  if (entry.key == "ignore") item.is_ignored = to_lower(entry.value) == "true";
  if (entry.key == "logicalFilePath") item.logical_path = entry.value;
  if (entry.key == "validCheckSum") item.edits_allowed = true;
  if (entry.key == "runOnChange" || entry.key == "runAlways")
    item.run_on_change = item.run_on_change || to_lower(entry.value) == "true";
}

/// What a change without SQL says, so that another text of it is another change.
void add_abstract(const Entry& entry, const std::string& change, ChangelogItem& item) {
  if (change == "sql" || change == "sqlFile") return;
  item.abstract_changes += entry.key + ": " + entry.value + "\n";
}

/// Reads the entries below a changeSet, from `at`; returns where it ends.
std::size_t read_changeset(const std::vector<Entry>& entries, std::size_t at, bool xml,
                           ChangelogItem& item) {
  const std::size_t depth = entries[at].depth;
  const std::size_t own_depth = at + 1 < entries.size() ? entries[at + 1].depth : depth;
  std::size_t level = std::string::npos;  // of the changes
  std::string change;
  bool rollback = false, skip = false;
  std::size_t ups = 0, files = 0;  // before this change
  std::string foreign;             // the servers of a change that is not for PostgreSQL
  for (++at; at < entries.size() && entries[at].depth > depth; ++at) {
    const Entry& entry = entries[at];
    const bool own = level == std::string::npos || entry.depth <= level;
    if (own && !entry.key.empty()) {
      const bool known = std::find(std::begin(attributes), std::end(attributes), entry.key) !=
                         std::end(attributes);
      const bool is_attribute = known && (xml || entry.depth == own_depth);
      if (is_attribute && entry.key == "changes") {
        rollback = skip = false;
        level = std::string::npos;
        continue;
      }
      if (is_attribute) {
        if (!xml) level = std::string::npos;
        rollback = entry.key == "rollback";
        skip = entry.key == "preConditions";
        set_attribute(entry, item);
        if (rollback && !entry.value.empty()) item.down.push_back(entry.at);
        change = entry.key;
        if (xml && (rollback || skip || entry.key == "comment")) level = entry.depth;
        continue;
      }
      if (!rollback || entry.depth <= level) {
        level = entry.depth;
        if (xml) rollback = skip = false;
        change = entry.key;
        ups = item.up.size(), files = item.sql_files.size();
        foreign.clear();
        if (change != "sql" && change != "sqlFile" && !skip && !rollback)
          item.has_abstract_changes = true;
        if (!skip && !rollback) add_abstract(entry, change, item);
        if (change == "sql" && !entry.value.empty() && !skip)
          (rollback ? item.down : item.up).push_back(entry.at);
        continue;
      }
    }
    if (skip) continue;
    if (!rollback && level != std::string::npos) add_abstract(entry, change, item);
    if ((xml && entry.key.empty()) || (!xml && entry.key == "sql")) {
      if (rollback)
        item.down.push_back(entry.at);
      else if (change == "sql" && foreign.empty())
        item.up.push_back(entry.at);
    }
    if (entry.key == "path" && change == "sqlFile" && !rollback && foreign.empty())
      item.sql_files.push_back(entry.value);
    if (entry.key == "splitStatements" && to_lower(entry.value) == "false") item.splits = false;
    if (entry.key == "endDelimiter") item.delimiter = entry.value;
    if (entry.key == "dbms" && !rollback && !is_for_postgresql(to_lower(entry.value))) {
      foreign = to_lower(entry.value);
      item.up.resize(ups);
      item.sql_files.resize(files);
    }
  }
  const bool nothing = item.up.empty() && item.sql_files.empty() && !item.has_abstract_changes;
  if (nothing && !foreign.empty()) item.dbms = foreign;
  return at;
}

int depth_of(const std::string& value, int otherwise) {
  return all_digits(value) ? std::stoi("0" + value.substr(0, 6)) : otherwise;
}

/// The entry before `at` is the include or includeAll.
ChangelogItem read_include(const std::vector<Entry>& entries, std::size_t at) {
  const Entry& entry = entries[at - 1];
  ChangelogItem item;
  item.at = entry.at;
  item.includes_all = entry.key == "includeAll";
  for (; at < entries.size() && entries[at].depth > entry.depth; ++at) {
    const auto& [key, value, where, depth] = entries[at];
    if (key == "include" || key == "includeAll" || key == "changeSet") break;
    if (key == (item.includes_all ? "path" : "file")) item.include = value;
    if (key == "endsWithFilter") item.ending = to_lower(value);
    if (key == "minDepth") item.min_depth = depth_of(value, item.min_depth);
    if (key == "maxDepth") item.max_depth = depth_of(value, item.max_depth);
  }
  return item;
}

}  // namespace

Changelog read_changelog(std::string_view path, std::string_view text) {
  const bool xml = path.ends_with(".xml");
  YamlDocument document = xml ? read_xml(text) : read_yaml(text);
  const std::vector<Entry>& entries = document.entries;
  std::vector<ChangelogItem> items;
  std::string logical_path;  // of the whole file
  for (std::size_t at = 0; at < entries.size();) {
    const Entry& entry = entries[at];
    if (entry.key == "changeSet") {
      ChangelogItem item;
      item.at = entry.at;
      item.logical_path = logical_path;
      at = read_changeset(entries, at, xml, item);
      items.push_back(std::move(item));
      continue;
    }
    ++at;
    if (entry.key == "logicalFilePath") logical_path = entry.value;
    if (entry.key != "include" && entry.key != "includeAll") continue;
    ChangelogItem item = read_include(entries, at);
    if (!item.include.empty()) items.push_back(std::move(item));
  }
  return {std::move(items), std::move(document.text), document.unread};
}

}  // namespace schemagate::format_rows
