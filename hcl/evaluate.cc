// SPDX-License-Identifier: MIT
#include "hcl/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace schemagate::hcl {
namespace {

constexpr std::string_view each_item = "*";
constexpr std::size_t longest_text = 4U << 20;
constexpr std::size_t longest_path = 16;

/// What a reference may begin with.
bool is_kind_of_block(const std::string& name) {
  static const std::set<std::string> kinds{
      "aggregate", "cast",      "collation", "column", "composite",    "domain",
      "enum",      "extension", "function",  "index",  "materialized", "policy",
      "procedure", "range",     "role",      "schema", "sequence",     "server",
      "table",     "trigger",   "user",      "view",   "event_trigger"};
  return kinds.count(name) != 0;
}

Value wrong(Span where, std::string_view wanted, const Value& found) {
  return make_unknown(where, fmt::format("expected {}, found {}", wanted, kind_name(found)));
}

/// Functions that cost the square of their lists' sizes.
bool compares_all(const std::string& function) {
  return function == "distinct" || function == "toset" || function.starts_with("set");
}

/// Refuses to go on from what is not known.
const Value* first_unknown(const std::vector<Value>& values) {
  for (const Value& value : values)
    if (value.is_unknown()) return &value;
  return nullptr;
}

/// A variable's value as its type wants it; types other than these are taken as they are.
Value converted(const Value& value, const std::string& type, Span where) {
  if (value.is_unknown()) return value;
  if (type == "string") {
    if (const auto text = as_text(value)) return make_text(*text);
  } else if (type == "int" || type == "number") {
    if (value.is(ValueKind::number)) return value;
    if (!as_number(value)) return wrong(where, "a number", value);
    return value.text.starts_with('-') ? make_number(*as_number(value)) : make_literal(value.text);
  } else if (type == "bool") {
    const auto boolean = as_boolean(value);
    return boolean ? make_boolean(*boolean) : wrong(where, "true or false", value);
  }
  return value;
}

Value arithmetic(const std::string& sign, const Value& left, const Value& right, Span where) {
  const auto a = as_number(left), b = as_number(right);
  if (!a || !b) return wrong(where, "numbers", a ? right : left);
  if ((sign == "/" || sign == "%") && *b == 0) return make_unknown(where, "division by zero");
  if (left.integer && right.integer) {
    const std::int64_t x = *left.integer, y = *right.integer;
    std::int64_t result = 0;
    if (sign == "+" && !__builtin_add_overflow(x, y, &result)) return make_integer(result);
    if (sign == "-" && !__builtin_sub_overflow(x, y, &result)) return make_integer(result);
    if (sign == "*" && !__builtin_mul_overflow(x, y, &result)) return make_integer(result);
    if (sign == "%") return make_integer(y == -1 ? 0 : x % y);
    if (sign == "/" && y != -1 && x % y == 0) return make_integer(x / y);
  }
  if (sign == "%") return make_unknown(where, "% is for whole numbers");
  const double result = sign == "+"   ? *a + *b
                        : sign == "-" ? *a - *b
                        : sign == "*" ? *a * *b
                                      : *a / *b;
  return make_number(result);
}

}  // namespace

const Value* Scope::find(const std::string& name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    const auto at = scope->names_.find(name);
    if (at != scope->names_.end()) return &at->second;
  }
  return nullptr;
}

Evaluator::Evaluator(const std::vector<File>& files, std::map<std::string, std::string> inputs)
    : inputs_(std::move(inputs)) {
  for (const File& file : files)
    for (const Block& block : file.blocks) {
      if (block.type == "locals")
        for (const Attribute& attribute : block.attributes)
          locals_.emplace(attribute.name, &attribute);
      if (block.type == "variable") variables_.emplace(block.name(), &block);
      blocks_[block.type].emplace(block.name(), &block);
    }
}

Value Evaluator::evaluate(const Expression& e, const Scope& scope) {
  if (work_ > max_work) return make_unknown(e.span, "the files take too much work to evaluate");
  if (level_ >= max_level) return make_unknown(e.span, "what this refers to is nested too deeply");
  ++level_;
  Value value = dispatch(e, scope);
  --level_;
  // What is brought from elsewhere has no place here.
  if (e.kind != ExpressionKind::text && e.kind != ExpressionKind::call) value.origins.clear();
  work_ += 1 + value.weight;
  return value;
}

Value Evaluator::dispatch(const Expression& e, const Scope& scope) {
  switch (e.kind) {
    case ExpressionKind::null:
      return {};
    case ExpressionKind::boolean:
      return make_boolean(e.text == "true");
    case ExpressionKind::number:
      return make_literal(e.text);
    case ExpressionKind::text:
      return text(e, scope);
    case ExpressionKind::literal:
      return make_text(e.text);
    case ExpressionKind::list:
      return list(e, scope);
    case ExpressionKind::object:
      return object(e, scope);
    case ExpressionKind::variable:
      return variable(e, scope);
    case ExpressionKind::item: {
      const Value* item = scope.find(std::string(each_item));
      return item ? *item : Value();
    }
    case ExpressionKind::attribute:
      return attribute(e, scope);
    case ExpressionKind::index:
      return index(e, scope);
    case ExpressionKind::splat:
      return splat(e, scope);
    case ExpressionKind::call:
      return call(e, scope);
    case ExpressionKind::unary:
      return unary(e, scope);
    case ExpressionKind::binary:
      return binary(e, scope);
    case ExpressionKind::conditional:
      return conditional(e, scope);
    case ExpressionKind::for_list:
    case ExpressionKind::for_object:
    case ExpressionKind::for_text:
      return loop(e, scope);
  }
  return {};
}

// ---- names ----

Value Evaluator::variable(const Expression& e, const Scope& scope) {
  if (const Value* known = scope.find(e.text)) return *known;
  if (e.text == "data" || e.text == "atlas" || e.text == "self")
    return make_external(e.span, fmt::format("{} is known to Atlas only", e.text));
  if (e.text == "each") return make_unknown(e.span, "each is known inside of for_each only");
  if (e.text == "var" || e.text == "local")
    return make_unknown(e.span, fmt::format("{} needs a name behind it", e.text));
  if (!is_kind_of_block(e.text)) return make_named(ValueKind::keyword, e.text);
  Value made;
  made.kind = ValueKind::reference;
  made.keys.push_back(e.text);
  return made;
}

Value Evaluator::input(const std::string& name, Span where) {
  const auto at = variables_.find(name);
  if (at == variables_.end())
    return make_unknown(where, fmt::format("there is no variable \"{}\"", name));
  const Attribute* type = at->second->attribute("type");
  const std::string wanted =
      type && type->value.kind == ExpressionKind::variable ? type->value.text : "";
  Value value;
  if (const auto given = inputs_.find(name); given != inputs_.end()) {
    value = make_text(given->second);
  } else {
    const Attribute* fallback = at->second->attribute("default");
    if (!fallback)
      return make_external(where,
                           fmt::format("var.{} has no default: its value is given to Atlas", name));
    value = evaluate(fallback->value, Scope());
  }
  return converted(value, wanted, where);
}

Value Evaluator::local(const std::string& name, Span where) {
  const auto at = locals_.find(name);
  if (at == locals_.end()) return make_unknown(where, fmt::format("there is no local.{}", name));
  const auto known = known_locals_.find(name);
  if (known != known_locals_.end()) return known->second;
  if (in_progress_[name])
    return make_unknown(at->second->span, fmt::format("local.{} refers to itself", name));
  in_progress_[name] = true;
  Value value = evaluate(at->second->value, Scope());
  value.origins.clear();
  in_progress_[name] = false;
  return known_locals_[name] = std::move(value);
}

Value Evaluator::member(const Value& from, const std::string& name, Span where) {
  if (from.is_unknown()) return from;
  if (from.is(ValueKind::reference)) {
    Value longer = from;
    if (longer.keys.size() >= longest_path) return make_unknown(where, "this path is too long");
    longer.keys.push_back(name);
    return longer;
  }
  if (from.is(ValueKind::object)) {
    const Value* found = from.member(name);
    return found ? *found : make_unknown(where, fmt::format("the object has no \"{}\"", name));
  }
  if (from.is(ValueKind::keyword))
    return make_unknown(where, fmt::format("\"{}\" is not known here", from.text));
  return wrong(where, "an object", from);
}

Value Evaluator::attribute(const Expression& e, const Scope& scope) {
  const Expression& from = e.parts[0];
  if (from.kind == ExpressionKind::variable && !scope.find(from.text)) {
    if (from.text == "var") return input(e.text, e.span);
    if (from.text == "local") return local(e.text, e.span);
  }
  return member(evaluate(from, scope), e.text, e.span);
}

Value Evaluator::index(const Expression& e, const Scope& scope) {
  const Value at = evaluate(e.parts[1], scope);
  if (at.is_unknown()) return at;
  const Expression& base = e.parts[0];
  const bool is_name = at.is(ValueKind::text);
  if (is_name && base.kind == ExpressionKind::variable && !scope.find(base.text)) {
    if (base.text == "var") return input(at.text, e.span);
    if (base.text == "local") return local(at.text, e.span);
  }
  const Value from = evaluate(base, scope);
  if (from.is_unknown()) return from;
  if (!from.is(ValueKind::list)) {
    const auto name = as_text(at);
    return name ? member(from, *name, e.span) : wrong(e.span, "a name", at);
  }
  const auto number = as_number(at);
  if (!number) return wrong(e.span, "a number as index", at);
  if (!(*number >= 0 && *number < static_cast<double>(from.items.size())))
    return make_unknown(e.span, fmt::format("the list has no element {}", at.text));
  return from.items[static_cast<std::size_t>(*number)];
}

Value Evaluator::splat(const Expression& e, const Scope& scope) {
  const Value from = evaluate(e.parts[0], scope);
  if (from.is_unknown()) return from;
  if (from.is(ValueKind::null)) return make_list({}, e.span);
  const std::vector<Value> single{from};
  std::vector<Value> results;
  for (const Value& item : from.is(ValueKind::list) ? from.items : single) {
    Scope inner(&scope);
    inner.set(std::string(each_item), item);
    results.push_back(evaluate(e.parts[1], inner));
  }
  return make_list(std::move(results), e.span);
}

// ---- calls ----

/// try(): the first argument that is no mistake. What only Atlas knows is not taken for one.
Value Evaluator::first_that_works(const Expression& e, const Scope& scope) {
  Value last = make_unknown(e.span, "try() needs an argument");
  for (const Expression& argument : e.parts) {
    last = evaluate(argument, scope);
    if (!last.is_unknown() || last.external) break;
  }
  return last;
}

Value Evaluator::call(const Expression& e, const Scope& scope) {
  if (e.text == "try") return first_that_works(e, scope);
  if (e.text == "can" && e.parts.size() == 1) {
    Value value = evaluate(e.parts[0], scope);
    return value.is_unknown() && value.external ? value : make_boolean(!value.is_unknown());
  }
  std::vector<Value> arguments;
  for (const Expression& part : e.parts) arguments.push_back(evaluate(part, scope));
  if (const Value* unknown = first_unknown(arguments)) return *unknown;
  if (e.flag && !arguments.empty()) {
    Value last = std::move(arguments.back());
    arguments.pop_back();
    if (!last.is(ValueKind::list)) return wrong(e.span, "a list before \"...\"", last);
    for (Value& item : last.items) arguments.push_back(std::move(item));
  }
  for (Value& argument : arguments)
    if (argument.is(ValueKind::reference) && argument.keys.size() > 2) {
      Value meant = value_of(argument, e.span);  // upper(table.users.name)
      if (!meant.is_unknown()) argument = std::move(meant);
    }
  if (compares_all(e.text))
    for (const Value& argument : arguments)
      work_ += argument.items.size() * argument.items.size() / 4;
  if (e.text.starts_with("regex") && arguments.size() > 1)
    work_ += arguments[0].weight * arguments[1].weight * 64;
  if (auto result = call_function(e.text, arguments, e.span)) return *std::move(result);
  Value made = make_list(std::move(arguments), e.span);
  if (made.is_unknown()) return made;
  made.kind = ValueKind::type;
  made.text = e.text;
  return made;
}

// ---- operators ----

Value Evaluator::unary(const Expression& e, const Scope& scope) {
  const Value value = evaluate(e.parts[0], scope);
  if (value.is_unknown()) return value;
  if (e.text == "!") {
    const auto boolean = as_boolean(value);
    return boolean ? make_boolean(!*boolean) : wrong(e.span, "a boolean", value);
  }
  if (value.is(ValueKind::number) && !value.integer) return make_literal("-" + value.text);
  return arithmetic("-", make_integer(0), value, e.span);
}

Value Evaluator::binary(const Expression& e, const Scope& scope) {
  const Value left = evaluate(e.parts[0], scope);
  const Value right = evaluate(e.parts[1], scope);
  if (left.is_unknown()) return left;
  if (right.is_unknown()) return right;
  const std::string& sign = e.text;
  if (sign == "==" || sign == "!=") {
    const bool numbers = left.is(ValueKind::number) && right.is(ValueKind::number);
    const bool equal = numbers && !(left.integer && right.integer) ? left.number == right.number
                                                                   : same(left, right);
    return make_boolean(equal == (sign == "=="));
  }
  if (sign == "&&" || sign == "||") {
    const auto a = as_boolean(left), b = as_boolean(right);
    if (!a || !b) return wrong(e.span, "booleans", a ? right : left);
    return make_boolean(sign == "&&" ? *a && *b : *a || *b);
  }
  if (sign[0] != '<' && sign[0] != '>') return arithmetic(sign, left, right, e.span);
  const auto a = as_number(left), b = as_number(right);
  if (!a || !b) return wrong(e.span, "numbers", a ? right : left);
  const bool less = *a < *b, equal = *a == *b;
  const bool holds = sign[0] == '<' ? less : !less && !equal;
  return make_boolean(holds || (equal && sign.size() == 2));
}

Value Evaluator::conditional(const Expression& e, const Scope& scope) {
  const Value condition = evaluate(e.parts[0], scope);
  if (condition.is_unknown()) return condition;
  const auto holds = as_boolean(condition);
  if (!holds) return wrong(e.parts[0].span, "a boolean", condition);
  if (*holds) return evaluate(e.parts[1], scope);
  return e.parts.size() > 2 ? evaluate(e.parts[2], scope) : make_text("");
}

// ---- values made of others ----

Value Evaluator::list(const Expression& e, const Scope& scope) {
  std::vector<Value> items;
  for (const Expression& part : e.parts) items.push_back(evaluate(part, scope));
  return make_list(std::move(items), e.span);
}

Value Evaluator::object(const Expression& e, const Scope& scope) {
  std::vector<std::string> keys;
  std::vector<Value> items;
  for (std::size_t i = 0; i + 1 < e.parts.size(); i += 2) {
    const Value key = evaluate(e.parts[i], scope);
    if (key.is_unknown()) return key;
    const auto name = as_text(key);
    if (!name) return wrong(e.parts[i].span, "a string as key", key);
    keys.push_back(*name);
    items.push_back(evaluate(e.parts[i + 1], scope));
  }
  return make_object(std::move(keys), std::move(items), e.span);
}

/// False when `made` is unknown or full now.
bool Evaluator::add_piece(const Expression& part, const Scope& scope, Value& made) {
  const std::size_t begin = made.text.size();
  if (part.kind == ExpressionKind::literal) {
    made.text += part.text;
  } else {
    Value value = evaluate(part, scope);
    if (value.is(ValueKind::reference)) value = value_of(value, part.span);
    const auto printed = value.is(ValueKind::sql) ? value.text : as_text(value);
    if (!printed) {
      made = value.is_unknown() ? std::move(value) : wrong(part.span, "text", value);
      return false;
    }
    made.text += *printed;
  }
  if (made.text.size() > longest_text) {
    made = make_unknown(part.span, "this text is too long");
    return false;
  }
  made.origins.push_back(
      {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(made.text.size()), part.span});
  return true;
}

Value Evaluator::text(const Expression& e, const Scope& scope) {
  // "${x}" is x itself, whatever that is.
  if (e.parts.size() == 1 && e.parts[0].kind != ExpressionKind::literal &&
      e.parts[0].kind != ExpressionKind::for_text) {
    Value value = evaluate(e.parts[0], scope);
    value.origins.clear();
    return value;
  }
  Value made = make_text("");
  for (const Expression& part : e.parts)
    if (!add_piece(part, scope, made)) return made;
  made.weight = 1 + made.text.size() / 16 + made.origins.size();
  return made;
}

/// for: in a list, an object or a template.
Value Evaluator::loop(const Expression& e, const Scope& scope) {
  const Value from = evaluate(e.parts[0], scope);
  if (from.is_unknown()) return from;
  if (!from.is(ValueKind::list) && !from.is(ValueKind::object))
    return wrong(e.parts[0].span, "a list or an object", from);
  const bool is_object = e.kind == ExpressionKind::for_object;
  const std::size_t condition = is_object ? 3 : 2;
  std::vector<std::string> keys;
  std::vector<Value> values;
  std::string printed;
  for (std::size_t i = 0; i < from.items.size(); ++i) {
    Scope inner(&scope);
    if (e.names.size() > 1) {
      const auto number = static_cast<std::int64_t>(i);
      inner.set(e.names[0], from.is(ValueKind::object) ? make_text(from.keys[i])
                            : from.is_set              ? from.items[i]
                                                       : make_integer(number));
    }
    inner.set(e.names.back(), from.items[i]);
    if (e.parts.size() > condition) {
      const Value wanted = evaluate(e.parts[condition], inner);
      if (wanted.is_unknown()) return wanted;
      const auto holds = as_boolean(wanted);
      if (!holds) return wrong(e.parts[condition].span, "a boolean", wanted);
      if (!*holds) continue;
    }
    if (is_object) {
      const Value key = evaluate(e.parts[1], inner);
      if (key.is_unknown()) return key;
      const auto name = as_text(key);
      if (!name) return wrong(e.parts[1].span, "a string as key", key);
      keys.push_back(*name);
    }
    Value result = evaluate(e.parts[is_object ? 2 : 1], inner);
    if (result.is_unknown()) return result;
    if (e.kind == ExpressionKind::for_text) {
      printed += as_text(result).value_or("");
      if (printed.size() > longest_text) return make_unknown(e.span, "this text is too long");
    }
    values.push_back(std::move(result));
  }
  if (e.kind == ExpressionKind::for_text) return make_text(std::move(printed));
  if (!is_object) return make_list(std::move(values), e.span);
  if (!e.flag) return make_object(std::move(keys), std::move(values), e.span);
  std::map<std::string, std::vector<Value>> groups;
  for (std::size_t i = 0; i < keys.size(); ++i) groups[keys[i]].push_back(std::move(values[i]));
  keys.clear();
  values.clear();
  for (auto& [key, group] : groups) {
    keys.push_back(key);
    values.push_back(make_list(std::move(group), e.span));
  }
  return make_object(std::move(keys), std::move(values), e.span);
}

// ---- blocks ----

std::vector<const Block*> Evaluator::blocks_of(const std::string& type) const {
  std::vector<const Block*> found;
  const auto of_type = blocks_.find(type);
  if (of_type == blocks_.end()) return found;
  for (const auto& [name, block] : of_type->second) found.push_back(block);
  return found;
}

Target Evaluator::resolve(const std::vector<std::string>& path) const {
  Target target;
  const auto of_type = blocks_.find(path[0]);
  if (of_type == blocks_.end() || path.size() < 2) return target;
  const auto look = [&](std::size_t name, const std::string* qualifier) {
    const auto [begin, end] = of_type->second.equal_range(path[name]);
    for (auto at = begin; at != end; ++at) {
      const Block& block = *at->second;
      if (qualifier && (block.labels.size() < 2 || block.labels[0] != *qualifier)) continue;
      target.ambiguous = target.block != nullptr;
      if (!target.block) target.block = &block;
    }
    if (target.block) target.rest.assign(path.begin() + static_cast<long>(name) + 1, path.end());
  };
  if (path.size() > 2) look(2, &path[1]);
  if (!target.block) look(1, nullptr);
  if (!target.block || target.rest.size() < 2) return target;
  for (const Block& child : target.block->blocks)
    if (child.type == target.rest[0] && child.name() == target.rest[1]) {
      target.child = &child;
      target.rest.erase(target.rest.begin(), target.rest.begin() + 2);
      break;
    }
  return target;
}

Value Evaluator::name_of(const Block& block, const Scope& scope) {
  const Attribute* name = block.attribute("name");
  if (!name) return make_text(block.name());
  Value value = evaluate(name->value, scope);
  if (value.is_unknown() || value.is(ValueKind::text)) return value;
  if (const auto printed = as_text(value)) return make_text(*printed);
  return wrong(name->value.span, "a string", value);
}

Value Evaluator::value_of(const Value& reference, Span where) {
  const Target target = resolve(reference.keys);
  std::string path;
  for (const std::string& part : reference.keys) path += (path.empty() ? "" : ".") + part;
  if (!target.block) return make_unknown(where, fmt::format("there is no {}", path));
  if (target.ambiguous) return make_unknown(where, fmt::format("{} may mean several blocks", path));
  const Block& block = target.child ? *target.child : *target.block;
  if (target.rest.size() != 1) return make_unknown(where, fmt::format("{} has no value", path));
  if (block.attribute("for_each"))
    return make_unknown(where, fmt::format("{} stands for several objects", path));
  if (target.rest[0] == "name") return name_of(block, Scope());
  const Attribute* attribute = block.attribute(target.rest[0]);
  if (!attribute) return make_unknown(where, fmt::format("{} is not set", path));
  Value value = evaluate(attribute->value, Scope());
  value.origins.clear();
  return value;
}

}  // namespace schemagate::hcl
