// SPDX-License-Identifier: MIT
#include "hcl/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace schemagate::hcl {
namespace {

// ---- places of statements ----

void change(ConstraintDefinition& constraint, const SqlText& sql) {
  constraint.span = sql.origin(constraint.span);
}

void change(std::vector<ConstraintDefinition>& constraints, const SqlText& sql) {
  for (ConstraintDefinition& constraint : constraints) change(constraint, sql);
}

void change(ColumnDefinition& column, const SqlText& sql) {
  column.span = sql.origin(column.span);
  change(column.constraints, sql);
}

struct PlacesInside {
  const SqlText& sql;

  void operator()(CreateTable& table) const {
    for (ColumnDefinition& column : table.columns) change(column, sql);
    change(table.constraints, sql);
  }
  void operator()(CreateDomain& domain) const { change(domain.constraints, sql); }
  void operator()(CreateComposite& composite) const {
    for (ColumnDefinition& attribute : composite.attributes) change(attribute, sql);
  }
  void operator()(AlterTable& alter) const {
    for (AlterTableCommand& command : alter.commands) {
      if (command.column) change(*command.column, sql);
      if (command.constraint) change(*command.constraint, sql);
    }
  }
  /// HCL lists the columns for their types; names that the query gives anyhow are not written.
  void operator()(CreateView& view) const {
    if (view.column_names == view.query.output_columns) view.column_names.clear();
  }
  template <class Other>
  void operator()(Other&) const {}
};

std::string path_of(const Value& reference) {
  std::string path;
  for (const std::string& part : reference.keys) path += (path.empty() ? "" : ".") + part;
  return path;
}

Span place_of(const Value& unknown, Span attribute) {
  const bool inside = unknown.where.file == attribute.file &&
                      unknown.where.begin >= attribute.begin && unknown.where.end <= attribute.end;
  return inside ? unknown.where : attribute;
}

/// The attribute or inner block that holds the place: as long as it stays, its problem is the same.
Span part_at(const Block& block, Span where) {
  const auto holds = [&](Span part) {
    return part.file == where.file && part.begin <= where.begin && where.end <= part.end;
  };
  for (const Block& child : block.blocks)
    if (holds(child.span)) return child.span;
  for (const Attribute& attribute : block.attributes)
    if (holds(attribute.span)) return attribute.span;
  return block.span;
}

}  // namespace

std::optional<std::string> word_of(const Value& value) {
  if (value.is(ValueKind::keyword)) return value.text;
  if (value.is(ValueKind::reference) && value.keys.size() == 1) return value.keys[0];
  return std::nullopt;
}

// ---- Reader ----

void Reader::emit(const SqlText& sql) {
  if (!evaluator.write(sql.text().size()))
    throw CantRead{block.header, "the files make more SQL than is read"};
  ParsedFile parsed = parse_text(sql.text());
  if (!parsed.problems.empty())
    throw CantRead{sql.origin(parsed.problems[0].where), parsed.problems[0].message};
  if (parsed.statements.size() != 1 || !parsed.skipped.empty())
    throw CantRead{block.header, "its text holds more than one statement"};
  Statement& statement = parsed.statements[0];
  statement.span = sql.origin({Span::nowhere, 0, static_cast<std::uint32_t>(sql.text().size())});
  std::visit(PlacesInside{sql}, statement.body);
  out_.statements.push_back(std::move(statement));
}

void Reader::fail(const std::string& part, const CantRead& reason) {
  out_.opaque_parts.insert(part);
  const std::string name = block.labels.empty() ? "" : fmt::format(" \"{}\"", block.name());
  out_.problems.push_back({reason.where, part_at(block, reason.where),
                           fmt::format("{}{}: {}", block.type, name, reason.message)});
}

void Reader::add_rename(const Block& of) {
  const Attribute* attribute = of.attribute("renamed_from");
  if (!attribute) return;
  const Value old_name = evaluator.evaluate(attribute->value, scope);
  const auto text = as_text(old_name);
  if (!text) throw CantRead{attribute->span, "renamed_from needs the old name"};
  // It stands above what it speaks of, as a comment would.
  const std::uint32_t begin = of.span.begin == 0 ? 0 : of.span.begin - 1;
  out_.hints.push_back(
      {{of.span.file, begin, attribute->span.end}, "schemagate: renamed from " + *text, -1});
}

std::string Reader::name_of(const Block& of) {
  const Value name = evaluator.name_of(of, scope);
  const Attribute* attribute = of.attribute("name");
  const Span where = attribute ? attribute->span : of.header;
  if (name.is_unknown()) throw CantRead{place_of(name, where), name.text};
  if (name.text.empty()) throw CantRead{where, "it has no name"};
  return name.text;
}

std::string Reader::schema_of(const Block& of, const Scope& in) {
  const Attribute* attribute = of.attribute("schema");
  if (!attribute) {
    const std::vector<const Block*> schemas = evaluator.blocks_of("schema");
    if (schemas.size() > 1) throw CantRead{of.header, "it does not say which schema it is in"};
    return schemas.empty() ? "public" : name_of(*schemas[0]);
  }
  const Value value = evaluator.evaluate(attribute->value, in);
  if (value.is_unknown()) throw CantRead{place_of(value, attribute->span), value.text};
  if (!value.is(ValueKind::reference) || value.keys[0] != "schema")
    throw CantRead{attribute->span,
                   fmt::format("expected schema.NAME, found {}", kind_name(value))};
  const Target target = evaluator.resolve(value.keys);
  if (!target.block) throw CantRead{attribute->span, fmt::format("there is no {}", path_of(value))};
  return name_of(*target.block);
}

ObjectName Reader::own_name() { return {schema_of(block, scope), name_of(block)}; }

ObjectName Reader::object(const Value& reference, Span where) {
  if (!reference.is(ValueKind::reference))
    throw CantRead{where, fmt::format("expected a reference, found {}", kind_name(reference))};
  const Target target = evaluator.resolve(reference.keys);
  const std::string path = path_of(reference);
  if (!target.block) throw CantRead{where, fmt::format("there is no {}", path)};
  if (target.ambiguous) throw CantRead{where, fmt::format("{} may mean several blocks", path)};
  if (target.block->attribute("for_each") && target.block != &block)
    throw CantRead{where, fmt::format("{} stands for several objects", path)};
  const Scope nothing;
  const Scope& in = target.block == &block ? scope : nothing;
  if (target.block->type == "schema") return {"", name_of(*target.block)};
  return {schema_of(*target.block, in), name_of(*target.block)};
}

std::string Reader::column(const Value& reference, Span where) {
  if (const auto word = word_of(reference); word || reference.is(ValueKind::text))
    throw CantRead{where, "expected column.NAME"};
  if (!reference.is(ValueKind::reference))
    throw CantRead{where, fmt::format("expected column.NAME, found {}", kind_name(reference))};
  if (reference.keys[0] == "column" && reference.keys.size() == 2) {
    for (const Block& child : block.blocks)
      if (child.type == "column" && child.name() == reference.keys[1]) return name_of(child);
    throw CantRead{where, fmt::format("there is no {} in this {}", path_of(reference), block.type)};
  }
  const Target target = evaluator.resolve(reference.keys);
  if (!target.child || target.child->type != "column")
    throw CantRead{where, fmt::format("there is no {}", path_of(reference))};
  return name_of(*target.child);
}

void Reader::qualified(SqlText& sql, const ObjectName& name) {
  if (!name.schema.empty()) sql.name(name.schema).add(".");
  sql.name(name.name);
}

std::string Reader::quoted(const ObjectName& name) {
  SqlText sql(block.span);
  qualified(sql, name);
  return sql.text();
}

void Reader::emit_object(Fields& fields, const SqlText& sql, std::string_view kind,
                         const ObjectName& name) {
  fields.ignore({"schema", "name", "comment", "for_each"});
  fields.finish();
  emit(sql);
  comment(block, std::string(kind) + " " + quoted(name));
}

void Reader::comment(const Block& of, const std::string& what) {
  const Attribute* attribute = of.attribute("comment");
  if (!attribute) return;
  attempt("comment on " + what, [&] {
    Fields fields(*this, of);
    const auto text = fields.text("comment");
    if (!text) return;
    SqlText sql(attribute->span);
    sql.add("COMMENT ON " + what + " IS ").literal(*text);
    emit(sql);
  });
}

// ---- Fields ----

Span Fields::where(std::string_view name) const {
  const Attribute* attribute = block_.attribute(name);
  return attribute ? attribute->span : block_.header;
}

std::optional<Value> Fields::value(std::string_view name) {
  const Attribute* attribute = block_.attribute(name);
  if (!attribute) return std::nullopt;
  used_.emplace(name);
  Value value = reader_.evaluator.evaluate(attribute->value, reader_.scope);
  if (value.is_unknown()) throw CantRead{place_of(value, attribute->span), value.text};
  if (value.is(ValueKind::null)) return std::nullopt;
  return value;
}

std::optional<std::string> Fields::text(std::string_view name) {
  auto found = value(name);
  if (!found) return std::nullopt;
  if (found->is(ValueKind::reference)) *found = reader_.evaluator.value_of(*found, where(name));
  if (found->is_unknown()) throw CantRead{where(name), found->text};
  if (auto text = as_text(*found)) return text;
  throw CantRead{where(name), fmt::format("expected a string, found {}", kind_name(*found))};
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  if (const auto boolean = as_boolean(*found)) return boolean;
  throw CantRead{where(name), fmt::format("expected true or false, found {}", kind_name(*found))};
}

std::optional<std::string> Fields::word(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  const auto word = word_of(*found);
  if (!word && !found->is(ValueKind::text))
    throw CantRead{where(name), fmt::format("expected a word, found {}", kind_name(*found))};
  std::string text = word.value_or(found->text);
  std::replace(text.begin(), text.end(), '_', ' ');
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ';
  });
  if (!plain) throw CantRead{where(name), fmt::format("\"{}\" is not known here", text)};
  return text;
}

std::optional<std::string> Fields::number(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  const auto number = as_number(*found);
  const std::string text = as_text(*found).value_or("");
  if (!number || text.find_first_not_of("-0123456789") != std::string::npos)
    throw CantRead{where(name),
                   fmt::format("expected a whole number, found {}", kind_name(*found))};
  return text;
}

std::vector<Value> Fields::list(std::string_view name) {
  auto found = value(name);
  if (!found) return {};
  if (found->is(ValueKind::list)) return std::move(found->items);
  return {*std::move(found)};
}

std::optional<Value> Fields::sql(std::string_view name) {
  auto found = value(name);
  if (!found || found->is(ValueKind::sql) || found->is(ValueKind::text)) return found;
  if (const auto text = as_text(*found)) return make_text(*text);
  throw CantRead{where(name), fmt::format("expected SQL, found {}", kind_name(*found))};
}

const Block* Fields::child(std::string_view type) {
  const auto found = children(type);
  if (found.size() > 1)
    throw CantRead{found[1]->header, fmt::format("there is more than one {}", type)};
  return found.empty() ? nullptr : found[0];
}

std::vector<const Block*> Fields::children(std::string_view type) {
  used_.emplace(type);
  std::vector<const Block*> found;
  for (const Block& child : block_.blocks)
    if (child.type == type) found.push_back(&child);
  return found;
}

void Fields::ignore(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) used_.emplace(name);
}

void Fields::finish() const {
  for (const Attribute& attribute : block_.attributes)
    if (used_.count(attribute.name) == 0)
      throw CantRead{attribute.span, fmt::format("attribute \"{}\" of {} is not understood",
                                                 attribute.name, block_.type)};
  for (const Block& child : block_.blocks)
    if (used_.count(child.type) == 0)
      throw CantRead{child.header,
                     fmt::format("block \"{}\" in {} is not understood", child.type, block_.type)};
}

}  // namespace schemagate::hcl
