// SPDX-License-Identifier: MIT
#include "tests/schema_mutations.h"

#include <cctype>

#include "schema/parse.h"

namespace schemagate::testing {
namespace {

struct Edit {
  std::size_t begin = 0, end = 0;
  std::string text;
};

struct Word {
  const char *from, *to;
};
const std::vector<Word>& words() {
  static const std::vector<Word> list{
      {"int", "bigint"},          {"bigint", "int"},       {"bigint", "text"},
      {"text", "varchar(40)"},    {"varchar", "text"},     {"numeric", "int"},
      {"date", "timestamptz"},    {"NOT NULL", ""},        {"UNIQUE", ""},
      {"PRIMARY KEY", "UNIQUE"},  {"PRIMARY KEY", ""},     {"UNIQUE", "PRIMARY KEY"},
      {"ALWAYS", "BY DEFAULT"},   {"CASCADE", "SET NULL"}, {"serial", "int"},
      {"btree", "hash"},          {"STORED", "VIRTUAL"},   {"IMMUTABLE", "STABLE"},
      {"AFTER", "BEFORE"},        {"SELECT", "UPDATE"},    {"plans_a", "plans_b"},
      {"plans_b", "plans_reader"}};
  return list;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool stands_alone(const std::string& sql, std::size_t begin, std::size_t end) {
  return (begin == 0 || !is_word(sql[begin - 1])) && (end >= sql.size() || !is_word(sql[end]));
}

bool equal_folded(const std::string& sql, std::size_t at, const std::string& word) {
  if (at + word.size() > sql.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(sql[at + i])) !=
        std::tolower(static_cast<unsigned char>(word[i])))
      return false;
  }
  return true;
}

void edit_words(const std::string& sql, std::vector<Edit>& edits) {
  for (const Word& word : words()) {
    const std::string from = word.from;
    for (std::size_t at = 0; at + from.size() <= sql.size(); ++at) {
      if (equal_folded(sql, at, from) && stands_alone(sql, at, at + from.size()))
        edits.push_back({at, at + from.size(), word.to});
    }
  }
  for (std::size_t at = 0; at < sql.size(); ++at) {
    const bool digit = std::isdigit(static_cast<unsigned char>(sql[at])) != 0;
    if (digit && stands_alone(sql, at, at + 1))
      edits.push_back({at, at + 1, std::string(1, sql[at] == '9' ? '1' : char(sql[at] + 1))});
  }
}

/// What stands between the commas of the first list in parentheses.
std::vector<std::pair<std::size_t, std::size_t>> elements(const std::string& sql) {
  std::vector<std::pair<std::size_t, std::size_t>> list;
  int depth = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (sql[i] == '(' && ++depth == 1) begin = i + 1;
    const bool ends = depth == 1 && (sql[i] == ',' || sql[i] == ')');
    if (ends) {
      list.emplace_back(begin, i);
      begin = i + 1;
    }
    if (sql[i] == ')' && --depth == 0) return list;
  }
  return {};
}

void edit_lists(const std::string& sql, std::vector<Edit>& edits) {
  const auto list = elements(sql);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto [begin, end] = list[i];
    if (list.size() > 1)
      edits.push_back(i == 0 ? Edit{begin, end + 1, ""} : Edit{begin - 1, end, ""});
    const bool table =
        equal_folded(sql, 0, "CREATE TABLE") || equal_folded(sql, 0, "CREATE FOREIGN TABLE");
    if (i + 1 < list.size() && !table) {
      const std::string first = sql.substr(begin, end - begin);
      const auto [next, last] = list[i + 1];
      edits.push_back({begin, last, sql.substr(next, last - next) + "," + first});
    }
    if (!table) continue;
    for (const char* more : {" NOT NULL", " UNIQUE", " PRIMARY KEY"})
      edits.push_back({end, end, more});
    edits.push_back(
        {end, end, ", extra" + std::to_string(i) + " int DEFAULT " + std::to_string(i)});
  }
}

}  // namespace

Statements statements_of(const std::string& sql) {
  Statements list;
  for (const Statement& statement : parse_text(sql).statements)
    list.push_back(sql.substr(statement.span.begin, statement.span.end - statement.span.begin));
  return list;
}

SchemaMutator::SchemaMutator(std::uint32_t seed, std::vector<Statements> schemas)
    : random_(seed), schemas_(std::move(schemas)) {}

// Not a distribution of the standard library: each of those has its own.
std::size_t SchemaMutator::below(std::size_t count) { return random_() % count; }

const Statements& SchemaMutator::any_schema() { return schemas_[below(schemas_.size())]; }

void SchemaMutator::edit(std::string& statement) {
  std::vector<Edit> edits;
  edit_words(statement, edits);
  edit_lists(statement, edits);
  if (edits.empty()) return;
  const Edit& chosen = edits[below(edits.size())];
  statement.replace(chosen.begin, chosen.end - chosen.begin, chosen.text);
}

void SchemaMutator::change_once(Statements& schema) {
  const std::size_t kind = below(10);
  if (schema.empty() || kind == 0) {
    const Statements& other = any_schema();
    if (!other.empty()) schema.push_back(other[below(other.size())]);
  } else if (kind <= 2) {
    schema.erase(schema.begin() + static_cast<std::ptrdiff_t>(below(schema.size())));
  } else if (kind == 3) {
    std::swap(schema[below(schema.size())], schema[below(schema.size())]);
  } else {
    edit(schema[below(schema.size())]);
  }
}

Statements SchemaMutator::mutated(Statements schema) {
  if (below(6) == 0) return any_schema();
  for (std::size_t count = 1 + below(4); count > 0; --count) change_once(schema);
  return schema;
}

Statements SchemaMutator::touched(Statements schema) {
  for (std::size_t count = 1 + below(2); count > 0; --count) change_once(schema);
  return schema;
}

}  // namespace schemagate::testing
