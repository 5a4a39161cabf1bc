// SPDX-License-Identifier: MIT
// What rows are called where sides are compared, and whose rows they are: those of partitions and
// children are their parent's. Private to the access_row files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schema/access_rows.h"

namespace schemagate::rows {

inline constexpr std::string_view added = "rows added:", removed = "rows removed:",
                                  truncated = "rows truncated:", values = "values:";
/// New values of a column may be one, may be NULL.
inline constexpr std::string_view given = "given:", empty = "empty:";
/// What a column gets that is left out, and whether it may be given at all.
inline constexpr std::string_view defaulted = "default:", identity = "identity:";
inline constexpr std::string_view key = "key:", unique = "unique:", fires = "fires:",
                                  members = "members:", sequence = "sequence:";
/// Which columns a row has, for who takes it whole.
inline constexpr std::string_view shape = "shape:";
inline constexpr std::string_view function = "function:", view = "view:", type = "type:";
/// Text that is made when it runs may mean any row, and any object; of a trigger, any table's.
inline constexpr const char* any_rows = "rows:*";
inline constexpr const char *any_text = "text:*", *any_trigger_text = "trigger text:*";
/// What is looked for in the server's catalog.
inline constexpr std::string_view cataloged = "catalog:";
/// Who may see which rows.
inline constexpr std::string_view policies = "policies:";
/// What changes how any expression is read.
inline constexpr const char* any_work = "work:*";

class Tables {
 public:
  Tables(const Catalog& catalog, const Catalog& ancestor);

  const Table* named(const QualifiedName& written) const;
  /// By "r:public.users", "columns:public.users".
  const Table* by_thing(const AccessKey& thing) const;
  const Catalog& home_of(const Table& table) const;
  /// The table and all that share its rows.
  std::vector<const Table*> tree_of(const Table& table) const;
  AccessKey key(std::string_view what, const Table& table, const std::string& part = {}) const;
  /// "key:public.users (email)".
  AccessKey unique_key(const Table& table, const Index& index) const;

  const Catalog& catalog() const { return catalog_; }
  const Catalog& ancestor() const { return other_; }

 private:
  const Table& top_of(const Table& table) const;
  const Table& root_of(const Table& table) const;
  void join_parents(const Table& child);

  const Catalog& catalog_;
  const Catalog& other_;
  /// Tops that a child of several parents makes one tree of: which one they are called by.
  std::map<QualifiedName, QualifiedName> joined_;
};

/// The columns that an index looks at, also those of its expressions and its WHERE.
std::vector<std::string> columns_of(const Index& index);
std::vector<std::string> columns_of(const ConstraintDefinition& constraint);
std::vector<std::string> columns_of(const PartitionKey& partition_key);
/// An expression that can't fail, whatever the values are: comparisons, IS NULL, lower() …
bool is_harmless(const Expression& expression);
bool is_harmless(const Index& index);
/// With those that are made of them.
std::vector<std::string> with_generated(const Table& table, std::vector<std::string> columns);

bool contains(const std::vector<std::string>& list, const std::string& one);
bool have_common(const std::vector<std::string>& one, const std::vector<std::string>& other);

/// What the rows named by `things` (as the Reader collects them) are read for. `only_added`: rows
/// that go are none of the reader's business.
void take(const Tables& tables, const std::set<AccessKey>& things, bool only_added,
          RowAccess& access);

}  // namespace schemagate::rows
