// SPDX-License-Identifier: MIT
#include "schema/merge_work.h"

#include <algorithm>
#include <iterator>

#include "schema/access_row_behind.h"
#include "schema/apply.h"

namespace schemagate::merging {
namespace {

bool says_nothing(const Change& change) {
  return change.kind == ChangeKind::comment || change.kind == ChangeKind::change_owner ||
         change.kind == ChangeKind::grant || change.kind == ChangeKind::revoke;
}

bool says_the_same(const Change& one, const Change& other) {
  return one.kind == other.kind && one.object == other.object && one.detail == other.detail &&
         one.after == other.after;
}

/// `earlier` took away what `later` brings back.
bool is_brought_back(const Change& earlier, const Change& later) {
  if (earlier.object != later.object) return false;
  if (later.kind == ChangeKind::set_not_null) return earlier.kind == ChangeKind::drop_not_null;
  return !later.after.empty() && earlier.before == later.after && earlier.detail == later.detail;
}

/// Statements that leave the schema as it is.
bool may_change(const Statement& statement) {
  return statement.as<DataStatement>() == nullptr && statement.as<Truncate>() == nullptr &&
         statement.as<Reindex>() == nullptr && statement.as<Vacuum>() == nullptr &&
         statement.as<LockTable>() == nullptr && statement.as<SetVariable>() == nullptr &&
         statement.as<Refresh>() == nullptr && statement.as<Comment>() == nullptr &&
         statement.as<Grant>() == nullptr && statement.as<AlterDefaultPrivileges>() == nullptr;
}

/// Runs the side's statements on the ancestor's schema.
class Replay {
 public:
  Replay(const Catalog& ancestor, const MergeSide& side, const std::vector<Change>& changes,
         int postgres)
      : ancestor_(ancestor), side_(side), changes_(changes), now_(ancestor), before_(ancestor) {
    session_.postgres = session_before_.postgres = postgres;
  }

  SideWork run() {
    for (const Script& script : side_.scripts)
      for (const Statement& statement : script.statements)
        if (may_change(statement)) last_change_ = &statement;
    for (const Script& script : side_.scripts) {
      session_.search_path = session_before_.search_path = script.search_path;
      for (const Statement& statement : script.statements) step(statement);
    }
    if (has_other_path_)
      work_.rows.add(row_access_of(side_.catalog, ancestor_, work_.statements), std::nullopt);
    return std::move(work_);
  }

 private:
  void step(const Statement& statement) {
    auto use = use_of(statement, now_, session_.search_path);
    if (use) use->other_role = is_other_role() || set_role_;
    if (use) read(*use);
    set_role_ = set_role_ || (use && rows::sets_role(use->body.empty() ? use->text : use->body));
    apply(now_, session_, statement);
    if (is_changing_ && may_change(statement)) {
      if (use && use->work != RowWork::none) read_rows(*use);  // a block's own changes
      if (is_about_old(statement)) note_passing();
      apply(before_, session_before_, statement);
    }
    if (&statement == last_change_) is_changing_ = false;
  }

  bool is_other_role() const {
    const auto is_set = [&](const char* setting) {
      const std::string value = session_.setting(setting);
      return !value.empty() && value != "none";
    };
    return is_set("role") || is_set("session_authorization");
  }
  void read(const StatementUse& use) {
    ChangeAccess relied = access_of(side_.catalog, use);
    RowAccess rows = row_access_of(side_.catalog, ancestor_, {use});
    auto kept = kept_rows_of(side_.catalog, ancestor_, use);
    if (is_changing_) {
      unite(rows, row_access_of(now_, ancestor_, {use}));
      const auto at_moment = kept_rows_of(now_, ancestor_, use);
      if (!at_moment || !kept || at_moment->keys != kept->keys) kept.reset();
      relied.reads.merge(access_of(now_, use).reads);
    }
    has_other_path_ = has_other_path_ || use.other_path;
    work_.rows.add(std::move(rows), kept);
    work_.relied.push_back(std::move(relied));
    work_.statements.push_back(use);
  }
  void read_rows(const StatementUse& use) {
    work_.rows.add(row_access_of(now_, ancestor_, {use}), std::nullopt);
  }

  // ---- changes that are undone again

  bool is_old(const QualifiedName& written) const {
    const auto name = resolve_relation(before_, session_before_.search_path, written);
    return name && ancestor_.relation_kind(*name).has_value();
  }
  /// About something that the ancestor has, or may be.
  bool is_about_old(const Statement& statement) const {
    if (const auto* table = statement.as<CreateTable>()) return !table->partition_of.empty();
    if (const auto* index = statement.as<CreateIndex>()) return is_old(index->table);
    if (const auto* alter = statement.as<AlterTable>()) return is_old(alter->name);
    const bool only_makes =
        statement.as<CreateTableAs>() != nullptr || statement.as<CreateView>() != nullptr ||
        statement.as<CreateFunction>() != nullptr || statement.as<CreateSequence>() != nullptr ||
        statement.as<CreateSchema>() != nullptr || statement.as<CreateExtension>() != nullptr ||
        statement.as<CreateEnum>() != nullptr || statement.as<CreateDomain>() != nullptr ||
        statement.as<CreateComposite>() != nullptr || statement.as<CreateRange>() != nullptr;
    return !only_makes;
  }
  void note_passing() {
    for (Change& change : diff(before_, now_).changes) {
      const bool stays = std::any_of(changes_.begin(), changes_.end(), [&](const Change& shown) {
        return says_the_same(shown, change);
      });
      if (stays || says_nothing(change)) continue;
      PassingChange passing{std::move(change), {}, {}};
      passing.names = std::move(accesses(before_, now_, {passing.change}).front());
      passing.rows = row_access_of(before_, now_, passing.change);
      passing.names.signals.clear();
      passing.rows.signals.clear();
      if (brings_back(passing.change)) passing.rows.reads.clear();
      work_.passing.push_back(std::move(passing));
    }
  }
  /// Rows of the other side have stood the test before.
  bool brings_back(const Change& change) const {
    return std::any_of(work_.passing.begin(), work_.passing.end(), [&](const PassingChange& one) {
      return is_brought_back(one.change, change);
    });
  }

  const Catalog& ancestor_;
  const MergeSide& side_;
  const std::vector<Change>& changes_;
  Catalog now_, before_;  ///< behind and before the statement
  Session session_, session_before_;
  const Statement* last_change_ = nullptr;
  bool has_other_path_ = false;
  bool set_role_ = false;    ///< in a block, or by a call: until the end, as far as that tells
  bool is_changing_ = true;  ///< the schema will be another one yet
  SideWork work_;
};

}  // namespace

SideWork work_of(const Catalog& ancestor, const MergeSide& side, const std::vector<Change>& changes,
                 int postgres) {
  if (side.scripts.empty()) return {};
  return Replay(ancestor, side, changes, postgres).run();
}

}  // namespace schemagate::merging
