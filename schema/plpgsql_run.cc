// SPDX-License-Identifier: MIT
#include "schema/plpgsql_run.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "schema/condition_names.h"
#include "schema/parse.h"
#include "schema/plpgsql_parse.h"

namespace schemagate {
namespace {

enum class How { on, failed, left, exited, next };
struct Ending {
  How how = How::on;
  std::string label;
  Failure failure;
};

Ending failed(std::string sqlstate, std::string reason) {
  return {How::failed, {}, {std::move(sqlstate), std::move(reason)}};
}

bool holds(const FlowValue& value) { return value.text == "true" && !value.null; }

constexpr long long most_turns = 200;

class Runner {
 public:
  Runner(FlowHost& host, FlowRow variables) : host_(host), variables_(std::move(variables)) {}

  Ending block(const FlowStatement& block) {
    for (const FlowVariable& variable : block.declared) {
      FlowValue value = variable.value.empty() ? null_value() : read(variable.value);
      Ending ending = variable.value.empty() ? Ending{} : look_up(variable.value, value);
      variables_[variable.name] = std::move(value);
      if (ending.how == How::failed) return ending;
    }
    if (block.arms.empty()) return list(block.body);
    const std::size_t before = host_.mark();
    ++handlers_;
    Ending ending = list(block.body);
    --handlers_;
    if (ending.how != How::failed) return ending;
    for (const FlowArm& handler : block.arms) {
      if (!catches(handler.condition, ending.failure.sqlstate)) continue;
      host_.roll_back(before);
      const Failure caught = std::exchange(handled_, ending.failure);
      ending = list(handler.body);
      handled_ = caught;
      return ending;
    }
    return ending;
  }

 private:
  static bool catches(const std::string& conditions, const std::string& sqlstate) {
    std::string words = replace_all(replace_all(conditions, "sqlstate", ""), "'", "");
    words = replace_all(std::move(words), " or ", "|");
    for (const std::string_view one : split(words, '|')) {
      std::string name(trim(one));
      if (name.size() == 5) {
        for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      }
      if (handles(name == "OTHERS" ? "others" : name, sqlstate)) return true;
    }
    return false;
  }

  FlowValue read(const std::string& expression) {
    return FlowEvaluator(host_.catalog(), host_.session(), variables_).evaluate(expression);
  }

  /// A query in it names a table of the catalog: one that is taken to hold rows.
  bool reads_tables(const std::string& expression) const {
    if (to_lower(expression).find("select") == std::string::npos) return false;
    for (const Statement& statement : parse_text("SELECT " + expression).statements) {
      const auto* query = statement.as<DataStatement>();
      if (!query) continue;
      for (const RelationUse& use : query->references.relations)
        if (resolve_relation(host_.catalog(), host_.session(), use.name)) return true;
    }
    return false;
  }

  /// What the catalog can't tell may be read from tables, and what it is taken to tell of them,
  /// too.
  Ending look_up(const std::string& expression, const FlowValue& value) {
    if (value.known && !reads_tables(expression)) return {};
    if (to_lower(expression).find("select") == std::string::npos &&
        expression.find('(') == std::string::npos) {
      return {};
    }
    return sql("SELECT " + expression);
  }

  Ending sql(const std::string& text) {
    auto failure = host_.run(text, uncertain_ == 0);
    if (!failure || uncertain_ > 0) return {};
    return {How::failed, {}, std::move(*failure)};
  }

  Ending list(const std::vector<FlowStatement>& statements) {
    for (const FlowStatement& statement : statements) {
      Ending ending = one(statement);
      if (ending.how != How::on) return ending;
    }
    return {};
  }

  Ending one(const FlowStatement& s) {
    switch (s.kind) {
      case FlowKind::sql:
        return statement(s);
      case FlowKind::execute:
        return execute(s);
      case FlowKind::branch:
        return branch(s, 0);
      case FlowKind::loop:
        return loop(s);
      case FlowKind::range_loop:
        return range_loop(s);
      case FlowKind::query_loop:
        return query_loop(s);
      case FlowKind::array_loop:
        return array_loop(s);
      case FlowKind::block:
        return block(s);
      case FlowKind::raise:
        return raise(s);
      case FlowKind::assertion:
        return assertion(s);
      case FlowKind::leave:
        return s.text.empty() ? Ending{How::left, {}, {}} : leave(s);
      case FlowKind::exit:
      case FlowKind::next:
        return exit(s);
      case FlowKind::assignment:
        return assign(s);
      case FlowKind::transaction: {
        auto failure = host_.end_transaction(handlers_ > 0);
        return failure ? Ending{How::failed, {}, *failure} : Ending{};
      }
    }
    return {};
  }

  Ending leave(const FlowStatement& s) {
    const FlowValue value = read(s.text);
    Ending ending = look_up(s.text, value);
    if (ending.how == How::on) ending.how = How::left;
    return ending;
  }

  Ending assign(const FlowStatement& s) {
    const bool special = s.text.empty() || s.name == "new" || s.name == "old" || s.name == "found";
    if (!special && !variables_.contains(s.name)) {
      return failed("42601", '"' + s.name + "\" is not a known variable");
    }
    FlowValue value = s.text.empty() ? unknown_value() : read(s.text);
    Ending ending = s.text.empty() ? Ending{} : look_up(s.text, value);
    variables_[s.name] = uncertain_ > 0 ? unknown_value() : std::move(value);
    return ending;
  }

  void forget(const std::vector<std::string>& names) {
    for (const std::string& name : names) variables_[name] = unknown_value();
  }

  Ending statement(const FlowStatement& s) {
    const std::string first = to_lower(s.text.substr(0, s.text.find_first_of(" \n\t(")));
    const bool gives_rows = first == "select" || first == "values" || first == "table";
    if (gives_rows && s.into.empty()) {
      return uncertain_ > 0 ? Ending{}
                            : failed("42601", "query has no destination for result data");
    }
    if (first == "savepoint" || first == "start" || first == "begin" || first == "release") {
      return failed("0A000", "unsupported transaction command in PL/pgSQL");
    }
    forget(s.into);
    if (gives_rows && s.into.size() == 1 && uncertain_ == 0) {
      const FlowEvaluator evaluator(host_.catalog(), host_.session(), variables_);
      const auto rows = evaluator.rows(s.text);
      if (rows && rows->size() == 1 && rows->front().size() == 1) {
        variables_[s.into.front()] = rows->front().front().second;
      }
    }
    return sql(s.text);
  }

  Ending execute(const FlowStatement& s) {
    const FlowValue text = read(s.text);
    forget(s.into);
    if (!text.known) {
      if (!makes_harmless_sql(s.text))
        host_.unknown("the block runs SQL that it makes up while it runs");
      return {};
    }
    if (text.null) return failed("22004", "query string argument of EXECUTE is null");
    return sql(text.text);
  }

  /// The arms of IF from `index` on.
  Ending branch(const FlowStatement& s, std::size_t index) {
    if (index == s.arms.size()) return {};
    const FlowArm& arm = s.arms[index];
    if (arm.condition.empty()) return list(arm.body);
    const FlowValue condition = read(arm.condition);
    Ending ending = look_up(arm.condition, condition);
    if (ending.how != How::on) return ending;
    if (condition.known) return holds(condition) ? list(arm.body) : branch(s, index + 1);
    maybe([&] { return list(arm.body); });
    maybe([&] { return branch(s, index + 1); });
    return {};
  }

  /// Runs what may run or not. Where it ends the body, it is taken not to.
  template <class Run>
  void maybe(Run run) {
    const std::size_t before = host_.mark();
    const FlowRow values = variables_;
    ++uncertain_;
    const Ending ending = run();
    --uncertain_;
    for (auto& [name, value] : variables_) {
      const auto old = values.find(name);
      const bool same = old != values.end() && old->second.known && value.known &&
                        old->second.text == value.text && old->second.null == value.null;
      if (!same) value = unknown_value();
    }
    if (ending.how == How::failed) host_.roll_back(before);
  }

  /// One turn of a loop; true: the loop goes on. `ending`: how the loop ends.
  bool turn(const FlowStatement& s, Ending& ending) {
    ending = list(s.body);
    const bool here = ending.label.empty() || ending.label == s.name;
    if (ending.how == How::next && here) ending = {};
    if (ending.how == How::exited && here) {
      ending = {};
      return false;
    }
    return ending.how == How::on;
  }

  Ending loop(const FlowStatement& s) {
    Ending ending;
    for (long long i = 0; i < most_turns; ++i) {
      const FlowValue condition = s.text.empty() ? value_of(true) : read(s.text);
      // What tables hold may be another thing after a turn.
      const bool certain = condition.known && !reads_tables(s.text);
      if (certain && !holds(condition)) return {};
      if (!certain) {
        ending = look_up(s.text, condition);
        if (ending.how != How::on) return ending;
        maybe([&] {
          turn(s, ending);
          return ending;
        });
        return {};
      }
      if (!turn(s, ending)) return ending;
      if (unsure_exit_) {
        unsure_exit_ = false;
        return {};
      }
    }
    return {};
  }

  Ending range_loop(const FlowStatement& s) {
    const FlowValue first = read(s.text), last = read(s.limit);
    long long from = 0, to = 0;
    const auto parse = [](const FlowValue& value, long long& number) {
      const char* end = value.text.data() + value.text.size();
      return value.known && std::from_chars(value.text.data(), end, number).ec == std::errc();
    };
    if (!parse(first, from) || !parse(last, to)) return some_turns(s);
    if (s.reverse ? to > from : from > to) return {};
    Ending ending;
    for (long long i = 0; i <= std::min(std::abs(to - from), most_turns); ++i) {
      variables_[s.name] = value_of(std::to_string(s.reverse ? from - i : from + i));
      if (!turn(s, ending)) return ending;
    }
    return {};
  }

  /// A loop whose rows are not known; tables are taken to hold some.
  Ending some_turns(const FlowStatement& s) {
    variables_[s.name] = unknown_value();
    Ending ending;
    maybe([&] {
      turn(s, ending);
      return ending;
    });
    return {};
  }

  Ending query_loop(const FlowStatement& s) {
    std::string query = s.text;
    if (s.dynamic) {
      const FlowValue text = read(s.text);
      if (!text.known) {
        host_.unknown("the block runs SQL that it makes up while it runs");
        return some_turns(s);
      }
      query = text.text;
    }
    Ending ending = sql(query);
    if (ending.how != How::on) return ending;
    const auto rows = FlowEvaluator(host_.catalog(), host_.session(), variables_).rows(query);
    if (!rows) return some_turns(s);
    for (const auto& row : *rows) {
      for (const auto& [column, value] : row) variables_[s.name + "." + column] = value;
      if (row.size() == 1) variables_[s.name] = row.front().second;
      if (!turn(s, ending)) return ending;
    }
    return {};
  }

  Ending array_loop(const FlowStatement& s) {
    const FlowEvaluator evaluator(host_.catalog(), host_.session(), variables_);
    const auto elements = evaluator.elements(s.text);
    if (!elements) return some_turns(s);
    Ending ending;
    for (const FlowValue& element : *elements) {
      variables_[s.name] = element;
      if (!turn(s, ending)) return ending;
    }
    return {};
  }

  Ending raise(const FlowStatement& s) const {
    if (!s.name.empty()) return {};  // NOTICE and the like
    if (s.dynamic) return {How::failed, {}, handled_};
    if (s.text.empty()) return failed("P0001", s.message);
    const auto sqlstate = sqlstate_of(s.text);
    return failed(sqlstate.empty() ? s.text : std::string(sqlstate), s.message);
  }

  Ending assertion(const FlowStatement& s) {
    const FlowValue value = read(s.text);
    Ending ending = look_up(s.text, value);
    if (ending.how != How::on || !value.known) return ending;
    return holds(value) ? Ending{} : failed("P0004", "assertion failed");
  }

  Ending exit(const FlowStatement& s) {
    const How how = s.kind == FlowKind::exit ? How::exited : How::next;
    if (!s.text.empty()) {
      const FlowValue when = read(s.text);
      if (!when.known || reads_tables(s.text)) {
        unsure_exit_ = true;
        return look_up(s.text, when);
      }
      if (!holds(when)) return {};
    }
    return {how, s.name, {}};
  }

  FlowHost& host_;
  FlowRow variables_;
  int uncertain_ = 0, handlers_ = 0;
  bool unsure_exit_ = false;
  Failure handled_;
};

}  // namespace

std::optional<Failure> run_flow(FlowHost& host, const FlowStatement& block, FlowRow variables) {
  const Ending ending = Runner(host, std::move(variables)).block(block);
  if (ending.how != How::failed) return std::nullopt;
  return ending.failure;
}

}  // namespace schemagate
