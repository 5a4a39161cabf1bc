// SPDX-License-Identifier: MIT
#include "schema/impact_block.h"

#include <utility>

#include "base/text.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

bool changes_catalog(const Statement& statement) {
  return statement.as<DataStatement>() == nullptr && statement.as<LockTable>() == nullptr &&
         statement.as<Truncate>() == nullptr && statement.as<Refresh>() == nullptr;
}

/// Predicts the statements of a body one after the other, on a catalog of its own.
class BlockImpact : public FlowHost {
 public:
  BlockImpact(ImpactBuilder& b, BodyOf of) : b_(b), of_(of), session_(b.session()) {
    session_.in_transaction = true;
    session_.can_roll_back = true;
    session_.undo.forget();
  }

  const Catalog& catalog() const override { return own_ ? *own_ : b_.catalog(); }
  const Session& session() const override { return session_; }

  std::optional<Failure> run(const std::string& sql, bool certain) override {
    const ParsedFile parsed = parse_text(sql);
    if (!parsed.problems.empty()) {
      if (!certain) return std::nullopt;
      return Failure{"42601", parsed.problems.front().message};
    }
    for (const Statement& statement : parsed.statements) {
      auto failure = run(statement, certain);
      if (failure) return failure;
    }
    return std::nullopt;
  }

  std::optional<Failure> end_transaction(bool inside_handler) override {
    const bool allowed =
        of_ == BodyOf::procedure && !b_.session().in_transaction && !inside_handler;
    if (!allowed) return Failure{"2D000", "invalid transaction termination"};
    b_.refuse_transaction();
    return std::nullopt;
  }

  void unknown(const std::string& why) override { b_.unknown(why); }

  std::size_t mark() override {
    moments_.push_back({session_, session_.undo.mark(), effects_.size()});
    return moments_.size() - 1;
  }
  void roll_back(std::size_t mark) override {
    const Moment& moment = moments_[mark];
    if (own_) session_.undo.roll_back_to(moment.undo, *own_);
    session_ = moment.session;
    effects_.resize(moment.effects);
  }

  /// What is left in the end, of relations that were there before the statement.
  void finish() {
    bool uncertain = false;
    for (Effect& effect : effects_) {
      std::erase_if(effect.impact.locks, [&](const RelationLock& lock) {
        return !b_.catalog().relation_kind(lock.relation);
      });
      std::erase_if(effect.impact.work,
                    [&](const Work& work) { return !b_.catalog().relation_kind(work.relation); });
      const bool any = b_.add(effect.impact);
      uncertain = uncertain || (any && !effect.certain);
    }
    if (uncertain) {
      b_.condition("what stands in a branch of the block runs only if the branch is taken");
    }
  }

 private:
  struct Effect {
    Impact impact;
    bool certain;
  };
  struct Moment {
    Session session;
    std::size_t undo, effects;
  };

  std::optional<Failure> run(const Statement& statement, bool certain) {
    Impact impact = predict_inside(catalog(), session_, statement, b_.depth() + 1);
    if (impact.fails && impact.fails->sqlstate == "25001") {
      if (certain) b_.refuse_transaction();
      impact.fails->reason =
          replace_all(std::move(impact.fails->reason), "cannot run inside a transaction block",
                      "cannot be executed from a function");
    }
    std::optional<Failure> failure = impact.fails;
    if (changes_catalog(statement)) {
      if (!own_) own_ = b_.catalog();
      failure = apply_predicted(*own_, session_, statement, impact).fails;
    } else if (const auto* data = statement.as<DataStatement>();
               data && data->kind != DataKind::select) {
      session_.empty_tables.clear();
    }
    if (!failure) effects_.push_back({std::move(impact), certain});
    if (!certain) return std::nullopt;
    return failure;
  }

  ImpactBuilder& b_;
  const BodyOf of_;
  std::optional<Catalog> own_;  ///< made when a statement changes it
  Session session_;
  std::vector<Effect> effects_;
  std::vector<Moment> moments_;
};

constexpr int deepest_call = 8;

}  // namespace

void run_plpgsql(ImpactBuilder& b, const std::string& body, BodyOf of, FlowRow variables,
                 bool certain) {
  if (b.depth() >= deepest_call) return;
  const Flow flow = read_flow(body);
  if (!flow.problem.empty()) {
    if (certain) b.fail("42601", flow.problem);
    return;
  }
  BlockImpact host(b, of);
  const auto failure = run_flow(host, flow.block, std::move(variables));
  if (!failure) {
    host.finish();
  } else if (certain) {
    b.fail(failure->sqlstate, failure->reason);
  }
}

void run_sql_body(ImpactBuilder& b, const std::string& body, bool certain) {
  if (b.depth() >= deepest_call) return;
  BlockImpact host(b, BodyOf::function);
  const auto failure = host.run(body, true);
  if (!failure) {
    host.finish();
  } else if (certain) {
    b.fail(failure->sqlstate, failure->reason);
  }
}

void predict_statement(ImpactBuilder& b, const DoBlock& s) {
  const std::string language = to_lower(s.language);
  if (language == "plpgsql") {
    // The rules look at the SQL in the text only.
    if (s.has_dynamic_sql) b.unknown("the block runs SQL that it makes up while it runs");
    run_plpgsql(b, s.body, BodyOf::procedure, {}, true);
  } else if (language == "sql" || language == "c" || language == "internal") {
    b.fail("0A000", "language " + quoted(language) + " does not support inline code execution");
  } else if (!b.session().partial && !b.catalog().extensions.contains(language)) {
    b.fail("42704", "language " + quoted(language) + " does not exist");
  } else {
    b.unknown("the block is in a language that is not read");
  }
}

}  // namespace schemagate
