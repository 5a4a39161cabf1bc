// SPDX-License-Identifier: MIT
#include "schema/plpgsql_flow.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include "base/text.h"
#include "schema/token_reader.h"

namespace schemagate {
namespace {

constexpr int deepest_block = 500;  ///< of blocks, branches and loops in each other

class Reader : TokenReader {
 public:
  explicit Reader(std::string_view text) : TokenReader(text) {}

  Flow read() {
    Flow flow;
    while (symbol(at_, '#')) at_ += 3;  // #variable_conflict use_column
    const std::string label = take_label();
    if (!word(at_, "declare") && !word(at_, "begin")) {
      refuse("syntax error");
    } else {
      flow.block = block(label);
    }
    if (symbol(at_, ';')) ++at_;
    if (at_ < tokens_.size()) refuse("syntax error at or near \"" + slice(at_, at_ + 1) + "\"");
    flow.problem = std::move(problem_);
    return flow;
  }

 private:
  using Words = std::initializer_list<std::string_view>;

  bool any_word(std::size_t at, Words keywords) const {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](std::string_view keyword) { return word(at, keyword); });
  }
  std::string name(std::size_t at) const { return to_lower(slice(at, at + 1)); }

  void refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    at_ = tokens_.size();
  }

  /// The text up to the keyword, which is taken too; a semicolon before it is an error.
  std::string until(std::string_view keyword) {
    const std::size_t from = at_;
    const std::size_t end =
        find(from, [&](std::size_t i) { return word(i, keyword) || symbol(i, ';'); });
    if (!word(end, keyword)) {
      refuse("missing \"" + to_upper(std::string(keyword)) + "\" at end of SQL expression");
      return {};
    }
    at_ = end + 1;
    return slice(from, end);
  }
  static std::string to_upper(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return text;
  }

  /// The semicolon that ends the statement, taken; the index of it.
  std::size_t take_semicolon() {
    const std::size_t end = find(at_, [&](std::size_t i) { return symbol(i, ';'); });
    if (end == tokens_.size()) refuse("unexpected end of function definition at end of input");
    at_ = std::min(end + 1, tokens_.size());
    return end;
  }

  std::string take_label() {
    if (!(symbol(at_, '<') && symbol(at_ + 1, '<'))) return {};
    at_ += 5;
    return name(at_ - 3);
  }

  void expect(std::string_view keyword) {
    if (word(at_, keyword)) {
      ++at_;
    } else if (at_ >= tokens_.size()) {
      refuse("unexpected end of function definition at end of input");
    } else {
      refuse("syntax error at or near " + ('"' + slice(at_, at_ + 1) + '"'));
    }
  }

  /// END [IF | LOOP | CASE] [label];
  void end(std::string_view of) {
    expect("end");
    if (!of.empty()) expect(of);
    take_semicolon();
  }

  FlowStatement block(const std::string& label) {
    FlowStatement block;
    block.kind = FlowKind::block;
    block.name = label;
    if (word(at_, "declare")) declarations(block);
    expect("begin");
    block.body = statements({"end", "exception"});
    if (word(at_, "exception")) {
      ++at_;
      while (word(at_, "when")) {
        ++at_;
        FlowArm arm;
        arm.condition = to_lower(until("then"));
        arm.body = statements({"when", "end"});
        block.arms.push_back(std::move(arm));
      }
    }
    expect("end");
    if (at_ < tokens_.size() && !symbol(at_, ';')) ++at_;  // a label
    return block;
  }

  void declarations(FlowStatement& block) {
    ++at_;
    while (at_ < tokens_.size() && !word(at_, "begin")) {
      if (word(at_, "declare")) {
        ++at_;
        continue;
      }
      const std::size_t from = at_;
      const std::size_t to = take_semicolon();
      FlowVariable variable{name(from), {}};
      if (word(from + 1, "cursor") || word(from + 2, "cursor")) {
        const std::size_t query =
            find(from, [&](std::size_t i) { return i >= to || word(i, "for") || word(i, "is"); });
        if (query < to) cursors_[variable.name] = slice(query + 1, to);
        block.declared.push_back(std::move(variable));
        continue;
      }
      const std::size_t value = find(from, [&](std::size_t i) {
        return i >= to || word(i, "default") || symbol(i, '=') || symbol(i, ':');
      });
      const bool cast = symbol(value, ':') && !symbol(value + 1, '=');
      if (value < to && !cast) {
        variable.value = slice(value + (symbol(value, ':') ? 2 : 1), to);
      }
      block.declared.push_back(std::move(variable));
    }
  }

  std::vector<FlowStatement> statements(Words ends) {
    std::vector<FlowStatement> list;
    if (++depth_ > deepest_block) refuse("too many blocks in each other");
    while (at_ < tokens_.size() && !any_word(at_, ends)) statement(list);
    --depth_;
    return list;
  }

  void statement(std::vector<FlowStatement>& list) {
    const std::string label = take_label();
    if (word(at_, "declare") || (word(at_, "begin") && !symbol(at_ + 1, ';'))) {
      list.push_back(block(label));
      if (symbol(at_, ';')) ++at_;
    } else if (word(at_, "if")) {
      list.push_back(branch());
    } else if (word(at_, "case")) {
      list.push_back(cases());
    } else if (any_word(at_, {"loop", "while", "for", "foreach"})) {
      list.push_back(loop(label));
    } else if (any_word(at_,
                        {"raise", "assert", "return", "exit", "continue", "perform", "execute",
                         "null", "open", "fetch", "move", "close", "get", "commit", "rollback"})) {
      own(list);
    } else {
      sql(list);
    }
  }

  FlowStatement branch() {
    FlowStatement branch;
    branch.kind = FlowKind::branch;
    while (any_word(at_, {"if", "elsif", "elseif"})) {
      ++at_;
      FlowArm arm;
      arm.condition = until("then");
      arm.body = statements({"elsif", "elseif", "else", "end"});
      branch.arms.push_back(std::move(arm));
    }
    if (word(at_, "else")) {
      ++at_;
      branch.arms.push_back({"", statements({"end"})});
    }
    end("if");
    return branch;
  }

  FlowStatement cases() {
    FlowStatement branch;
    branch.kind = FlowKind::branch;
    ++at_;
    const std::string operand = word(at_, "when") ? "" : until("when");
    if (!operand.empty()) --at_;
    while (word(at_, "when")) {
      ++at_;
      FlowArm arm;
      arm.condition = until("then");
      if (!operand.empty()) arm.condition = "(" + operand + ") IN (" + arm.condition + ")";
      arm.body = statements({"when", "else", "end"});
      branch.arms.push_back(std::move(arm));
    }
    if (word(at_, "else")) {
      ++at_;
      branch.arms.push_back({"", statements({"end"})});
    }
    end("case");
    return branch;
  }

  FlowStatement loop(const std::string& label) {
    FlowStatement loop;
    loop.kind = FlowKind::loop;
    if (word(at_, "while")) {
      ++at_;
      loop.text = until("loop");
    } else if (word(at_, "for") || word(at_, "foreach")) {
      head_of_for(loop);
    } else {
      ++at_;
    }
    if (loop.kind == FlowKind::loop || loop.name.empty()) loop.name = label;
    loop.body = statements({"end"});
    end("loop");
    return loop;
  }

  void head_of_for(FlowStatement& loop) {
    const bool each = word(at_, "foreach");
    ++at_;
    loop.name = name(at_);
    until("in");
    if (each) {
      loop.kind = FlowKind::array_loop;
      expect("array");
      loop.text = until("loop");
      return;
    }
    loop.reverse = word(at_, "reverse");
    if (loop.reverse) ++at_;
    loop.dynamic = word(at_, "execute");
    if (loop.dynamic) ++at_;
    loop.text = until("loop");
    const std::size_t dots = loop.text.find("..");
    loop.kind =
        dots == std::string::npos || loop.dynamic ? FlowKind::query_loop : FlowKind::range_loop;
    if (loop.kind == FlowKind::query_loop) {
      const auto cursor = cursors_.find(to_lower(loop.text.substr(0, loop.text.find('('))));
      if (cursor != cursors_.end()) loop.text = cursor->second;
      return;
    }
    loop.limit = loop.text.substr(dots + 2);
    loop.text.resize(dots);
  }

  /// A statement of PL/pgSQL's own that ends at a semicolon.
  void own(std::vector<FlowStatement>& list) {
    const std::size_t first = at_;
    const std::size_t from = first + 1;
    const std::size_t to = take_semicolon();
    FlowStatement one;
    one.text = slice(from, to);
    if (word(first, "raise")) {
      raise(one, from, to);
    } else if (word(first, "assert")) {
      one.kind = FlowKind::assertion;
      one.text = slice(from, find(from, [&](std::size_t i) { return i >= to || symbol(i, ','); }));
      arguments(one, from, to);
    } else if (word(first, "return") && any_word(from, {"query", "next"})) {
      if (word(from, "next")) return;
      one.kind = word(from + 1, "execute") ? FlowKind::execute : FlowKind::sql;
      one.text = slice(from + (one.kind == FlowKind::execute ? 2 : 1), to);
      one.into = {""};
    } else if (word(first, "return")) {
      one.kind = FlowKind::leave;
    } else if (word(first, "exit") || word(first, "continue")) {
      one.kind = word(first, "exit") ? FlowKind::exit : FlowKind::next;
      const std::size_t when =
          find(from, [&](std::size_t i) { return i >= to || word(i, "when"); });
      if (when > from && when <= to) one.name = name(from);
      one.text = slice(when + 1, to);
    } else if (word(first, "perform")) {
      one.text = "SELECT " + one.text;
      one.into = {""};
    } else if (word(first, "execute")) {
      execute(one, from, to);
    } else if (word(first, "commit") || word(first, "rollback")) {
      one.kind = FlowKind::transaction;
    } else {
      if (!word(first, "open")) return;
      const std::size_t query =
          find(from, [&](std::size_t i) { return i >= to || word(i, "for"); });
      if (const auto cursor = cursors_.find(name(from)); query >= to && cursor != cursors_.end()) {
        one.text = cursor->second;
        one.into = {""};
        list.push_back(std::move(one));
        return;
      }
      if (query >= to) return;
      one.kind = word(query + 1, "execute") ? FlowKind::execute : FlowKind::sql;
      one.text = slice(query + (one.kind == FlowKind::execute ? 2 : 1), to);
      one.into = {""};
    }
    list.push_back(std::move(one));
  }

  /// As many values as there are % in the message of RAISE.
  void check_placeholders(std::size_t from, std::size_t to) {
    if (from >= to || tokens_[from].kind != TokenKind::string) return;
    const std::string format = replace_all(literal_value(text_, tokens_[from]), "%%", "");
    const auto wanted = std::count(format.begin(), format.end(), '%');
    long given = 0;
    const auto next = [&](std::size_t at) {
      return find(at, [&](std::size_t i) { return i >= to || symbol(i, ',') || word(i, "using"); });
    };
    for (std::size_t at = next(from + 1); at < to && symbol(at, ','); at = next(at + 1)) ++given;
    if (given == wanted) return;
    refuse(std::string("too ") + (given < wanted ? "few" : "many") +
           " parameters specified for RAISE");
  }

  /// "a, b, hint = c" of "'%', a, b USING hint = c": a list of expressions.
  void arguments(FlowStatement& one, std::size_t from, std::size_t to) const {
    const auto is_first = [&](std::size_t i) {
      return i >= to || word(i, "using") || (one.kind != FlowKind::execute && symbol(i, ','));
    };
    const std::size_t first = find(from, is_first);
    const std::size_t options =
        find(first, [&](std::size_t i) { return i >= to || word(i, "using"); });
    if (first >= to) return;
    if (first < options) one.arguments = slice(first + 1, std::min(options, to));
    if (options >= to) return;
    if (!one.arguments.empty()) one.arguments += ", ";
    one.arguments += slice(options + 1, to);
  }

  void raise(FlowStatement& one, std::size_t from, std::size_t to) {
    one.kind = FlowKind::raise;
    one.text.clear();
    const bool level = any_word(from, {"debug", "log", "info", "notice", "warning", "exception"});
    check_placeholders(level ? from + 1 : from, to);
    arguments(one, from, to);
    if (any_word(from, {"debug", "log", "info", "notice", "warning"})) {
      one.name = name(from);
      return;
    }
    if (word(from, "exception")) ++from;
    if (from >= to) {
      one.dynamic = word(from - 1, "raise");  // RAISE; again what is being handled
      return;
    }
    if (tokens_[from].kind == TokenKind::string) {
      one.message = literal_value(text_, tokens_[from]);
    } else if (word(from, "sqlstate") && from + 1 < to) {
      one.text = literal_value(text_, tokens_[from + 1]);
    } else if (!word(from, "using")) {
      one.text = name(from);
    }
    const std::size_t code =
        find(from, [&](std::size_t i) { return i >= to || word(i, "errcode"); });
    const std::size_t value = symbol(code + 1, ':') ? code + 3 : code + 2;
    if (code < to && value < to && tokens_[value].kind == TokenKind::string) {
      one.text = to_lower(literal_value(text_, tokens_[value]));
      if (one.text.size() == 5) one.text = to_upper(one.text);
    }
    if (one.message.empty()) one.message = one.text;
  }

  void execute(FlowStatement& one, std::size_t from, std::size_t to) const {
    one.kind = FlowKind::execute;
    const std::size_t end =
        find(from, [&](std::size_t i) { return i >= to || word(i, "into") || word(i, "using"); });
    one.text = slice(from, std::min(end, to));
    arguments(one, from, to);
    const std::size_t into = find(from, [&](std::size_t i) { return i >= to || word(i, "into"); });
    if (into < to) targets(one, into + 1, to);
  }

  /// The variables after INTO; the token behind them.
  std::size_t targets(FlowStatement& one, std::size_t at, std::size_t to) const {
    if (word(at, "strict")) ++at;
    for (bool wanted = true; at < to; ++at, wanted = !wanted) {
      const bool identifier =
          tokens_[at].kind == TokenKind::word || tokens_[at].kind == TokenKind::quoted_identifier;
      if (wanted ? !identifier : !symbol(at, ',') && !symbol(at, '.')) break;
      if (wanted) one.into.push_back(name(at));
    }
    return at;
  }

  /// An assignment or an SQL statement.
  void sql(std::vector<FlowStatement>& list) {
    const std::size_t from = at_;
    FlowStatement one;
    const std::size_t to = take_semicolon();
    if (to >= tokens_.size() || from >= to) return;
    const std::size_t sign = find(from, [&](std::size_t i) {
      return i >= to || symbol(i, '=') ||
             !(tokens_[i].kind == TokenKind::word || symbol(i, '.') || symbol(i, '[') ||
               symbol(i, ']'));
    });
    const bool assigns = sign > from && sign < to && tokens_[from].kind == TokenKind::word &&
                         (symbol(sign, '=') || (symbol(sign, ':') && symbol(sign + 1, '='))) &&
                         (sign == from + 1 || symbol(from + 1, '.') || symbol(from + 1, '['));
    if (assigns) {
      one.kind = FlowKind::assignment;
      one.name = name(from);
      one.target = slice(from, sign);
      one.text = one.value = slice(sign + (symbol(sign, ':') ? 2 : 1), to);
      if (sign != from + 1) one.text.clear();  // a part of it
    } else {
      const std::size_t into = find(from + 1, [&](std::size_t i) {
        return i >= to || (word(i, "into") && !word(i - 1, "insert") && !word(i - 1, "merge"));
      });
      one.text = slice(from, std::min(into, to));
      if (into < to) {
        const std::size_t after = targets(one, into + 1, to);
        one.text += " " + slice(after, to);
      }
    }
    list.push_back(std::move(one));
  }

  int depth_ = 0;
  std::map<std::string, std::string> cursors_;  ///< queries of declared cursors
  std::string problem_;
};

}  // namespace

Flow read_flow(std::string_view body) {
  constexpr std::size_t max_body = 1U << 20;  // of text that nobody wrote by hand
  if (body.size() > max_body) return {{}, "too long to be read"};
  return Reader(body).read();
}

}  // namespace schemagate
