// SPDX-License-Identifier: MIT
#include "report/diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace schemagate {
namespace {

constexpr std::size_t most_tables = 15;
constexpr std::size_t most_columns = 12;  ///< of one table
constexpr std::size_t most_keys = 60;

/// What is left of a name: Mermaid reads anything else as its own syntax, or refuses the diagram.
std::string plain(std::string_view text, std::string_view also = "") {
  std::string out;
  for (const char c : text) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
                      also.find(c) != std::string_view::npos;
    out += kept ? c : '_';
  }
  return out;
}

/// A word that may stand as an attribute's name or type.
std::string word(std::string_view text, std::string_view also = "") {
  std::string out = plain(text, also);
  if (out.empty() || std::isalpha(static_cast<unsigned char>(out.front())) == 0) out = "_" + out;
  return out;
}

/// The type in one word, as people write it.
std::string short_type(const TypeName& type) {
  static const std::map<std::string_view, std::string_view> written{
      {"int2", "smallint"}, {"int4", "integer"}, {"int8", "bigint"}, {"bool", "boolean"}};
  const auto found = written.find(type.name.name);
  std::string text(found == written.end() ? std::string_view(type.name.name) : found->second);
  for (std::size_t i = 0; i < type.modifiers.size(); ++i)
    text += (i == 0 ? "(" : "_") + type.modifiers[i];
  if (!type.modifiers.empty()) text += ")";
  return word(text + (type.array_dimensions > 0 ? "[]" : ""), "()[]");
}

class Diagram {
 public:
  Diagram(const Catalog& before, const Catalog& after, const std::vector<Change>& changes)
      : before_(before), after_(after) {
    for (const Change& change : changes) note(change);
  }

  std::string text() {
    if (changed_.size() < 2 || changed_.size() > most_tables) return {};
    find_keys();
    if (std::none_of(keys_.begin(), keys_.end(), [&](const Key& key) {
          return changed_.count(key.from) != 0 && changed_.count(key.to) != 0 && key.from != key.to;
        }))
      return {};
    keep_neighbours();
    std::string out = "erDiagram\n";
    for (const Key& key : keys_)
      out += fmt::format("  {} ||--o{{ {} : \"{}\"\n", ids_.at(key.to), ids_.at(key.from),
                         plain(key.columns, ", "));
    for (const auto& [name, id] : ids_) out += entity(name, id);
    return out;
  }

 private:
  struct Key {
    QualifiedName from, to;
    std::string columns;
  };

  void note(const Change& change) {
    using enum ChangeKind;
    QualifiedName table = change.relation;
    for (const Catalog* side : {&after_, &before_}) {
      const auto index = side->indexes.find(table);
      if (index != side->indexes.end()) table = index->second.table;
    }
    if (after_.tables.count(table) == 0 && before_.tables.count(table) == 0) return;
    if (change.kind == comment || change.kind == grant || change.kind == revoke) return;
    changed_.insert(table);
    std::string& mark = marks_[table][change.part];
    if (change.kind == add_column) mark = "new";
    if (change.kind == drop_column) mark = "dropped";
    if (change.kind == rename_column) mark = "renamed";
    if (change.kind == set_type) mark = "was " + plain(change.before, " ()");
    const bool other = change.kind == set_not_null || change.kind == drop_not_null ||
                       change.kind == set_default || change.kind == drop_default ||
                       change.kind == alter_column;
    if (other && mark.empty()) mark = "changed";
  }

  const Table* table(const QualifiedName& name) const {
    for (const Catalog* side : {&after_, &before_}) {
      const auto found = side->tables.find(name);
      if (found != side->tables.end()) return &found->second;
    }
    return nullptr;
  }

  void find_keys() {
    std::set<QualifiedName> sides = changed_;
    for (const QualifiedName& name : changed_)
      for (const auto& [from, key] : after_.references_to(name)) sides.insert(from->name);
    for (const QualifiedName& name : sides) {
      const Table* from = table(name);
      for (const Constraint& constraint : from->constraints) {
        const ConstraintDefinition& key = constraint.definition;
        const bool shown = changed_.count(name) != 0 || changed_.count(key.referenced) != 0;
        if (key.kind != ConstraintKind::foreign_key || !shown || !table(key.referenced)) continue;
        if (keys_.size() < most_keys)
          keys_.push_back({name, key.referenced, fmt::format("{}", fmt::join(key.columns, ", "))});
      }
    }
  }

  /// Changed tables all, then those that are related to them as far as there is room.
  void keep_neighbours() {
    std::set<QualifiedName> kept = changed_;
    for (const Key& key : keys_)
      for (const QualifiedName& name : {key.from, key.to})
        if (kept.size() < most_tables) kept.insert(name);
    std::erase_if(keys_, [&](const Key& key) {
      return kept.count(key.from) == 0 || kept.count(key.to) == 0;
    });
    for (const QualifiedName& name : kept) ids_[name] = fmt::format("t{}", ids_.size() + 1);
  }

  std::string title(const QualifiedName& name) const {
    const bool is_new = before_.tables.count(name) == 0, is_gone = after_.tables.count(name) == 0;
    const std::string shown = name.schema == "public" ? name.name : name.schema + "." + name.name;
    return plain(shown, ". ") + (is_gone ? " (dropped)" : is_new ? " (new)" : "");
  }

  std::string entity(const QualifiedName& name, const std::string& id) const {
    const Table& found = *table(name);
    std::string lines;
    std::size_t written = 0;
    const auto add = [&](const Column& column, std::string_view mark) {
      std::string keys;
      const auto has = [&](const Constraint& constraint) {
        const auto& columns = constraint.definition.columns;
        return std::find(columns.begin(), columns.end(), column.name) != columns.end();
      };
      const Constraint* primary = found.primary_key();
      if (primary != nullptr && has(*primary)) keys = " PK";
      if (std::any_of(found.constraints.begin(), found.constraints.end(),
                      [&](const Constraint& constraint) {
                        return constraint.definition.kind == ConstraintKind::foreign_key &&
                               has(constraint);
                      }))
        keys += keys.empty() ? " FK" : ", FK";
      if ((keys.empty() && mark.empty()) || ++written > most_columns) return;
      lines += fmt::format("    {} {}{}{}\n", short_type(column.type), word(column.name), keys,
                           mark.empty() ? "" : fmt::format(" \"{}\"", mark));
    };
    const auto marks = marks_.find(name);
    const auto mark_of = [&](const std::string& column) -> std::string {
      if (marks == marks_.end()) return {};
      const auto mark = marks->second.find(column);
      return mark == marks->second.end() ? "" : mark->second;
    };
    for (const Column& column : found.columns) add(column, mark_of(column.name));
    if (const auto old = before_.tables.find(name); old != before_.tables.end())
      for (const Column& column : old->second.columns)
        if (found.column(column.name) == nullptr) add(column, mark_of(column.name));
    const std::string head = fmt::format("  {}[\"{}\"]", id, title(name));
    return lines.empty() ? head + "\n" : fmt::format("{} {{\n{}  }}\n", head, lines);
  }

  const Catalog& before_;
  const Catalog& after_;
  std::set<QualifiedName> changed_;
  std::map<QualifiedName, std::map<std::string, std::string>> marks_;  ///< by table and column
  std::vector<Key> keys_;
  std::map<QualifiedName, std::string> ids_;
};

}  // namespace

std::string er_diagram(const Catalog& before, const Catalog& after,
                       const std::vector<Change>& changes) {
  return Diagram(before, after, changes).text();
}

}  // namespace schemagate
