// SPDX-License-Identifier: MIT
#include "schema/data_text.h"

#include <algorithm>
#include <initializer_list>

#include "base/text.h"
#include "schema/token_reader.h"

namespace schemagate {
namespace {

using WordList = std::initializer_list<std::string_view>;

class Cutter : TokenReader {
 public:
  explicit Cutter(std::string_view text) : TokenReader(text) {}

  DataText cut(const DataStatement& s) {
    DataText data;
    if (word("with")) {
      const std::size_t from = at_;
      at_ = find(at_, {"insert", "update", "delete", "merge", "select", "values"});
      data.with = slice(from, at_) + " ";
    }
    switch (s.kind) {
      case DataKind::update:
        update(data);
        break;
      case DataKind::delete_:
        remove(data);
        break;
      case DataKind::insert:
        insert(data);
        break;
      case DataKind::merge:
        merge(data);
        break;
      case DataKind::copy_to:
        ++at_;
        if (symbol(at_, '(')) data.query = slice(at_ + 1, closing(at_));
        break;
      default:
        break;
    }
    return data;
  }

 private:
  using TokenReader::word;
  bool word(std::string_view keyword) const { return word(at_, keyword); }
  bool take(std::string_view keyword) {
    if (!word(keyword)) return false;
    ++at_;
    return true;
  }
  std::string name(std::size_t at) const {
    const std::string text = slice(at, at + 1);
    if (text.starts_with('"')) {
      return replace_all(text.substr(1, text.size() - 2), "\"\"", "\"");
    }
    return to_lower(text);
  }

  /// The first of the words from `from` on, outside parentheses and CASE … END.
  std::size_t find(std::size_t from, WordList words) const {
    return TokenReader::find(from, [&](std::size_t i) {
      return std::any_of(words.begin(), words.end(), [&](auto keyword) {
        return word(i, keyword) && !(keyword == "from" && i > 0 && word(i - 1, "distinct"));
      });
    });
  }
  std::size_t closing(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i < tokens_.size(); ++i) {
      if (symbol(i, '(')) ++depth;
      if (symbol(i, ')') && --depth == 0) return i;
    }
    return tokens_.size();
  }
  /// The commas outside parentheses cut [from, to) into parts.
  std::vector<std::pair<std::size_t, std::size_t>> parts(std::size_t from, std::size_t to) const {
    std::vector<std::pair<std::size_t, std::size_t>> result;
    int depth = 0;
    std::size_t start = from;
    for (std::size_t i = from; i < to; ++i) {
      if (symbol(i, '(') || symbol(i, '[')) ++depth;
      if (symbol(i, ')') || symbol(i, ']')) --depth;
      if (depth == 0 && symbol(i, ',')) {
        result.emplace_back(start, i);
        start = i + 1;
      }
    }
    if (start < to) result.emplace_back(start, to);
    return result;
  }

  /// [ONLY] name [*] [[AS] alias], up to one of the words.
  void target(DataText& data, WordList until) {
    const std::size_t from = at_;
    const std::size_t to = find(at_, until);
    const bool aliased = to > from + 1 && (tokens_[to - 1].kind == TokenKind::word ||
                                           tokens_[to - 1].kind == TokenKind::quoted_identifier);
    data.target = slice(from, to);
    if (aliased || to == from + 1) data.alias = name(to - 1);
    at_ = to;
  }

  void returning(DataText& data) {
    if (take("returning")) data.returning = slice(at_, tokens_.size());
  }
  void where(DataText& data, WordList until) {
    if (!take("where")) return;
    const std::size_t to = find(at_, until);
    data.condition = slice(at_, to);
    at_ = to;
  }

  void assignments(DataText& data, std::size_t to) {
    for (const auto& [from, end] : parts(at_, to)) {
      DataAssignment one;
      std::size_t sign = from;
      while (sign < end && !symbol(sign, '=')) ++sign;
      if (symbol(from, '(')) {
        for (const auto& [column, stop] : parts(from + 1, closing(from))) {
          one.columns.push_back(name(column));
          one.part = one.part || stop > column + 1;
        }
      } else {
        one.columns.push_back(name(from));
        one.part = sign > from + 1;
      }
      one.value = slice(sign + 1, end);
      data.assignments.push_back(std::move(one));
    }
    at_ = to;
  }

  void update(DataText& data) {
    take("update");
    target(data, {"set"});
    take("set");
    assignments(data, find(at_, {"from", "where", "returning"}));
    if (take("from")) {
      const std::size_t to = find(at_, {"where", "returning"});
      data.sources = slice(at_, to);
      at_ = to;
    }
    where(data, {"returning"});
    returning(data);
  }

  void remove(DataText& data) {
    take("delete");
    take("from");
    target(data, {"using", "where", "returning"});
    if (take("using")) {
      const std::size_t to = find(at_, {"where", "returning"});
      data.sources = slice(at_, to);
      at_ = to;
    }
    where(data, {"returning"});
    returning(data);
  }

  void insert(DataText& data) {
    take("insert");
    take("into");
    const std::size_t from = at_;
    while (at_ < tokens_.size() && !symbol(at_, '(') &&
           !(word("values") || word("select") || word("default") || word("with") ||
             word("overriding") || word("table"))) {
      ++at_;
    }
    data.target = slice(from, at_);
    data.alias = at_ > from ? name(at_ - 1) : std::string();
    const bool columns = symbol(at_, '(') && !word(at_ + 1, "select") && !word(at_ + 1, "values") &&
                         !word(at_ + 1, "with");
    if (columns) at_ = closing(at_) + 1;
    if (take("overriding")) at_ += 2;
    const std::size_t end = find_conflict(at_);
    data.source = slice(at_, end);
    at_ = end;
    conflict(data);
    at_ = find(at_, {"returning"});
    returning(data);
  }

  /// ON CONFLICT or RETURNING after the rows.
  std::size_t find_conflict(std::size_t from) const {
    for (std::size_t i = find(from, {"on", "returning"}); i < tokens_.size();
         i = find(i + 1, {"on", "returning"})) {
      if (word(i, "returning") || word(i + 1, "conflict")) return i;
    }
    return tokens_.size();
  }

  void conflict(DataText& data) {
    if (!word("on") || !word(at_ + 1, "conflict")) return;
    at_ += 2;
    data.infers = symbol(at_, '(') || word("on");
    if (symbol(at_, '(')) {
      for (const auto& [from, to] : parts(at_ + 1, closing(at_))) {
        if (to != from + 1) {
          data.arbiter.clear();
          break;
        }
        data.arbiter.push_back(name(from));
      }
      const std::size_t after = closing(at_) + 1;
      if (word(after, "where")) data.arbiter.clear();
    }
    at_ = find(at_, {"do"});
    take("do");
    data.updates_on_conflict = take("update");
    if (!data.updates_on_conflict) return;
    take("set");
    assignments(data, find(at_, {"where", "returning"}));
    where(data, {"returning"});
  }

  void merge(DataText& data) {
    take("merge");
    take("into");
    target(data, {"using"});
    take("using");
    const std::size_t on = find(at_, {"on"});
    data.sources = slice(at_, on);
    at_ = on;
    take("on");
    const std::size_t when = find(at_, {"when"});
    data.joined_on = slice(at_, when);
    at_ = when;
    while (at_ < tokens_.size()) {
      const std::size_t next = find(at_ + 1, {"when"});
      const std::size_t set = find(at_, {"set"});
      if (set < next) {
        at_ = set + 1;
        assignments(data, std::min(next, find(at_, {"returning"})));
      }
      at_ = next;
    }
  }
};

}  // namespace

DataText read_data_text(const DataStatement& s) { return Cutter(s.sql).cut(s); }

}  // namespace schemagate
