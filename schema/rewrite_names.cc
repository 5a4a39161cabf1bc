// SPDX-License-Identifier: MIT
#include "schema/rewrite_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/text.h"

namespace schemagate {
namespace {

bool is_start(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) != 0 || c == '_' || byte >= 0x80;
}
bool is_part(char c) {
  return is_start(c) || c == '$' || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 8> before_relation{"from", "join", "into",       "update",
                                                          "only", "on",   "references", "table"};
constexpr std::array<std::string_view, 14> ends_from{
    "where",  "group",  "having", "order",  "limit", "offset",    "union",
    "except", "select", "set",    "window", "fetch", "returning", "intersect"};

/// Names separated by dots: a.b.c, as values.
struct Chain {
  std::size_t begin = 0, end = 0;
  std::vector<std::string> parts;
  bool quoted = false;  ///< the first part is: then it is no keyword
};

class Rewriter {
 public:
  Rewriter(std::string_view sql, const std::vector<NameChange>& changes)
      : sql_(sql), changes_(changes), is_rule_(sql.starts_with("CREATE RULE ")) {}

  std::string run() {
    while (at_ < sql_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = sql_[at_];
    if ((c == 'E' || c == 'e') && next() == '\'') return copy_string(2, true);
    if (c == '\'') return copy_string(1, false);
    if (c == '$' && copy_dollar_string()) return;
    if (c == '"' || is_start(c)) return take_chain();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return copy_number();
    if (std::isspace(static_cast<unsigned char>(c)) != 0) return copy(1);
    take_symbol();
  }

  char next() const { return at_ + 1 < sql_.size() ? sql_[at_ + 1] : '\0'; }

  void copy(std::size_t count) {
    out_ += sql_.substr(at_, count);
    at_ += count;
  }

  void copy_number() {
    std::size_t end = at_;
    while (end < sql_.size() && (is_part(sql_[end]) || sql_[end] == '.')) ++end;
    copy(end - at_);
    before_ = "0";
  }

  void copy_string(std::size_t opening, bool backslashes) {
    std::size_t end = at_ + opening;
    while (end < sql_.size()) {
      if (backslashes && sql_[end] == '\\') {
        end += 2;
      } else if (sql_[end] != '\'') {
        ++end;
      } else if (end + 1 < sql_.size() && sql_[end + 1] == '\'') {
        end += 2;
      } else {
        break;
      }
    }
    end = std::min(end + 1, sql_.size());
    if (!replace_sequence(sql_.substr(at_, end - at_), end)) out_ += sql_.substr(at_, end - at_);
    at_ = end;
    before_ = "'";
  }

  /// The constant of nextval('public.users_id_seq'::regclass).
  bool replace_sequence(std::string_view literal, std::size_t after) {
    if (before_ != "(" ||
        (function_ != "nextval" && function_ != "currval" && function_ != "setval"))
      return false;
    for (const auto& change : changes_) {
      if (change.use != NameUse::sequence || literal != quote_literal(to_sql(change.from)))
        continue;
      out_ += quote_literal(to_sql(change.to));
      if (!sql_.substr(after).starts_with("::")) out_ += "::regclass";
      return true;
    }
    return false;
  }

  bool copy_dollar_string() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && is_part(sql_[end]) && sql_[end] != '$') ++end;
    if (end >= sql_.size() || sql_[end] != '$') return false;
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const auto close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) return false;
    copy(close + tag.size() - at_);
    before_ = "'";
    return true;
  }

  void take_symbol() {
    const char c = sql_[at_];
    if (c == ':' && next() == ':') {
      before_ = "::";
      return copy(2);
    }
    if (c == '(') {
      // A parenthesis of the FROM list holds relations as well; a function's holds arguments.
      from_lists_.push_back(from_list_);
      from_list_ = expects_relation();
      function_ = word_before_;
    } else if (c == ')' && !from_lists_.empty()) {
      from_list_ = from_lists_.back();
      from_lists_.pop_back();
    }
    before_ = std::string(1, c);
    word_before_.clear();
    copy(1);
  }

  bool expects_relation() const {
    if (is_one_of(before_relation, before_)) return !after_distinct_;
    if (is_rule_ && before_ == "to") return true;
    return from_list_ && (before_ == "," || before_ == "(" || before_ == "lateral");
  }

  std::optional<std::string> part_at(std::size_t& at) const {
    if (at >= sql_.size()) return std::nullopt;
    if (sql_[at] != '"') {
      if (!is_start(sql_[at])) return std::nullopt;
      const std::size_t begin = at;
      while (at < sql_.size() && is_part(sql_[at])) ++at;
      return to_lower(sql_.substr(begin, at - begin));
    }
    std::string part;
    for (++at; at < sql_.size(); ++at) {
      if (sql_[at] == '"') {
        if (at + 1 >= sql_.size() || sql_[at + 1] != '"') break;
        ++at;
      }
      part += sql_[at];
    }
    at = std::min(at + 1, sql_.size());
    return part;
  }

  Chain chain_here() const {
    Chain chain;
    chain.begin = at_;
    chain.quoted = sql_[at_] == '"';
    std::size_t at = at_;
    while (auto part = part_at(at)) {
      chain.parts.push_back(std::move(*part));
      chain.end = at;
      if (at >= sql_.size() || sql_[at] != '.') break;
      ++at;
    }
    chain.end = std::max(chain.end, chain.begin + 1);
    return chain;
  }

  void take_chain() {
    const Chain chain = chain_here();
    if (!replace(chain)) out_ += sql_.substr(chain.begin, chain.end - chain.begin);
    at_ = chain.end;
    remember(chain);
  }

  void remember(const Chain& chain) {
    const bool word = chain.parts.size() == 1 && !chain.quoted;
    const std::string& name = chain.parts.empty() ? before_ : chain.parts.back();
    after_distinct_ = word && name == "from" && before_ == "distinct";
    if (word && (name == "from" || name == "join")) from_list_ = !after_distinct_;
    if (word && is_one_of(ends_from, name)) from_list_ = false;
    before_ = word ? name : "identifier";
    word_before_ = name;
  }

  std::string_view rest(std::size_t from) const {
    while (from < sql_.size() && std::isspace(static_cast<unsigned char>(sql_[from])) != 0) ++from;
    return sql_.substr(from);
  }

  /// In a head like "(name type DEFAULT …)" a type is what no other name follows.
  bool ends_argument(std::string_view after) const {
    if (after.empty()) return true;
    if (!is_start(after.front()) && after.front() != '"') return after.front() != '.';
    std::size_t length = 0;
    while (length < after.size() && is_part(after[length])) ++length;
    static constexpr std::array<std::string_view, 12> follows{
        "default", "language", "as",     "stable",   "immutable", "volatile",
        "strict",  "security", "return", "parallel", "begin",     "cost"};
    return is_one_of(follows, to_lower(after.substr(0, length)));
  }

  bool used_as(NameUse use, const Chain& chain, std::string_view after) const {
    const bool called = !after.empty() && after.front() == '(';
    switch (use) {
      case NameUse::relation:
        return expects_relation();
      case NameUse::type:
        return before_ == "::";
      case NameUse::argument:
        return before_ == "::" ||
               (before_ != "function" && before_ != "procedure" && ends_argument(after));
      case NameUse::function:
        // Behind a call there is only its alias, with a list of columns: FROM f() f(a, b).
        return called && before_ != "::" && before_ != "into" && before_ != ")" &&
               before_ != "as" && before_ != "ordinality";
      case NameUse::column:
        return !called && before_ != "::" && before_ != "as" &&
               (chain.parts.size() == 2 || !expects_relation());
      case NameUse::sequence:
        return false;
    }
    return false;
  }

  static bool names(const NameChange& change, const Chain& chain) {
    if (chain.parts.empty() || chain.parts.back() != change.from.name) return false;
    if (change.use == NameUse::column) return chain.parts.size() <= 2;
    if (change.from.schema.empty()) return chain.parts.size() == 1;
    return chain.parts.size() == 2 && chain.parts.front() == change.from.schema;
  }

  bool replace(const Chain& chain) {
    const std::string_view after = rest(chain.end);
    for (const auto& change : changes_) {
      if (!names(change, chain) || !used_as(change.use, chain, after)) continue;
      if (change.use == NameUse::column && chain.parts.size() == 2) {
        out_ += quote_identifier(chain.parts.front()) + ".";
      }
      out_ += to_sql(change.to);
      return true;
    }
    return false;
  }

  std::string_view sql_;
  const std::vector<NameChange>& changes_;
  std::string out_;
  std::size_t at_ = 0;
  std::string before_;       ///< the token before: a word in lower case, a symbol, or "identifier"
  std::string word_before_;  ///< the last part of the name just before, empty after a symbol
  std::string function_;     ///< the name before the innermost parenthesis opened last
  bool is_rule_;             ///< CREATE RULE … TO relation
  bool from_list_ = false;   ///< inside the list after FROM, at this depth
  bool after_distinct_ = false;
  std::vector<bool> from_lists_;
};

}  // namespace

std::string rewrite_names(std::string_view sql, const std::vector<NameChange>& changes) {
  if (changes.empty()) return std::string(sql);
  return Rewriter(sql, changes).run();
}

}  // namespace schemagate
