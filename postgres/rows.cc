// SPDX-License-Identifier: MIT
#include "postgres/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "postgres/wishes.h"
#include "schema/name.h"

namespace schemagate::postgres {
namespace {

constexpr int wanted_rows = 2;

struct Type {
  std::string name;     ///< pg_type.typname when in pg_catalog, else empty
  char kind = 'b';      ///< pg_type.typtype
  std::string base;     ///< oid of a domain's base type, a range's subtype, a multirange's range
  std::string element;  ///< oid of an array's element type
  std::vector<std::string> labels;      ///< of an enum
  std::vector<std::string> attributes;  ///< type oids of a composite type
};
using Types = std::map<std::string, Type>;

struct Column {
  std::string name, type_oid, type_sql;
  bool required = false, has_default = false, generated = false;
  std::string parent, parent_column;      ///< of a foreign key
  bool own_parent = false;                ///< the foreign key refers to the same table
  bool follows = false;                   ///< ON DELETE CASCADE, SET NULL or SET DEFAULT
  std::vector<std::string> literals;      ///< constants of CHECK constraints that speak of it
  std::vector<std::string> checks;        ///< names of these constraints
  std::string domain;                     ///< name of the type where it is a domain
  std::vector<std::string> bound_values;  ///< values that the partition's bound names for it
  std::vector<std::optional<std::string>> wanted;  ///< of the first rows, by a statement
};

struct Table {
  std::string sql;   ///< quoted and qualified
  std::string name;  ///< without its schema
  bool is_partition = false;
  std::vector<Column> columns;
};

std::vector<std::string> words(const std::optional<std::string>& value) {
  std::vector<std::string> found;
  const std::string all = text(value);
  for (std::string_view word : split(all, ' '))
    if (!word.empty()) found.emplace_back(word);
  return found;
}

Types read_types(Session& session) {
  Types types;
  const Answer all = session.run(R"(
    SELECT t.oid, CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname ELSE '' END, t.typtype,
           coalesce(nullif(t.typbasetype, 0), r.rngsubtype, m.rngtypid),
           CASE WHEN t.typcategory = 'A' THEN t.typelem END,
           (SELECT string_agg(attribute.atttypid::text, ' ' ORDER BY attribute.attnum) FROM pg_attribute attribute
            WHERE attribute.attrelid = t.typrelid AND attribute.attnum > 0 AND NOT attribute.attisdropped)
    FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_range m ON m.rngmultitypid = t.oid)");
  for (const Row& row : all.rows)
    types[text(row[0])] = {text(row[1]), text(row[2]).front(), text(row[3]), text(row[4]),
                           {},           words(row[5])};
  for (const Row& row :
       session.run("SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumsortorder").rows)
    types[text(row[0])].labels.push_back(text(row[1]));
  return types;
}

std::string date(int number) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::year(2000) / 1 / 1) +
                                        std::chrono::days(number)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

/// Types whose values are written in a way of their own; all others take the number.
std::optional<std::string> plain_value(const std::string& name, int n) {
  using Make = std::function<std::string(int)>;
  static const auto time = [](int i) {
    return fmt::format("{:02}:{:02}:{:02}", i / 3600 % 24, i / 60 % 60, i % 60);
  };
  static const std::map<std::string, Make> table{
      {"bool", [](int i) { return i % 2 ? "true" : "false"; }},
      {"date", date},
      {"timestamp", date},
      {"timestamptz", date},
      {"time", time},
      {"timetz", time},
      {"interval", [](int i) { return fmt::format("{} days", i); }},
      {"uuid", [](int i) { return fmt::format("00000000-0000-0000-0000-{:012}", i); }},
      {"json", [](int i) { return fmt::format(R"({{"id": {}}})", i); }},
      {"jsonb", [](int i) { return fmt::format(R"({{"id": {}}})", i); }},
      {"jsonpath", [](int i) { return fmt::format("$.a{}", i); }},
      {"bytea", [](int i) { return fmt::format("\\x{:08x}", i); }},
      {"inet", [](int i) { return fmt::format("10.0.{}.{}", i / 250 % 250, i % 250); }},
      {"cidr", [](int i) { return fmt::format("10.0.{}.{}", i / 250 % 250, i % 250); }},
      {"macaddr",
       [](int i) { return fmt::format("00:00:00:00:{:02x}:{:02x}", i / 256 % 256, i % 256); }},
      {"macaddr8",
       [](int i) {
         return fmt::format("00:00:00:00:00:00:{:02x}:{:02x}", i / 256 % 256, i % 256);
       }},
      {"bit", [](int i) { return i % 2 ? "1" : "0"; }},
      {"varbit", [](int i) { return i % 2 ? "1" : "0"; }},
      {"xml", [](int i) { return fmt::format("<a>{}</a>", i); }},
      {"point", [](int i) { return fmt::format("({0},{0})", i); }},
      {"box", [](int i) { return fmt::format("(({0},{0}),({0}.5,{0}.5))", i); }},
      {"lseg", [](int i) { return fmt::format("(({0},0),({0},1))", i); }},
      {"path", [](int i) { return fmt::format("(({0},0),({0},1))", i); }},
      {"polygon", [](int i) { return fmt::format("(({0},0),({0},1),(0,0))", i); }},
      {"circle", [](int i) { return fmt::format("<({0},0),0.5>", i); }},
      {"line", [](int i) { return fmt::format("{{1,-1,{}}}", i); }},
      {"pg_lsn", [](int i) { return fmt::format("0/{:X}", i); }},
      {"pg_snapshot", [](int i) { return fmt::format("{0}:{0}:", i); }},
      {"txid_snapshot", [](int i) { return fmt::format("{0}:{0}:", i); }},
      {"tid", [](int i) { return fmt::format("(0,{})", i); }},
  };
  const auto found = table.find(name);
  return found == table.end() ? std::to_string(n) : found->second(n);
}

std::string in_quotes(const std::string& value) {
  return "\"" + replace_all(replace_all(value, "\\", "\\\\"), "\"", "\\\"") + "\"";
}

/// The text form of the type's `n`th value, n from 1; nothing for types that we don't know how to
/// write.
std::optional<std::string> value_of(const Types& types, const std::string& oid, int n,
                                    int depth = 0) {
  const auto found = types.find(oid);
  if (found == types.end() || depth > 5) return std::nullopt;
  const Type& type = found->second;
  if (!type.labels.empty())
    return type.labels[static_cast<std::size_t>(n - 1) % type.labels.size()];
  if (type.kind == 'd') return value_of(types, type.base, n, depth + 1);
  if (!type.element.empty()) {
    const auto element = value_of(types, type.element, n, depth + 1);
    if (!element) return std::nullopt;
    return "{" + in_quotes(*element) + "}";
  }
  if (type.kind == 'r') {
    const auto bound = value_of(types, type.base, n, depth + 1);
    if (!bound) return std::nullopt;
    return "[" + in_quotes(*bound) + "," + in_quotes(*bound) + "]";
  }
  if (type.kind == 'm') {
    const auto range = value_of(types, type.base, n, depth + 1);
    if (!range) return std::nullopt;
    return "{" + *range + "}";
  }
  if (type.kind == 'c') {
    std::string fields;
    for (const std::string& attribute : type.attributes) {
      const auto field = value_of(types, attribute, n, depth + 1);
      fields +=
          (&attribute == &type.attributes.front() ? "" : ",") + (field ? in_quotes(*field) : "");
    }
    return "(" + fields + ")";
  }
  return plain_value(type.name, n);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The text of the literal that begins at `at`, which moves behind it; nothing where it has no end.
std::optional<std::string> literal_at(std::string_view sql, std::size_t& at) {
  std::string text;
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (sql[i] == '\'' && !sql.substr(i + 1).starts_with('\'')) {
      at = i + 1;
      return text;
    }
    if (sql[i] == '\'') ++i;
    text += sql[i];
  }
  return std::nullopt;
}

/// The number that stands at `at` as a word of its own, with or without a fraction; `at` moves on.
std::string number_at(std::string_view sql, std::size_t& at, bool with_fraction) {
  const std::size_t begin = at;
  if (begin > 0 && is_in_word(sql[begin - 1])) return {};
  const auto digits = [&](std::size_t from) {
    while (from < sql.size() && is_digit(sql[from])) ++from;
    return from;
  };
  std::size_t end = digits(begin);
  const auto ends_word = [&](std::size_t place) {
    return place == sql.size() || !is_in_word(sql[place]);
  };
  if (end == begin || !ends_word(end)) return {};
  if (with_fraction && end < sql.size() && sql[end] == '.')
    if (const std::size_t longer = digits(end + 1); longer > end + 1 && ends_word(longer))
      end = longer;
  at = end;
  return std::string(sql.substr(begin, end - begin));
}

/// The constants in an expression as the server prints it: 'new'::text, 100.
std::vector<std::string> constants_in(std::string_view expression) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < expression.size();) {
    if (expression[at] == '\'') {
      auto text = literal_at(expression, at);
      if (!text) break;
      found.push_back(std::move(*text));
    } else if (std::string number = number_at(expression, at, true); !number.empty()) {
      found.push_back(number);
      found.push_back(std::to_string(std::atoll(number.c_str()) + 1));
    } else {
      ++at;
    }
  }
  return found;
}

/// The elements of "('a', 5)", which begins at `at`; `at` moves behind it. None where it is no such
/// list.
std::vector<std::string> list_at(std::string_view bound, std::size_t& at) {
  std::vector<std::string> elements;
  std::size_t i = at + 1;
  while (i < bound.size() && bound[i] != ')') {
    if (bound[i] == '(') return {};
    if (bound[i] == '\'') {
      auto text = literal_at(bound, i);
      if (!text) return {};
      elements.push_back(std::move(*text));
      continue;
    }
    const std::size_t begin = i;
    while (i < bound.size() &&
           std::string_view("(),' \t\n").find(bound[i]) == std::string_view::npos)
      ++i;
    if (i == begin)
      ++i;
    else
      elements.emplace_back(bound.substr(begin, i - begin));
  }
  at = i;
  return elements;
}

/// The first values that a partition's bound names, one list per key column:
/// FOR VALUES FROM ('2024-01-01', 5) TO …, FOR VALUES IN ('a', 'b').
std::vector<std::vector<std::string>> values_in_bound(std::string_view bound) {
  std::vector<std::vector<std::string>> per_column;
  for (std::size_t at = 0; at < bound.size(); ++at) {
    if (bound[at] == '\'') {
      if (!literal_at(bound, at)) break;
      --at;
      continue;
    }
    std::string_view kind;
    for (const std::string_view word : {"FROM (", "IN (", "TO ("})
      if (bound.substr(at).starts_with(word)) kind = word.substr(0, word.size() - 2);
    if (kind.empty()) continue;
    at += kind.size() + 1;
    std::size_t column = 0;
    for (const std::string& value : list_at(bound, at)) {
      if (per_column.size() <= column) per_column.resize(column + 1);
      const bool number = value.find_first_not_of("-0123456789") == std::string::npos;
      if (kind == "TO" && number) {
        // The upper bound is not inside, a value before it may be.
        per_column[column].push_back(std::to_string(std::atoll(value.c_str()) - 1));
      } else if (kind != "TO" && value != "MINVALUE" && value != "NULL") {
        per_column[column].push_back(value);
      }
      if (kind != "IN") ++column;
    }
  }
  return per_column;
}

Column* column_of(Table& table, const std::string& name) {
  for (Column& column : table.columns)
    if (column.name == name) return &column;
  return nullptr;
}

/// Tables that hold rows themselves, with what has to be known to write one.
std::map<std::string, Table> read_tables(Session& session) {
  std::map<std::string, Table> tables;
  const Answer columns = session.run(R"(
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relispartition, a.attname, a.atttypid,
           format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '',
           c.relname, CASE WHEN y.typtype = 'd' THEN y.typname END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         JOIN pg_type y ON y.oid = a.atttypid
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.oid, a.attnum)");
  for (const Row& row : columns.rows) {
    Table& table = tables[text(row[0])];
    table.sql = text(row[1]);
    table.name = text(row[9]);
    table.is_partition = row[2] == "t";
    table.columns.push_back({.name = text(row[3]),
                             .type_oid = text(row[4]),
                             .type_sql = text(row[5]),
                             .required = row[6] == "t",
                             .has_default = row[7] == "t",
                             .generated = row[8] == "t",
                             .parent = {},
                             .parent_column = {},
                             .own_parent = false,
                             .follows = false,
                             .literals = {},
                             .checks = {},
                             .domain = text(row[10]),
                             .bound_values = {},
                             .wanted = {}});
  }
  const Answer references = session.run(R"(
    SELECT f.conrelid, a.attname, format('%I.%I', n.nspname, p.relname), quote_ident(pa.attname), f.conrelid = f.confrelid,
           f.confdeltype IN ('c', 'n', 'd')
    FROM pg_constraint f CROSS JOIN LATERAL unnest(f.conkey, f.confkey) AS key(column_number, parent_number)
         JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = key.column_number
         JOIN pg_attribute pa ON pa.attrelid = f.confrelid AND pa.attnum = key.parent_number
         JOIN pg_class p ON p.oid = f.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
    WHERE f.contype = 'f')");
  for (const Row& row : references.rows) {
    const auto table = tables.find(text(row[0]));
    if (table == tables.end()) continue;
    Column& column = *column_of(table->second, text(row[1]));
    column.parent = text(row[2]);
    column.parent_column = text(row[3]);
    column.own_parent = row[4] == "t";
    column.follows = row[5] == "t";
  }
  const Answer checks = session.run(R"(
    SELECT a.attrelid, a.attname, pg_get_constraintdef(k.oid), k.conname
    FROM pg_attribute a JOIN pg_constraint k
         ON k.contype = 'c' AND (k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey) OR k.contypid = a.atttypid)
    WHERE a.attnum > 0 AND NOT a.attisdropped)");
  for (const Row& row : checks.rows)
    if (const auto table = tables.find(text(row[0])); table != tables.end()) {
      Column& column = *column_of(table->second, text(row[1]));
      const auto constants = constants_in(text(row[2]));
      column.literals.insert(column.literals.end(), constants.begin(), constants.end());
      column.checks.push_back(text(row[3]));
    }
  const Answer bounds = session.run(R"(
    WITH RECURSIVE up AS (
      SELECT inhrelid AS leaf, inhrelid, inhparent FROM pg_inherits
      UNION ALL SELECT up.leaf, i.inhrelid, i.inhparent FROM up JOIN pg_inherits i ON i.inhrelid = up.inhparent)
    SELECT up.leaf, pg_get_expr(c.relpartbound, c.oid),
           (SELECT string_agg(a.attname, ' ' ORDER BY key.place)
            FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS key(number, place)
                 JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = key.number)
    FROM up JOIN pg_class c ON c.oid = up.inhrelid JOIN pg_partitioned_table p ON p.partrelid = up.inhparent)");
  for (const Row& row : bounds.rows) {
    const auto table = tables.find(text(row[0]));
    if (table == tables.end()) continue;
    const auto values = values_in_bound(text(row[1]));
    const auto names = words(row[2]);
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i)
      if (Column* column = column_of(table->second, names[i])) column->bound_values = values[i];
  }
  return tables;
}

/// Values that a statement's bounds and conditions let pass, so far as its first constants tell:
/// of FROM (100) TO (200) 101 and 102.
std::vector<std::string> values_for(std::string_view statement) {
  std::vector<std::string> values;
  if (std::size_t at = statement.find('\''); at != std::string_view::npos)
    if (auto text = literal_at(statement, at)) values.push_back(std::move(*text));
  for (std::size_t at = 0; at < statement.size(); ++at) {
    const std::string number = number_at(statement, at, false);
    if (number.empty()) continue;
    const long long first = std::atoll(number.c_str());
    values.push_back(std::to_string(first + 1));
    values.push_back(std::to_string(first + 2));
    break;
  }
  return values;
}

/// Gives every column those of the values that its type can hold.
void offer(Session& session, std::map<std::string, Table>& tables, const std::string& statement) {
  for (const std::string& value : values_for(statement)) {
    std::map<std::string, bool> fits;
    for (auto& [oid, table] : tables) {
      if (table.is_partition) continue;  // what fits another partition does not fit this one
      for (Column& column : table.columns) {
        const auto [known, is_new] = fits.try_emplace(column.type_sql, false);
        if (is_new) {
          known->second =
              session.run("SELECT " + quote_literal(value) + "::" + column.type_sql).ok();
        }
        if (known->second) column.literals.push_back(value);
      }
    }
  }
}

/// A value that rows of the table have to hold so that a statement finds them.
void want(Session& session, std::map<std::string, Table>& tables, const Wish& wish) {
  for (auto& [oid, table] : tables) {
    Column* column = table.name == wish.relation ? column_of(table, wish.column) : nullptr;
    if (!column || column->generated) continue;
    const bool fits =
        !wish.value ||
        session.run("SELECT " + quote_literal(*wish.value) + "::" + column->type_sql).ok();
    if (!fits || (!wish.value && column->required)) continue;
    if (!wish.only_in_parent) column->wanted.push_back(wish.value);
    if (column->parent.empty() || !wish.value) continue;
    for (auto& [parent_oid, parent] : tables) {
      Column* key = parent.sql == column->parent
                        ? column_of(parent, replace_all(column->parent_column, "\"", ""))
                        : nullptr;
      if (key) key->wanted.push_back(wish.value);
    }
  }
}

/// Its foreign keys refer to those alone, and where a row goes there, none refuses.
bool follows_all(const Table& table, const std::set<std::string>& kept) {
  bool any = false;
  for (const Column& column : table.columns) {
    if (column.parent.empty()) continue;
    if (!column.follows || !kept.contains(column.parent)) return false;
    any = true;
  }
  return any;
}

/// Leaves the tables that the statement names, those that they refer to, those whose rows go with
/// theirs, and all partitions.
void keep_named(std::map<std::string, Table>& tables, const std::vector<std::string>& names) {
  std::set<std::string> kept;
  for (const auto& [oid, table] : tables) {
    const bool named = std::find(names.begin(), names.end(), table.name) != names.end();
    if (named || table.is_partition) kept.insert(table.sql);
  }
  for (std::size_t before = 0; before != kept.size();) {
    before = kept.size();
    for (const auto& [oid, table] : tables) {
      if (!kept.contains(table.sql)) continue;
      for (const Column& column : table.columns)
        if (!column.parent.empty()) kept.insert(column.parent);
    }
    if (kept.size() != before) continue;
    for (const auto& [oid, table] : tables)
      if (follows_all(table, kept)) kept.insert(table.sql);
  }
  std::erase_if(tables, [&](const auto& one) { return !kept.contains(one.second.sql); });
}

/// How a row's values are chosen; tried in this order until the table takes the row.
struct Way {
  bool defaults = false;  ///< where the column has one
  bool literals = false;  ///< constants of its CHECK constraints
  bool wanted = false;    ///< what a statement looks for
};
constexpr Way ways[] = {{}, {false, true}, {true, false}, {true, true}};

/// Columns whose value a CHECK has refused, and how often: each time another one is tried.
using Refusals = std::map<std::string, std::size_t>;

/// Values that conditions on texts and numbers often want: long ones, addresses, codes.
std::vector<std::string> usual_values(int n) {
  const std::string number = std::to_string(n);
  return {"value number " + number + " with some length",
          "user" + number + "@example.com",
          "https://example.com/" + number,
          "+4930123456" + number,
          "abc-" + number,
          "ABC" + number,
          "ABC",
          "abc",
          "AB",
          std::to_string(n + 9),
          std::to_string(n + 99),
          "2030-01-0" + std::to_string(n % 9 + 1),
          "0.5"};
}

/// The value that comes next for a column whose values a CHECK refuses.
std::string other_value(const Column& column, std::size_t refused, int n) {
  const std::size_t own = column.literals.size();
  if (refused <= own && own > 0)
    return column.literals[(refused - 1 + static_cast<std::size_t>(n - 1)) % own];
  const auto usual = usual_values(n);
  return usual[(refused - own - 1) % usual.size()];
}

std::string value_sql(const Types& types, const Column& column, Rows rows, Way way, int n,
                      const Refusals& refusals) {
  const auto refused = refusals.find(column.name);
  if (refused != refusals.end())
    return quote_literal(other_value(column, refused->second, n)) + "::" + column.type_sql;
  const auto cast = [&](const std::string& value) {
    return quote_literal(value) + "::" + column.type_sql;
  };
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(n - 1) % from.size()];
  };
  const auto row = static_cast<std::size_t>(n - 1);
  if (way.wanted && row < column.wanted.size()) {
    return column.wanted[row] ? cast(*column.wanted[row]) : "NULL";
  }
  if (!column.bound_values.empty()) return cast(pick(column.bound_values));
  if (rows == Rows::nulls && !column.required) return "NULL";
  if (!column.parent.empty() && !column.own_parent)
    return fmt::format("(SELECT {} FROM {} ORDER BY 1 OFFSET {} LIMIT 1)", column.parent_column,
                       column.parent, (n - 1) % wanted_rows);
  if (way.defaults && column.has_default) return "DEFAULT";
  if (way.literals && !column.literals.empty()) return cast(pick(column.literals));
  const auto value = value_of(types, column.type_oid, n);
  return value ? cast(*value) : "NULL";
}

/// The name that the server's message says behind `what`.
std::string quoted_behind(const std::string& message, std::string_view what) {
  const auto at = message.find(what);
  if (at == std::string::npos) return {};
  const auto begin = message.find('"', at);
  const auto end = begin == std::string::npos ? begin : message.find('"', begin + 1);
  return end == std::string::npos ? std::string() : message.substr(begin + 1, end - begin - 1);
}

/// Counts the refusal for the columns that it is about; false: it is about none.
bool count_refusal(const SqlError& error, const Table& table, Refusals& refusals) {
  const bool value = error.sqlstate == "22P02" || error.sqlstate == "22007" ||
                     error.sqlstate == "22001" || error.sqlstate == "22003";
  if (value && !refusals.empty()) {  // not a value of the type: the next one
    for (auto& [column, count] : refusals) ++count;
    return true;
  }
  if (error.sqlstate != "23514") return false;
  const std::string name = quoted_behind(error.message, "violates check constraint");
  bool any = false;
  for (const Column& column : table.columns) {
    const bool meant =
        std::find(column.checks.begin(), column.checks.end(), name) != column.checks.end();
    if (!meant || column.generated || !column.bound_values.empty()) continue;
    ++refusals[column.name];
    any = true;
  }
  return any;
}

std::string insert_of(const Types& types, const Table& table, Rows rows, Way way, int n,
                      const Refusals& refusals) {
  std::string names, values;
  for (const Column& column : table.columns) {
    if (column.generated) continue;
    if (!names.empty()) names += ", ", values += ", ";
    names += quote_identifier(column.name);
    values += value_sql(types, column, rows, way, n, refusals);
  }
  return names.empty() ? "INSERT INTO " + table.sql + " DEFAULT VALUES"
                       : fmt::format("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
                                     table.sql, names, values);
}

bool insert_row(Session& session, const Types& types, const Table& table, Rows rows, Way way,
                int n) {
  constexpr int most_tries = 24;
  Refusals refusals;
  for (int i = 0; i < most_tries; ++i) {
    const Answer answer = session.run(insert_of(types, table, rows, way, n, refusals));
    if (answer.ok()) return true;
    if (!count_refusal(*answer.error, table, refusals)) return false;
  }
  return false;
}

bool has_rows(Session& session, const Table& table, int at_least) {
  const Answer count =
      session.run(fmt::format("SELECT count(*) >= {} FROM ONLY {}", at_least, table.sql));
  return count.value() == "t";
}

bool fits_statement(Rows rows) { return rows == Rows::fitting || rows == Rows::lone; }

bool fill_table(Session& session, const Types& types, const Table& table, Rows rows) {
  std::vector<Way> tried(std::begin(ways), std::end(ways));
  if (fits_statement(rows)) tried.insert(tried.begin(), Way{false, true});
  const bool wanted = std::any_of(table.columns.begin(), table.columns.end(),
                                  [](const Column& column) { return !column.wanted.empty(); });
  if (wanted) tried.insert(tried.begin(), {{false, false, true}, {false, true, true}});
  for (const Way way : tried) {
    // A partition by hash, and a default one, take only some values.
    const int last = table.is_partition ? 60 : wanted_rows;
    for (int n = 1; n <= last; ++n) {
      if (!insert_row(session, types, table, rows, way, n)) continue;
      if (has_rows(session, table, wanted_rows)) return true;
    }
    for (int n = 1000001; table.is_partition && n <= 1000002; ++n)
      insert_row(session, types, table, rows, way, n);
    if (has_rows(session, table, wanted_rows)) return true;
  }
  return has_rows(session, table, 1);
}

/// All schemas of the database: functions of triggers may name tables without one.
void set_path(Session& session) {
  const Answer schemas = session.run(
      "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(nspname), ', ' ORDER BY nspname <> "
      "'public', nspname) FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> "
      "'information_schema'");
  session.run("SET search_path = " + schemas.value().value_or("pg_catalog"));
}

/// Sequences that columns draw from go on after the values that were put in, as if they had been
/// drawn.
void move_sequences(Session& session) {
  const Answer drawn = session.run(R"(
    SELECT format('SELECT pg_catalog.setval(%L, max(%I)) FROM %I.%I HAVING max(%I) > 0', s.oid::regclass, a.attname,
                  n.nspname, c.relname, a.attname)
    FROM pg_class s
         JOIN (SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number FROM pg_depend d
               WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
               UNION SELECT d.refobjid, f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
               WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass) u ON u.sequence = s.oid
         JOIN pg_class c ON c.oid = u.relation JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
    WHERE s.relkind = 'S' AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND c.relkind IN ('r', 'p'))");
  std::string script;
  for (const Row& row : drawn.rows) script += text(row[0]) + ";";
  if (!script.empty() && !session.run(script).ok()) {
    for (const Row& row : drawn.rows) session.run(text(row[0]));
  }
}

}  // namespace

std::vector<std::string> fill(Session& session, Rows rows, const std::string& statement) {
  if (rows == Rows::none) return {};
  set_path(session);
  const Types types = read_types(session);
  std::map<std::string, Table> empty = read_tables(session);
  if (fits_statement(rows)) {
    offer(session, empty, statement);
    for (const Wish& wish : wishes_of(statement)) want(session, empty, wish);
  }
  if (rows == Rows::lone) keep_named(empty, relations_in(statement));
  // A table whose foreign key finds no row yet waits for the next round.
  for (bool progress = true; progress && !empty.empty();) {
    progress = false;
    for (auto it = empty.begin(); it != empty.end();) {
      const bool filled = fill_table(session, types, it->second, rows);
      progress = progress || filled;
      it = filled ? empty.erase(it) : std::next(it);
    }
  }
  const Answer views = session.run(
      "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = "
      "c.relnamespace"
      " WHERE c.relkind = 'm' ORDER BY c.oid");
  for (const Row& row : views.rows) session.run("REFRESH MATERIALIZED VIEW " + text(row[0]));
  move_sequences(session);
  session.run("RESET search_path");
  std::vector<std::string> without_rows;
  for (const auto& [oid, table] : empty) without_rows.push_back(table.sql);
  return without_rows;
}

void empty(Session& session) {
  const Answer tables = session.run(
      "SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
      " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')");
  if (tables.value()) session.run("TRUNCATE " + *tables.value());
}

}  // namespace schemagate::postgres
