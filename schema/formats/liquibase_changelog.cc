// SPDX-License-Identifier: MIT
#include "schema/formats/liquibase_changelog.h"

#include <algorithm>

#include "base/text.h"
#include "schema/formats/yaml_document.h"
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

/// "&lt;" and its like become the character and blanks: no byte moves.
std::string without_entities(std::string_view text) {
  std::string out(text);
  constexpr std::pair<std::string_view, char> entities[] = {
      {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (const auto& [entity, character] : entities)
    for (std::size_t at = out.find(entity); at != std::string::npos; at = out.find(entity, at)) {
      out.replace(at, entity.size(), std::string(entity.size(), ' '));
      out[at] = character;
    }
  for (const std::string_view mark : {"<![CDATA[", "]]>"})
    for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at))
      out.replace(at, mark.size(), std::string(mark.size(), ' '));
  return out;
}

/// Attributes become entries below their element; text inside an element is an entry "".
std::vector<Entry> xml_entries(std::string_view text) {
  std::vector<Entry> entries;
  std::size_t depth = 0, at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('<', at);
    if (open == std::string_view::npos) break;
    if (!trim(text.substr(at, open - at)).empty())
      entries.push_back({"", std::string(trim(text.substr(at, open - at))), {at, open}, depth});
    if (text.compare(open, 4, "<!--") == 0) {
      at = std::min(text.find("-->", open), text.size() - 3) + 3;
      continue;
    }
    if (text.compare(open, 9, "<![CDATA[") == 0) {
      const std::size_t end = std::min(text.find("]]>", open), text.size());
      entries.push_back(
          {"", std::string(text.substr(open + 9, end - open - 9)), {open + 9, end}, depth});
      at = std::min(end + 3, text.size());
      continue;
    }
    const std::size_t close = std::min(text.find('>', open), text.size());
    std::string_view tag = text.substr(open + 1, close - open - 1);
    at = std::min(close + 1, text.size());
    if (tag.starts_with('?') || tag.starts_with('!')) continue;
    if (tag.starts_with('/')) {
      depth -= depth > 0 ? 1 : 0;
      continue;
    }
    const bool empty = tag.ends_with('/');
    const std::size_t name_end = std::min(tag.find_first_of(" \t\r\n/"), tag.size());
    std::string name(tag.substr(0, name_end));
    if (const std::size_t colon = name.find(':'); colon != std::string::npos)
      name.erase(0, colon + 1);
    entries.push_back({name, "", {open, close}, depth});
    std::size_t behind = name_end;  // of the attribute before
    for (std::size_t i = name_end; (i = tag.find('=', i)) != std::string_view::npos;) {
      const std::size_t quote = tag.find_first_of("\"'", i);
      if (quote == std::string_view::npos) break;
      const std::size_t end = tag.find(tag[quote], quote + 1);
      if (end == std::string_view::npos) break;
      const std::string_view before = tag.substr(behind, i - behind);
      const std::size_t key = behind + before.find_last_of(" \t\r\n") + 1;
      entries.push_back({std::string(trim(tag.substr(key, i - key))),
                         std::string(tag.substr(quote + 1, end - quote - 1)),
                         {open + 1 + quote + 1, open + 1 + end},
                         depth + 1});
      i = end;
      behind = end + 1;
    }
    if (!empty) ++depth;
  }
  return entries;
}

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
  if (entry.key == "validCheckSum") item.edits_allowed = true;
  if (entry.key == "runOnChange" || entry.key == "runAlways")
    item.run_on_change = item.run_on_change || to_lower(entry.value) == "true";
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
        if (change == "sql" && !entry.value.empty() && !skip)
          (rollback ? item.down : item.up).push_back(entry.at);
        continue;
      }
    }
    if (skip) continue;
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

}  // namespace

Changelog read_changelog(std::string_view path, std::string_view text) {
  const bool xml = path.ends_with(".xml");
  YamlDocument document =
      xml ? YamlDocument{xml_entries(text), without_entities(text)} : read_yaml(text);
  const std::vector<Entry>& entries = document.entries;
  std::vector<ChangelogItem> items;
  for (std::size_t at = 0; at < entries.size();) {
    const Entry& entry = entries[at];
    if (entry.key == "changeSet") {
      ChangelogItem item;
      item.at = entry.at;
      at = read_changeset(entries, at, xml, item);
      items.push_back(std::move(item));
      continue;
    }
    ++at;
    if (entry.key != "include" && entry.key != "includeAll") continue;
    for (std::size_t i = at; i < entries.size() && entries[i].depth > entry.depth; ++i) {
      if (entries[i].key.starts_with("include") || entries[i].key == "changeSet") break;
      if (entries[i].key == (entry.key == "include" ? "file" : "path")) {
        ChangelogItem item;
        item.include = entries[i].value;
        item.includes_all = entry.key == "includeAll";
        items.push_back(std::move(item));
      }
    }
  }
  return {std::move(items), std::move(document.text)};
}

}  // namespace schemagate::format_rows
