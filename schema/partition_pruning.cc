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
    strategy_ = table.partition_by->strategy;
    for (const IndexElement& key : table.partition_by->elements) {
      const Column* column = key.column.empty() ? nullptr : table.column(key.column);
      if (!column) break;  // an expression, and what stands behind it
      columns_.push_back(key.column);
      types_.push_back(builtin_name(b, column->type));
    }
    if (columns_.empty()) return;
    whole_ = columns_.size() == table.partition_by->elements.size();
    single_ = table.partition_by->elements.size() == 1;
    type_ = types_.front();
    for (const Table* child : b.catalog().children_of(table.name)) {
      Partition partition{child, child->bound && child->bound->is_default, {}};
      if (child->bound && !partition.is_default) partition.lists = lists_of(child->bound->sql);
      understood_ = understood_ && read_values(partition);
      partitions_.push_back(std::move(partition));
    }
  }

  bool understood() const {
    const bool ordered =
        strategy_ != "range" || std::all_of(types_.begin(), types_.end(), has_order);
    return understood_ && !columns_.empty() && !type_.empty() && ordered &&
           (strategy_ != "hash" || (single_ && is_integer(type_)));
  }
  const std::vector<Partition>& partitions() const { return partitions_; }

  /// One mark per partition: it may hold rows that the condition is true for.
  std::vector<bool> matches(const Node& node) const {
    if (node.kind == NodeKind::all_of || node.kind == NodeKind::any_of) {
      const bool all = node.kind == NodeKind::all_of;
      std::vector<bool> result(partitions_.size(), all);
      if (all && strategy_ == "range") result = overlaps(node.children);
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
  bool is_constant(const Node& node, std::size_t place) const {
    return constant(node, place).has_value();
  }
  /// All columns of the key are plain ones.
  bool is_whole() const { return whole_; }

 private:
  std::vector<bool> everything() const { return std::vector<bool>(partitions_.size(), true); }

  bool read_values(Partition& partition) const {
    for (auto& list : partition.lists) {
      for (Value& value : list) {
        if (value.kind != Value::Kind::plain || strategy_ == "hash") continue;
        const auto place = strategy_ == "list" ? 0 : static_cast<std::size_t>(&value - list.data());
        if (place >= types_.size()) continue;
        auto read = value_as(value.text, types_[place]);
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

  bool is_key(const Node& node, std::size_t place = 0) const {
    if (node.kind != NodeKind::name || node.names.size() > 2 ||
        node.names.back() != columns_[place]) {
      return false;
    }
    const std::string qualifier = node.names.size() == 2 ? node.names.front() : "";
    return std::find(qualifiers_.begin(), qualifiers_.end(), qualifier) != qualifiers_.end();
  }

  std::optional<Value> constant(const Node& node, std::size_t place = 0) const {
    const std::string& type = types_[place];
    if (node.kind == NodeKind::cast && node.children.size() == 1) {
      const bool same = node.text == type || (node.text == "date" && is_moment(type));
      return same ? constant(node.children.front(), place) : std::nullopt;
    }
    if (node.kind == NodeKind::constant && node.text == "NULL") {
      return Value{Value::Kind::null, {}};
    }
    if (node.kind != NodeKind::string && node.kind != NodeKind::number) return std::nullopt;
    return value_as(node.text, type);
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
    if (strategy_ == "range") return overlaps({comparison_of(op, with)});
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

  Node comparison_of(const std::string& op, const Node& with) const {
    Node name{NodeKind::name, {}, {columns_.front()}, {}};
    if (!qualifiers_.empty() && !qualifiers_.front().empty())
      name.names.insert(name.names.begin(), qualifiers_.front());
    return canonical::make(NodeKind::operation, op, {std::move(name), with});
  }

  /// Where a row may be in the order of the key: from `low` to before `high`. One place more than
  /// the key has columns tells before a value from behind it.
  struct Interval {
    std::vector<Value> low, high;
  };
  static Value before() { return {Value::Kind::lowest, {}}; }
  static Value behind() { return {Value::Kind::highest, {}}; }

  int order(const std::vector<Value>& a, const std::vector<Value>& b) const {
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
      const int one = compared(a[i], b[i], i < types_.size() ? types_[i] : type_);
      if (one != 0) return one;
    }
    return 0;
  }
  /// A partition's bound; what stands behind MINVALUE and MAXVALUE says nothing.
  std::vector<Value> point(const std::vector<Value>& bound) const {
    std::vector<Value> result;
    for (const Value& value : bound) {
      if (result.size() == types_.size()) break;
      const bool open = !result.empty() && rank(result.back()) != 0;
      result.push_back(open ? result.back() : value);
    }
    result.push_back(!result.empty() && rank(result.back()) > 0 ? behind() : before());
    return result;
  }

  /// What the conditions on the column at `place` say: = closes the interval, others one end.
  enum class Found { nothing, ends, equal };
  Found narrow(const std::vector<Node>& conditions, std::size_t place, Interval& interval) const {
    std::optional<Value> equal;
    std::vector<Value> low{before()}, high{behind()};
    bool any = false;
    for (const Node& node : conditions) {
      if (node.kind != NodeKind::operation || node.children.size() != 2) continue;
      const bool turned = !is_key(node.children[0], place);
      if (turned && !is_key(node.children[1], place)) continue;
      const std::string op = turned ? mirrored(node.text) : node.text;
      const auto value = constant(node.children[turned ? 0 : 1], place);
      if (!value || value->kind == Value::Kind::null) continue;
      if (op == "=") equal = value;
      const std::vector<Value> at{*value, op == "<=" || op == ">" ? behind() : before()};
      const bool below = op == "<" || op == "<=", above = op == ">" || op == ">=";
      any = any || below || above;
      if (below && compare_ends(at, high, place) < 0) high = at;
      if (above && compare_ends(at, low, place) > 0) low = at;
    }
    if (equal) {
      interval.low.push_back(*equal);
      interval.high.push_back(*equal);
      return Found::equal;
    }
    interval.low.insert(interval.low.end(), low.begin(), low.end());
    interval.high.insert(interval.high.end(), high.begin(), high.end());
    return any ? Found::ends : Found::nothing;
  }
  int compare_ends(const std::vector<Value>& a, const std::vector<Value>& b,
                   std::size_t place) const {
    const int first = compared(a.front(), b.front(), types_[place]);
    if (first != 0 || a.size() < 2 || b.size() < 2) return first;
    return compared(a[1], b[1], types_[place]);
  }

  /// The partitions by range in which rows can be that fulfil all the conditions. The default one
  /// where others leave a gap.
  std::vector<bool> overlaps(const std::vector<Node>& conditions) const {
    Interval interval;
    Found last = Found::equal;
    std::size_t known = 0;
    for (std::size_t place = 0; place < columns_.size() && last == Found::equal; ++place) {
      last = narrow(conditions, place, interval);
      if (last != Found::nothing) ++known;
    }
    if (known == 0) return everything();
    if (last == Found::equal) {
      interval.low.push_back(before());
      interval.high.push_back(behind());
    }
    // By the first columns alone neighbours are told apart less well, and rows of the default
    // partition are never ruled out (get_matching_range_bounds).
    const bool partial = !whole_ || known < columns_.size();
    std::vector<bool> result(partitions_.size(), false);
    std::vector<std::pair<std::vector<Value>, std::vector<Value>>> taken;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (partitions_[i].is_default) continue;
      auto low = point(partitions_[i].lists[0]), high = point(partitions_[i].lists[1]);
      const int end = order(interval.low, high);
      result[i] = order(low, interval.high) < 0 &&
                  (end < 0 || (partial && end == 0 && rank(interval.low.back()) < 0));
      if (result[i]) taken.emplace_back(std::move(low), std::move(high));
    }
    std::sort(taken.begin(), taken.end(),
              [&](const auto& a, const auto& b) { return order(a.first, b.first) < 0; });
    bool gap = partial || (order(interval.low, interval.high) < 0 && taken.empty());
    std::vector<Value> covered = interval.low;
    for (const auto& [low, high] : taken) {
      gap = gap || order(covered, low) < 0;
      covered = high;
    }
    gap = gap || (!taken.empty() && order(covered, interval.high) < 0);
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (partitions_[i].is_default) result[i] = gap;
    }
    return result;
  }

  std::vector<std::string> qualifiers_;
  std::string strategy_, type_;
  std::vector<std::string> columns_, types_;  ///< of the key, up to its first expression
  bool single_ = true, whole_ = true, understood_ = true;
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
    if (!pruner.understood() || !key || !pruner.is_whole()) return std::nullopt;
    if (key->strategy != "range" && key->elements.size() != 1) return std::nullopt;
    std::vector<Node> conditions;
    for (const IndexElement& element : key->elements) {
      const auto value = std::find_if(values.begin(), values.end(),
                                      [&](const auto& one) { return one.first == element.column; });
      if (value == values.end()) return std::nullopt;
      Node name{NodeKind::name, {}, {value->first}, {}};
      const bool null = value->second.kind == NodeKind::constant && value->second.text == "NULL";
      if (null && key->elements.size() > 1) return std::nullopt;
      conditions.push_back(
          null ? canonical::make(NodeKind::operation, "IS NULL", {std::move(name)})
               : canonical::make(NodeKind::operation, "=", {std::move(name), value->second}));
      if (!null && !pruner.is_constant(value->second, conditions.size() - 1)) return std::nullopt;
    }
    const Node condition = canonical::make(NodeKind::all_of, {}, std::move(conditions));
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
