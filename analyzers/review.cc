// SPDX-License-Identifier: MIT
#include "analyzers/review.h"

#include <algorithm>
#include <array>
#include <deque>
#include <span>

#include "analyzers/assume.h"
#include "analyzers/remedies.h"
#include "analyzers/review_findings.h"
#include "base/sha256.h"
#include "base/text.h"
#include "schema/placeholders.h"

namespace schemagate {
namespace {

constexpr std::size_t fingerprint_digits = 16;

Statement transaction_statement(TransactionKind kind) {
  return {Span{}, Transaction{kind, false, {}}};
}

std::optional<TransactionKind> transaction_kind(const ReviewStep& step) {
  const auto* transaction = step.statement.as<Transaction>();
  return transaction ? std::optional(transaction->kind) : std::nullopt;
}

/// Steps between a BEGIN, or where the tool begins its transaction, and a ROLLBACK.
std::set<std::size_t> rolled_back(const std::vector<ReviewStep>& steps) {
  std::set<std::size_t> undone;
  for (std::size_t end = 0; end < steps.size(); ++end) {
    if (transaction_kind(steps[end]) != TransactionKind::rollback) continue;
    std::vector<std::size_t> inside;
    for (std::size_t at = end; at-- > 0 && steps[at].script() == steps[end].script();) {
      const auto kind = transaction_kind(steps[at]);
      const bool ends = kind == TransactionKind::commit || kind == TransactionKind::rollback;
      if (ends) break;
      inside.push_back(at);
      if (kind != TransactionKind::begin && !steps[at].begins_transaction) continue;
      undone.insert(inside.begin(), inside.end());
      break;
    }
  }
  return undone;
}

bool rolls_back(const ReviewStep& step) {
  const auto kind = transaction_kind(step);
  return kind == TransactionKind::rollback || kind == TransactionKind::rollback_to;
}

/// Stands for a statement that is gone.
const Statement no_statement{Span{}, OtherStatement{}};

}  // namespace

class Reviewer {
 public:
  Reviewer(const ReviewInput& input, std::size_t expected)
      : input_(input), catalog_(*input.before) {
    result_.steps.reserve(expected);
    for (const Rule* rule : all_rules()) {
      const auto setting = input.settings.find(std::string(rule->id));
      const bool named = setting != input.settings.end();
      if (named ? !setting->second.off : rule->on_by_default) rules_.push_back(rule);
    }
    for (const Rule* rule : rules_) {
      if (rule->looks_again) again_rules_.push_back(rule);
      for (std::size_t kind = 0; rule->check_step && kind < step_rules_.size(); ++kind)
        if (rule->statements.test(kind)) step_rules_[kind].push_back(rule);
    }
  }

  /// `steps` must stay until finish(), or until keep() has seen them.
  void judge(const std::vector<ReviewStep>& steps) {
    steps_ = steps;
    first_ = result_.steps.size();
    can_roll_back_ = std::any_of(steps.begin(), steps.end(), rolls_back);
    if (first_ == 0) session_ = fresh_session();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      enter_file(i);
      judge(static_cast<int>(first_ + i));
      leave_file(i);
      forget_statement(result_.steps.back());
    }
    if (!can_roll_back_) return;
    for (const std::size_t at : rolled_back(steps)) undone_.insert(static_cast<int>(first_ + at));
  }

  /// Keeps the statements of the steps judged last that rules look at again.
  void keep(std::vector<ReviewStep> steps) {
    std::size_t at = result_.steps.size() - steps.size();
    for (ReviewStep& step : steps) {
      const Statement*& judged = result_.steps[at++].statement;
      if (judged == &step.statement) judged = &kept_.emplace_back(std::move(step.statement));
    }
  }

  Review finish() {
    check_all();
    for (const Finding& finding : input_.allowance_findings) result_.findings.push_back(finding);
    forget_undone(undone_, result_.findings);
    name_placeholders(input_, result_);
    apply_settings(input_, result_.findings);
    apply_allowances(input_, rules_, result_.findings);
    sort_findings(result_.findings);
    tidy(result_.wanted_probes);
    tidy(result_.wanted_tables);
    result_.after = std::move(catalog_);
    for (JudgedStep& step : result_.steps) step.statement = &no_statement;
    return std::move(result_);
  }

 private:
  /// A new connection that remembers what the review has made so far.
  Session fresh_session() {
    Session session;
    session.postgres = input_.postgres;
    session.settings = input_.initial_settings;
    session.created = std::move(session_.created);
    session.can_roll_back = can_roll_back_;
    return session;
  }

  /// Each file of a migrations folder is taken to have a session of its own: a setting of the file
  /// before is nothing to rely on.
  void enter_file(std::size_t at) {
    const ReviewStep& step = steps_[at];
    const bool first_of_file = at == 0 || steps_[at - 1].script() != step.script();
    if (!input_.declarative && first_of_file && !tool_transaction_) session_ = fresh_session();
    if (step.begins_transaction || (step.single_query && first_of_file)) {
      apply_transaction(TransactionKind::begin);
      tool_transaction_ = true;
    }
  }

  void leave_file(std::size_t at) {
    const ReviewStep& step = steps_[at];
    const bool last_of_file = at + 1 == steps_.size() || steps_[at + 1].script() != step.script();
    if (step.ends_transaction || (step.single_query && last_of_file)) {
      apply_transaction(TransactionKind::commit);
      tool_transaction_ = false;
    }
  }

  void apply_transaction(TransactionKind kind) {
    if (kind == TransactionKind::begin) ++transactions_;
    was_in_transaction_ = kind == TransactionKind::begin;
    predict_and_apply(catalog_, session_, transaction_statement(kind));
  }

  /// Without the schema what a statement names is taken to exist. Returns what nobody described.
  std::vector<QualifiedName> meet(const Statement& statement) {
    if (!session_.partial) return {};
    std::vector<QualifiedName> unmet = strangers(catalog_, session_, statement);
    assume(catalog_, session_, statement);
    return unmet;
  }

  void judge(int index) {
    const ReviewStep& step = step_at(index);
    session_.partial = !input_.complete || step.behind_unread;
    anything_unread_ = anything_unread_ || step.behind_unread;
    std::vector<QualifiedName> unmet = meet(step.statement);
    if (const auto* block = step.statement.as<DoBlock>(); block && !block->embedded.empty()) {
      judge_block(index, *block);
    } else {
      judge_statement(index);
    }
    result_.steps.back().strangers = std::move(unmet);
  }

  void forget_statement(JudgedStep& step) const {
    const auto wants = [&](const Rule* rule) { return rule->looks_again(step); };
    if (std::none_of(again_rules_.begin(), again_rules_.end(), wants))
      step.statement = &no_statement;
  }

  /// The rules see the state before the step, so it is applied only after they have looked.
  void judge_statement(int index) {
    const ReviewStep& step = step_at(index);
    std::optional<Failure> doubtful;
    JudgedStep& judged = remember(index, predicted(index, step.statement, &doubtful));
    const std::size_t said = result_.findings.size();
    check_step(index, step.statement, step.sql.empty() ? nullptr : &step.sql, judged.impact);
    if (doubtful) judged.impact.fails = std::move(doubtful);
    Outcome outcome = apply_predicted(catalog_, session_, step.statement, judged.impact);
    judged.impact.fails.reset();
    if (outcome.fails && is_about_placeholder(index, *outcome.fails) &&
        !is_about_transaction(*outcome.fails))
      say_placeholder(index, said);
    if (outcome.fails && is_certain(index, step.statement, *outcome.fails)) {
      judged.impact.fails = std::move(outcome.fails);
      if (!depends_on_rows(*judged.impact.fails)) forget_effects(judged, said);
    }
    remember_writes(step.statement, judged.impact);
    forget_doubtful(step.statement);
    if (input_.keeps_locks) return;
    std::vector<RelationLock>().swap(judged.impact.locks);
    std::vector<Work>().swap(judged.impact.work);
  }

  /// What predict() says, without a failure that is_certain() doubts: that goes to `doubtful`.
  Impact predicted(int index, const Statement& statement,
                   std::optional<Failure>* doubtful = nullptr) {
    Impact impact = predict(catalog_, session_, statement);
    if (impact.fails && !is_certain(index, statement, *impact.fails)) {
      if (doubtful) *doubtful = std::move(impact.fails);
      impact.fails.reset();
    }
    return impact;
  }

  /// Without the schema most refusals are no more than a guess, and a table without rows has none
  /// that could make a statement fail.
  bool is_certain(int index, const Statement& statement, const Failure& failure) {
    if (is_about_placeholder(index, failure)) return is_about_transaction(failure);
    if (depends_on_rows(failure)) {
      const auto* alter = statement.as<AlterTable>();
      const Impact none;
      const Subject subject = make_subject(index, statement, nullptr, none);
      return !alter || !subject.is_idle(subject.resolve(alter->name));
    }
    // Not supported, no SQL, a new enum value, no transaction: the catalog has no part in it.
    const std::string_view state = failure.sqlstate;
    return !session_.partial || state == "0A000" || state == "42601" || state == "55P04" ||
           state == "25P01";
  }

  /// Whatever the names are.
  static bool is_about_transaction(const Failure& failure) { return failure.sqlstate == "25001"; }

  /// A psql variable or a template's placeholder stands in it: for what, is not known here. A tool
  /// may be told to write them otherwise than others do.
  bool is_about_placeholder(int index, const Failure& failure) const {
    return holds_placeholder(input_.sources, step_at(index).where) ||
           names_stand_in(failure.reason);
  }
  /// Instead of what was said: the names in it are none.
  void say_placeholder(int index, std::size_t said) {
    const Rule* rule = find_rule("not-understood");
    result_.findings.resize(said);
    if (std::find(rules_.begin(), rules_.end(), rule) == rules_.end()) return;
    const ReviewStep& step = step_at(index);
    Findings findings(*rule, result_.findings);
    findings
        .add(step.where, step.old_side, "",
             "what this does can't be known beforehand (it holds a variable that is filled in "
             "when it runs): nothing was checked")
        .remedy("write the names out, or look at it yourself and allow it with the reason");
    result_.findings.back().step = index;
  }

  /// A statement that the server refuses holds no lock for long and destroys nothing: what was said
  /// about that is taken back; why it fails, and what else is wrong with it, stays said.
  void forget_effects(JudgedStep& judged, std::size_t said) {
    judged.felt.clear();
    const auto is_effect = [](const Finding& finding) {
      const Rule* rule = find_rule(finding.rule);
      return !has_evidence(finding, "sqlstate") &&
             (has_evidence(finding, "lock") || (rule && rule->loses_data));
    };
    auto& findings = result_.findings;
    findings.erase(std::remove_if(findings.begin() + static_cast<std::ptrdiff_t>(said),
                                  findings.end(), is_effect),
                   findings.end());
  }

  /// The statements inside a DO block are judged one by one, in the block's place. Which of them
  /// run is for the server to decide, so none of them is said to fail because of what is there.
  void judge_block(int index, const DoBlock& block) {
    const ReviewStep& step = step_at(index);
    JudgedStep& judged = remember(index, predicted(index, step.statement));
    check_step(index, step.statement, step.sql.empty() ? nullptr : &step.sql, judged.impact);
    const bool in_transaction = session_.in_transaction;
    session_.in_transaction = in_block_ = true;
    std::size_t from = 0;
    for (const std::string& sql : block.embedded) {
      const std::optional<Span> text = found_in(step.where, sql, from);
      for (const Statement& statement : parse_text(sql).statements) {
        place_ = text ? Span{text->file, text->begin + statement.span.begin,
                             std::min(text->end, text->begin + statement.span.end)}
                      : step.where;
        std::vector<QualifiedName> unmet = meet(statement);
        Impact impact = predicted(index, statement);
        impact.fails.reset();
        remember_inner(index, statement, impact, std::move(unmet));
        const std::size_t said = result_.findings.size();
        check_step(index, statement, &sql, impact);
        take_out_of_block(said);
        predict_and_apply(catalog_, session_, statement);
        feel(make_subject(index, statement, nullptr, impact), judged);
        remember_writes(statement, impact);
        forget_doubtful(statement);
      }
    }
    if (block.has_dynamic_sql) anything_written_ = true;
    place_.reset();
    session_.in_transaction = in_transaction;
    in_block_ = false;
    if (!in_transaction) session_.held_locks.clear();
  }

  /// Where the SQL of a block stands in it, at `from` or later; nothing when it is not written
  /// there as it is run.
  std::optional<Span> found_in(Span block, const std::string& sql, std::size_t& from) const {
    if (!input_.sources || !block.is_somewhere()) return std::nullopt;
    const std::string_view text = input_.sources->text(block);
    const std::size_t at = text.find(sql, from);
    if (at == std::string_view::npos) return std::nullopt;
    from = at + sql.size();
    const auto begin = block.begin + static_cast<std::uint32_t>(at);
    return Span{block.file, begin, begin + static_cast<std::uint32_t>(sql.size())};
  }

  /// For the rules that look at all steps together: a statement of the block in the place of it.
  void remember_inner(int index, const Statement& statement, const Impact& impact,
                      std::vector<QualifiedName> unmet) {
    const ReviewStep& step = step_at(index);
    JudgedStep& inner = inner_.emplace_back();
    inner.statement = &embedded_.emplace_back(statement);
    inner.impact = impact;
    inner.where = inner.written = place_.value_or(step.where);
    inner.script = step.script();
    inner.old_side = step.old_side;
    inner.in_transaction = true;
    if (has_other_path()) inner.search_path = session_.search_path;
    inner.strangers = std::move(unmet);
    owners_.push_back(index);
  }

  /// What would replace one statement can't stand in the whole block's place.
  void take_out_of_block(std::size_t said) {
    for (std::size_t i = said; i < result_.findings.size(); ++i) {
      std::optional<Remedy>& remedy = result_.findings[i].remedy;
      if (!remedy || remedy->sql.empty()) continue;
      remedy->explanation += "; outside of the block: " + join(remedy->sql, "; ");
      remedy->sql.clear();
    }
  }

  /// Notes the locks that somebody can feel. Rules ask about those of tables and views; those of
  /// indexes, the most by far, are noted only where somebody will read all locks.
  void feel(const Subject& subject, JudgedStep& judged) {
    for (const RelationLock& lock : subject.impact.locks) {
      const bool of_index =
          lock.kind == RelationKind::index || lock.kind == RelationKind::partitioned_index;
      if (of_index && !input_.keeps_locks) continue;
      if (!subject.is_idle(lock.relation)) judged.felt.push_back(lock);
    }
  }

  bool has_other_path() const {
    return session_.search_path.size() != 1 || session_.search_path.front() != "public";
  }

  JudgedStep& remember(int index, Impact impact) {
    const ReviewStep& step = step_at(index);
    JudgedStep& judged = result_.steps.emplace_back();
    judged.statement = &step.statement;
    judged.impact = std::move(impact);
    judged.change = change_of(step);
    judged.where = step.where;
    judged.written = step.statement.span;
    judged.script = step.script();
    judged.old_side = step.old_side;
    judged.in_transaction = session_.in_transaction;
    if (session_.in_transaction != was_in_transaction_) ++transactions_;
    was_in_transaction_ = session_.in_transaction;
    judged.transaction = session_.in_transaction ? transactions_ : -1;
    judged.rehearsed = rehearsed(index);
    if (has_other_path()) judged.search_path = session_.search_path;
    const Subject subject = make_subject(index, step.statement, nullptr, judged.impact);
    judged.has_lock_timeout = subject.has_lock_timeout();
    feel(subject, judged);
    return judged;
  }

  const ReviewStep& step_at(int index) const {
    return steps_[static_cast<std::size_t>(index) - first_];
  }
  const Change* change_of(const ReviewStep& step) const {
    return step.change < 0 ? nullptr : &input_.changes.at(static_cast<std::size_t>(step.change));
  }
  const Rehearsed* rehearsed(int index) const {
    const auto at = static_cast<std::size_t>(index);
    return at < input_.rehearsed.size() ? &input_.rehearsed[at] : nullptr;
  }

  Subject make_subject(int index, const Statement& statement, const std::string* sql,
                       const Impact& impact) {
    const ReviewStep& step = step_at(index);
    return Subject{.base = *input_.before,
                   .before = catalog_,
                   .session = session_,
                   .statement = statement,
                   .impact = impact,
                   .change = change_of(step),
                   .step = index,
                   .where = place_.value_or(step.where),
                   .old_side = step.old_side,
                   .declarative = input_.declarative,
                   .in_transaction = session_.in_transaction,
                   .tool_transaction = tool_transaction_ && session_.in_transaction,
                   .single_query = step.single_query,
                   .remedies = input_.remedies,
                   .in_block = in_block_,
                   .complete = !session_.partial,
                   .postgres = input_.postgres,
                   .thresholds = input_.thresholds,
                   .rehearsed = rehearsed(index),
                   .known = input_.facts,
                   .sources = input_.sources,
                   .sql = sql,
                   .changed_rows = &written_,
                   .anything_written = anything_written_,
                   .wanted_probes = input_.asks ? &result_.wanted_probes : nullptr,
                   .wanted_tables = input_.asks ? &result_.wanted_tables : nullptr};
  }

  void check_step(int index, const Statement& statement, const std::string* sql,
                  const Impact& impact) {
    const Subject subject = make_subject(index, statement, sql, impact);
    const std::size_t said = result_.findings.size();
    for (const Rule* rule : step_rules_[statement.body.index()]) {
      Findings findings(*rule, result_.findings);
      rule->check_step(subject, findings);
    }
    for (std::size_t i = said; i < result_.findings.size(); ++i)
      if (result_.findings[i].remedy) take_out_of_transaction(subject, *result_.findings[i].remedy);
  }

  void check_all() {
    for (const Rule* rule : rules_) {
      if (!rule->check_all) continue;
      const std::size_t said = result_.findings.size();
      if (rule->looks_into_blocks && !inner_.empty()) {
        for (Finding& finding : check_whole(*rule, inner_)) {
          if (finding.step >= 0) finding.step = owners_[static_cast<std::size_t>(finding.step)];
          result_.findings.push_back(std::move(finding));
        }
        take_out_of_block(said);
      }
      std::vector<Finding> found = check_whole(*rule, result_.steps);
      std::move(found.begin(), found.end(), std::back_inserter(result_.findings));
    }
  }

  std::vector<Finding> check_whole(const Rule& rule, const std::vector<JudgedStep>& steps) {
    std::vector<Finding> found;
    Findings findings(rule, found);
    rule.check_all(WholeSubject{.base = *input_.before,
                                .after = input_.after ? *input_.after : catalog_,
                                .steps = steps,
                                .changes = input_.changes,
                                .findings = result_.findings,
                                .parse_problems = input_.parse_problems,
                                .schema_problems = input_.schema_problems,
                                .declarative = input_.declarative,
                                .complete = input_.complete && !anything_unread_,
                                .postgres = input_.postgres,
                                .thresholds = input_.thresholds,
                                .known = input_.facts,
                                .sources = input_.sources,
                                .wanted_probes = input_.asks ? &result_.wanted_probes : nullptr},
                   findings);
    return found;
  }

  void remember_writes(const Statement& statement, const Impact& impact) {
    if (!impact.known) anything_written_ = true;
    const auto* data = statement.as<DataStatement>();
    if (data && !data->target.empty()) {
      if (const auto name = resolve_relation(catalog_, session_, data->target)) {
        written_.insert(*name);
      }
    }
    if (const auto* truncate = statement.as<Truncate>()) {
      for (const QualifiedName& table : truncate->tables) {
        if (const auto name = resolve_relation(catalog_, session_, table)) written_.insert(*name);
      }
    }
  }

  /// CREATE TABLE IF NOT EXISTS without the schema at hand: the table may be there, and be large.
  void forget_doubtful(const Statement& statement) {
    if (!session_.partial) return;
    const auto* create = statement.as<CreateTable>();
    if (create && create->if_not_exists) {
      session_.created.erase(creation_name(session_, create->name));
    }
  }

  template <class T>
  static void tidy(std::vector<T>& wanted) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  }

  const ReviewInput& input_;
  std::span<const ReviewStep> steps_;  ///< those being judged
  std::size_t first_ = 0;              ///< number of the first of them
  Review result_;
  Catalog catalog_;
  std::deque<Statement> kept_;      ///< of steps that are gone
  std::deque<Statement> embedded_;  ///< of DO blocks
  std::vector<JudgedStep> inner_;   ///< those, as steps
  std::vector<int> owners_;         ///< and the number of the step that each stands in
  Session session_;
  bool anything_unread_ = false;  ///< a step stood behind something that could not be read
  std::vector<const Rule*> rules_;
  std::array<std::vector<const Rule*>, Kinds().size()> step_rules_;  ///< by kind of statement
  std::vector<const Rule*> again_rules_;                             ///< with looks_again
  bool can_roll_back_ = false;
  bool tool_transaction_ = false;
  bool in_block_ = false;
  std::optional<Span> place_;  ///< of the statement inside the block
  bool was_in_transaction_ = false;
  std::set<int> undone_;  ///< steps that are rolled back
  std::set<QualifiedName> written_;
  bool anything_written_ = false;
  int transactions_ = 0;
};

Review review(const ReviewInput& input) {
  Reviewer reviewer(input, input.steps.size());
  reviewer.judge(input.steps);
  return reviewer.finish();
}

StepwiseReview::StepwiseReview(const ReviewInput& input, std::size_t expected)
    : reviewer_(std::make_unique<Reviewer>(input, expected)) {}
StepwiseReview::StepwiseReview(StepwiseReview&&) noexcept = default;
StepwiseReview::~StepwiseReview() = default;
void StepwiseReview::judge(std::vector<ReviewStep> steps) {
  reviewer_->judge(steps);
  reviewer_->keep(std::move(steps));
}
Review StepwiseReview::finish() { return reviewer_->finish(); }

WhoMayAllow who_may_allow(const std::string& rule,
                          const std::map<std::string, RuleSetting>& settings,
                          std::optional<WhoMayAllow> by_default) {
  const auto setting = settings.find(rule);
  if (setting != settings.end() && setting->second.allow) return *setting->second.allow;
  if (by_default) return *by_default;
  const Rule* known = find_rule(rule);
  return known && known->loses_data ? WhoMayAllow::reviewed : WhoMayAllow::anyone;
}

std::string fingerprint(const Finding& finding, std::string_view database) {
  const std::string text = std::string(database) + '\n' + finding.rule + '\n' + finding.object;
  return sha256_hex(text).substr(0, fingerprint_digits);
}

}  // namespace schemagate
