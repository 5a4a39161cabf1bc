// SPDX-License-Identifier: MIT
#include "schema/plan.h"

#include <algorithm>

#include "schema/diff_renames.h"
#include "schema/plan_parts.h"

namespace schemagate {
namespace {

using planning::Action;
using planning::Context;
using planning::Mode;
using planning::Rank;

void plan_renames(Context& context, const std::vector<diffing::DerivedRename>& derived) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    if (!diffing::is_rename(context.changes[i].kind)) continue;
    Action& made = context.add(Rank::rename, static_cast<int>(i), std::to_string(1'000'000 + i));
    for (std::string& sql : diffing::rename_sql(context.changes[i]))
      made.statements.push_back({std::move(sql)});
  }
  for (const diffing::DerivedRename& rename : derived) {
    context.add(Rank::rename, rename.change, std::to_string(2'000'000 + rename.change), rename.sql);
  }
}

void find_tables(Context& context) {
  for (const Change& change : context.changes) {
    if (change.kind == ChangeKind::add_table) context.new_tables.insert(change.relation);
    if (change.kind == ChangeKind::drop_table) context.dropped_tables.insert(change.relation);
  }
}

/// Between the first drop and the last creation of an object that is made anew, nobody may look.
std::pair<std::size_t, std::size_t> atomic_range(const std::vector<Action>& actions) {
  std::size_t first = actions.size(), last = 0;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (!actions[i].atomic) continue;
    first = std::min(first, i);
    last = i;
  }
  return {first, last};
}

class Grouping {
 public:
  Grouping(Plan& plan, Strategy strategy) : plan_(plan), online_(strategy == Strategy::online) {}

  void run(std::vector<Action> actions) {
    const auto [first, last] = atomic_range(actions);
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const bool joined = !online_ || (i > first && i <= last);
      if (!joined) fresh();
      for (planning::PlannedStatement& statement : actions[i].statements)
        add(actions[i], std::move(statement));
    }
  }

 private:
  void fresh() { open_ = false; }

  void add(const Action& action, planning::PlannedStatement statement) {
    const bool own = statement.mode == Mode::own;
    const bool share_own = own && last_own_ && open_ && action.rank == Rank::enum_value;
    if (statement.mode == Mode::outside) {
      open_ = false;
    } else if (!open_ || (own != last_own_) || (own && !share_own)) {
      ++group_;
      open_ = true;
    }
    last_own_ = own;
    Step step;
    step.sql = std::move(statement.sql);
    step.change = action.change;
    step.group = statement.mode == Mode::outside ? -1 : group_;
    if (action.change >= 0) {
      const Change& change = plan_.changes[static_cast<std::size_t>(action.change)];
      step.where = change.where_new.is_somewhere() ? change.where_new : change.where_old;
      step.old_side = !change.where_new.is_somewhere() && change.where_old.is_somewhere();
    }
    if (statement.where.is_somewhere()) {
      step.where = statement.where;
      step.old_side = false;
    }
    plan_.steps.push_back(std::move(step));
  }

  Plan& plan_;
  bool online_;
  int group_ = -1;
  bool open_ = false, last_own_ = false;
};

std::vector<Action> plan_everything(Context& context) {
  find_tables(context);
  planning::find_recreations(context);
  planning::plan_schemas(context);
  planning::plan_types(context);
  planning::plan_functions(context);
  planning::plan_tables(context);
  planning::plan_columns(context);
  planning::plan_constraints(context);
  planning::plan_indexes(context);
  planning::plan_views(context);
  planning::plan_table_objects(context);
  planning::plan_text_objects(context);
  planning::plan_attributes(context);
  return planning::order_actions(std::move(context.actions));
}

}  // namespace

Plan make_plan(const Catalog& before, const Catalog& after, const Diff& difference,
               Strategy strategy, int postgres) {
  const bool renames =
      std::any_of(difference.changes.begin(), difference.changes.end(),
                  [](const Change& change) { return diffing::is_rename(change.kind); });
  const diffing::Renamed renamed =
      renames ? diffing::apply_renames(before, after, difference.changes, postgres)
              : diffing::Renamed{};
  Plan plan{strategy, postgres, difference.changes, {}, difference.notes};
  Context context{renames ? renamed.catalog : before, after, plan.changes, strategy, postgres};
  plan_renames(context, renamed.derived);
  std::vector<Action> actions = plan_everything(context);
  if (strategy == Strategy::online && !actions.empty())
    plan.steps.push_back({"SET lock_timeout = '5s'", -1, -1, {}, false});
  Grouping(plan, strategy).run(std::move(actions));
  std::move(context.notes.begin(), context.notes.end(), std::back_inserter(plan.notes));
  return plan;
}

}  // namespace schemagate
