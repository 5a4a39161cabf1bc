// SPDX-License-Identifier: MIT
#include "schema/partition_pruning.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "schema/expression_analysis.h"
#include "schema/parse_lexer.h"
#include "schema/partition_hash.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

/// A constant of a bound or a condition, spelled so that it can be compared.
struct Value {
  enum class Kind { plain, null, lowest, highest } kind = Kind::plain;
  std::string text;
};

/// "2024-01-05" and "2024-01-05T10:00" as "2024-01-05 10:00:00"; nothing for other spellings.
std::optional<std::string> moment(std::string text, bool date) {
  const auto digits = [&](std::size_t from, std::size_t count) {
    for (std::size_t i = from; i < from + count; ++i) {
      if (i >= text.size() || std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    }
    return true;
  };
  if (!digits(0, 4) || !digits(5, 2) || !digits(8, 2) || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  if (date) {
    if (text.size() > 10 && text[10] != ' ' && text[10] != 'T') return std::nullopt;
    return text.substr(0, 10);
  }
  if (text.size() == 10) return text + " 00:00:00";
  if (text.size() == 16) text += ":00";
  if (text.size() != 19 || !digits(11, 2) || !digits(14, 2) || !digits(17, 2)) return std::nullopt;
  text[10] = ' ';
  return text;
}

bool is_integer(const std::string& type) {
  return type == "int2" || type == "int4" || type == "int8";
}
bool is_number(const std::string& type) {
  return is_integer(type) || type == "numeric" || type == "float8" || type == "float4";
}
bool is_moment(const std::string& type) {
  return type == "date" || type == "timestamp" || type == "timestamptz";
}
bool has_order(const std::string& type) { return is_number(type) || is_moment(type); }

/// The text as a value of that type, or nothing when it can't be compared.
std::optional<Value> value_as(const std::string& text, const std::string& type) {
  if (is_moment(type)) {
    auto when = moment(text, type == "date");
    if (!when) return std::nullopt;
    return Value{Value::Kind::plain, std::move(*when)};
  }
  if (is_number(type)) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || std::abs(number) > 9e15) return std::nullopt;
  }
  return Value{Value::Kind::plain, text};
}

double number_of(const Value& value) {
  double number = 0;
  std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  return number;
}

int rank(const Value& value) {
  return value.kind == Value::Kind::lowest ? -1 : value.kind == Value::Kind::highest ? 1 : 0;
}

/// -1, 0 or 1 by the order of the type.
int compared(const Value& a, const Value& b, const std::string& type) {
  if (rank(a) != 0 || rank(b) != 0) {
    return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0;
  }
  if (is_number(type)) {
    const double left = number_of(a), right = number_of(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const int order = a.text.compare(b.text);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// The constants of a bound, list by list: FROM (…) TO (…), IN (…), WITH (MODULUS m, REMAINDER r).
std::vector<std::vector<Value>> lists_of(const std::string& sql) {
  std::vector<std::vector<Value>> lists;
  int depth = 0;
  bool wanted = false, minus = false;
  for (Token token = next_significant(sql, 0); token.kind != TokenKind::end;
       token = next_significant(sql, token.end)) {
    const std::string text = sql.substr(token.begin, token.end - token.begin);
    if (token.is('(', sql)) {
      if (++depth == 1) {
        lists.emplace_back();
        wanted = true;
      }
    } else if (token.is(')', sql)) {
      --depth;
    } else if (token.is(',', sql)) {
      wanted = true;
    } else if (token.is('-', sql)) {
      minus = true;
    } else if (depth == 1 && wanted) {
      const std::string word = to_lower(text);
      if (word == "modulus" || word == "remainder" || word == "date" || word == "timestamp") {
        continue;
      }
      Value value{Value::Kind::plain, text};
      if (token.kind == TokenKind::string) value.text = literal_value(sql, token);
      if (word == "minvalue") value.kind = Value::Kind::lowest;
      if (word == "maxvalue") value.kind = Value::Kind::highest;
      if (word == "null") value.kind = Value::Kind::null;
      if (minus) value.text = "-" + value.text;
      minus = wanted = false;
      lists.back().push_back(std::move(value));
    }
  }
  return lists;
}

struct Partition {
  const Table* table;
  bool is_default = false;
  std::vector<std::vector<Value>> lists;
};

/// The partitions of one table and what a condition leaves of them.
class Pruner {
 public:
  Pruner(const ImpactBuilder& b, const Table& table, std::vector<std::string> qualifiers)
      : qualifiers_(std::move(qualifiers)) {
    if (!table.partition_by || table.partition_by->elements.empty()) return;
    const IndexElement& key = table.partition_by->elements.front();
    strategy_ = table.partition_by->strategy;
    single_ = table.partition_by->elements.size() == 1;
    const Column* column = key.column.empty() ? nullptr : table.column(key.column);
    if (!column) return;
    column_ = key.column;
    type_ = builtin_name(b, column->type);
    for (const Table* child : b.catalog().children_of(table.name)) {
      Partition partition{child, child->bound && child->bound->is_default, {}};
      if (child->bound && !partition.is_default) partition.lists = lists_of(child->bound->sql);
      understood_ = understood_ && read_values(partition);
      partitions_.push_back(std::move(partition));
    }
  }

  bool understood() const {
    const bool ordered = strategy_ != "range" || has_order(type_);
    return understood_ && !column_.empty() && !type_.empty() && ordered &&
           (strategy_ != "hash" || (single_ && is_integer(type_)));
  }
  const std::vector<Partition>& partitions() const { return partitions_; }

  /// One mark per partition: it may hold rows that the condition is true for.
  std::vector<bool> matches(const Node& node) const {
    if (node.kind == NodeKind::all_of || node.kind == NodeKind::any_of) {
      const bool all = node.kind == NodeKind::all_of;
      std::vector<bool> result(partitions_.size(), all);
      for (const Node& child : node.children) {
        const std::vector<bool> one = matches(child);
        for (std::size_t i = 0; i < one.size(); ++i) {
          result[i] = all ? result[i] && one[i] : result[i] || one[i];
        }
      }
      return result;
    }
    if (node.kind == NodeKind::quantified && node.text == "= ANY" && is_key(node.children[0]) &&
        node.children[1].kind == NodeKind::array) {
      std::vector<bool> result(partitions_.size(), false);
      for (const Node& element : node.children[1].children) {
        const std::vector<bool> one = compare("=", element);
        for (std::size_t i = 0; i < one.size(); ++i) result[i] = result[i] || one[i];
      }
      return result;
    }
    if (node.kind != NodeKind::operation || node.children.empty()) return everything();
    if (node.children.size() == 1 && is_key(node.children[0])) {
      if (node.text == "IS NULL") return nulls();
      return everything();
    }
    if (node.children.size() != 2) return everything();
    if (is_key(node.children[0])) return compare(node.text, node.children[1]);
    if (is_key(node.children[1])) return compare(mirrored(node.text), node.children[0]);
    return everything();
  }

 private:
  std::vector<bool> everything() const { return std::vector<bool>(partitions_.size(), true); }

  bool read_values(Partition& partition) const {
    for (auto& list : partition.lists) {
      for (Value& value : list) {
        if (value.kind != Value::Kind::plain || strategy_ == "hash") continue;
        const bool first = &value == list.data() || strategy_ == "list";
        if (!first) continue;
        auto read = value_as(value.text, type_);
        if (!read) return false;
        value = std::move(*read);
      }
    }
    const std::size_t wanted = strategy_ == "range" ? 2 : 1;
    return partition.is_default || (partition.lists.size() == wanted &&
                                    std::none_of(partition.lists.begin(), partition.lists.end(),
                                                 [](const auto& list) { return list.empty(); }));
  }

  static std::string mirrored(const std::string& op) {
    if (op == "<") return ">";
    if (op == ">") return "<";
    if (op == "<=") return ">=";
    if (op == ">=") return "<=";
    return op;
  }

  bool is_key(const Node& node) const {
    if (node.kind != NodeKind::name || node.names.size() > 2 || node.names.back() != column_) {
      return false;
    }
    const std::string qualifier = node.names.size() == 2 ? node.names.front() : "";
    return std::find(qualifiers_.begin(), qualifiers_.end(), qualifier) != qualifiers_.end();
  }

  std::optional<Value> constant(const Node& node) const {
    if (node.kind == NodeKind::cast && node.children.size() == 1) {
      const bool same = node.text == type_ || (node.text == "date" && is_moment(type_));
      return same ? constant(node.children.front()) : std::nullopt;
    }
    if (node.kind == NodeKind::constant && node.text == "NULL") {
      return Value{Value::Kind::null, {}};
    }
    if (node.kind != NodeKind::string && node.kind != NodeKind::number) return std::nullopt;
    return value_as(node.text, type_);
  }

  std::vector<bool> nulls() const {
    std::vector<bool> result;
    bool taken = false;
    for (const Partition& partition : partitions_) {
      const bool here =
          strategy_ == "list" && !partition.is_default &&
          std::any_of(partition.lists.front().begin(), partition.lists.front().end(),
                      [](const Value& value) { return value.kind == Value::Kind::null; });
      result.push_back(here);
      taken = taken || here;
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (partitions_[i].is_default) result[i] = !taken;
    }
    return strategy_ == "hash" ? everything() : result;
  }

  std::vector<bool> compare(const std::string& op, const Node& with) const {
    const auto value = constant(with);
    static constexpr std::string_view known[] = {"=", "<>", "<", ">", "<=", ">="};
    const bool comparison = std::find(std::begin(known), std::end(known), op) != std::end(known);
    if (!value || !comparison) return everything();
    if (value->kind == Value::Kind::null) return std::vector<bool>(partitions_.size(), false);
    if (strategy_ == "list") return compare_lists(op, *value);
    if (strategy_ == "range") return compare_ranges(op, *value);
    return compare_hash(op, *value);
  }

  std::vector<bool> compare_hash(const std::string& op, const Value& value) const {
    if (op != "=") return everything();
    const auto hash = partition_hash(static_cast<std::int64_t>(number_of(value)), type_ == "int8");
    std::vector<bool> result;
    for (const Partition& partition : partitions_) {
      const auto& list = partition.lists.front();
      if (list.size() != 2) return everything();
      const auto modulus = static_cast<std::uint64_t>(number_of(list[0]));
      const auto remainder = static_cast<std::uint64_t>(number_of(list[1]));
      result.push_back(modulus == 0 || hash % modulus == remainder);
    }
    return result;
  }

  static bool holds(const std::string& op, int order) {
    if (op == "=") return order == 0;
    if (op == "<>") return order != 0;
    if (op == "<") return order < 0;
    if (op == ">") return order > 0;
    return op == "<=" ? order <= 0 : order >= 0;
  }

  std::vector<bool> compare_lists(const std::string& op, const Value& value) const {
    if (op != "=" && op != "<>" && !has_order(type_)) return everything();
    std::vector<bool> result;
    bool taken = false;
    for (const Partition& partition : partitions_) {
      bool here = false;
      if (!partition.is_default) {
        for (const Value& one : partition.lists.front()) {
          const bool plain = one.kind == Value::Kind::plain;
          here = here || (plain && holds(op, compared(one, value, type_)));
        }
      }
      result.push_back(here);
      taken = taken || here;
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (partitions_[i].is_default) result[i] = op != "=" || !taken;
    }
    return result;
  }

  std::vector<bool> compare_ranges(const std::string& op, const Value& value) const {
    if (op == "<>") return everything();
    std::vector<bool> result;
    bool taken = false;
    for (const Partition& partition : partitions_) {
      bool here = false;
      if (!partition.is_default) {
        const int low = compared(partition.lists[0].front(), value, type_);
        const int high = compared(partition.lists[1].front(), value, type_);
        // Of several columns the upper bound may hold rows with its own first value.
        const bool below = single_ ? high > 0 : high >= 0;
        here = op == "=" ? low <= 0 && below : op == "<" ? low < 0 : op == "<=" ? low <= 0 : below;
      }
      result.push_back(here);
      taken = taken || here;
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (partitions_[i].is_default) result[i] = op != "=" || !taken || !single_;
    }
    return result;
  }

  std::vector<std::string> qualifiers_;
  std::string strategy_, column_, type_;
  bool single_ = true, understood_ = true;
  std::vector<Partition> partitions_;
};

}  // namespace

std::vector<QualifiedName> pruned_partitions(const ImpactBuilder& b, const Table& table,
                                             const std::vector<std::string>& qualifiers,
                                             const Node& condition) {
  std::vector<QualifiedName> pruned;
  const Pruner pruner(b, table, qualifiers);
  const auto& partitions = pruner.partitions();
  const std::vector<bool> kept =
      pruner.understood() ? pruner.matches(condition) : std::vector<bool>(partitions.size(), true);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!kept[i]) {
      pruned.push_back(partitions[i].table->name);
      continue;
    }
    const auto below = pruned_partitions(b, *partitions[i].table, qualifiers, condition);
    pruned.insert(pruned.end(), below.begin(), below.end());
  }
  return pruned;
}

std::optional<std::vector<QualifiedName>> route(
    const ImpactBuilder& b, const Table& table,
    const std::vector<std::pair<std::string, Node>>& values) {
  std::vector<QualifiedName> way;
  const Table* at = &table;
  while (is_partitioned(*at)) {
    const Pruner pruner(b, *at, {""});
    const auto& key = at->partition_by;
    if (!pruner.understood() || !key || key->elements.size() != 1) return std::nullopt;
    const auto value = std::find_if(values.begin(), values.end(), [&](const auto& one) {
      return one.first == key->elements.front().column;
    });
    if (value == values.end()) return std::nullopt;
    const bool null = value->second.kind == NodeKind::constant && value->second.text == "NULL";
    Node name{NodeKind::name, {}, {value->first}, {}};
    const Node condition =
        null ? canonical::make(NodeKind::operation, "IS NULL", {std::move(name)})
             : canonical::make(NodeKind::operation, "=", {std::move(name), value->second});
    const std::vector<bool> kept = pruner.matches(condition);
    const auto count = std::count(kept.begin(), kept.end(), true);
    if (count == 0) return std::vector<QualifiedName>{};
    if (count > 1) return std::nullopt;
    const auto place =
        static_cast<std::size_t>(std::find(kept.begin(), kept.end(), true) - kept.begin());
    at = pruner.partitions()[place].table;
    way.push_back(at->name);
  }
  return way;
}

}  // namespace schemagate
