// SPDX-License-Identifier: MIT
// Which of our statements a node of the parse tree becomes.
#include <algorithm>

#include "base/text.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

std::string_view slice(const Source& source) {
  return std::string_view(source.text.sql).substr(source.begin, source.end - source.begin);
}

// ---- creating ----

CreateTable create_foreign_table(const Source& source, const CreateForeignTableStmt* statement) {
  CreateTable table = create_table(source, &statement->base);
  table.foreign = true;
  table.server = text_of(statement->servername);
  table.options = foreign_options_of(statement->options);
  return table;
}

CreateTableAs create_table_as(const IntoClause* into, Node* query) {
  CreateTableAs create;
  create.name = name_of(into->rel);
  create.persistence = persistence_of(into->rel);
  create.with_no_data = into->skipData;
  create.column_names = strings_of(into->colNames);
  create.options = options_of(into->options);
  create.query = query_of(query);
  return create;
}

CreateTableAs select_into(SelectStmt* statement, SelectStmt* first) {
  IntoClause* into = first->intoClause;
  first->intoClause = nullptr;
  return create_table_as(into, reinterpret_cast<Node*>(statement));
}

CreateView create_materialized_view(const CreateTableAsStmt* statement) {
  const IntoClause* into = statement->into;
  CreateView view;
  view.name = name_of(into->rel);
  view.materialized = true;
  view.if_not_exists = statement->if_not_exists;
  view.with_no_data = into->skipData;
  view.column_names = strings_of(into->colNames);
  view.query = query_of(statement->query);
  view.options = options_of(into->options);
  view.access_method = text_of(into->accessMethod);
  view.tablespace = text_of(into->tableSpaceName);
  return view;
}

/// CREATE RECURSIVE VIEW becomes WITH RECURSIVE in the grammar: only the text remembers.
bool says_recursive(const Source& source) {
  const auto text = slice(source);
  Token token = next_significant(text, 0);
  while (token.kind == TokenKind::word && !is_word(text, token, "view")) {
    if (is_word(text, token, "recursive")) return true;
    token = next_significant(text, token.end);
  }
  return false;
}

CreateView create_view(const Source& source, const ViewStmt* statement) {
  CreateView view;
  view.name = name_of(statement->view);
  view.or_replace = statement->replace;
  view.temporary = persistence_of(statement->view) == Persistence::temporary;
  view.recursive = says_recursive(source);
  view.column_names = strings_of(statement->aliases);
  view.query = query_of(statement->query);
  for (auto& option : options_of(statement->options)) {
    if (option.first == "check_option") {
      view.check_option = option.second;
    } else {
      view.options.push_back(std::move(option));
    }
  }
  if (statement->withCheckOption == LOCAL_CHECK_OPTION) view.check_option = "local";
  if (statement->withCheckOption == CASCADED_CHECK_OPTION) view.check_option = "cascaded";
  return view;
}

CreateExtension create_extension(const CreateExtensionStmt* statement) {
  CreateExtension extension;
  extension.name = text_of(statement->extname);
  extension.if_not_exists = statement->if_not_exists;
  for (const auto* option : each<DefElem>(statement->options)) {
    const std::string_view name = option->defname;
    if (name == "schema") extension.schema = value_of(option);
    if (name == "new_version") extension.version = value_of(option);
    if (name == "cascade") extension.cascade = flag_of(option);
  }
  return extension;
}

CreateComposite create_composite(const Source& source, const CompositeTypeStmt* statement) {
  CreateComposite composite;
  composite.name = name_of(statement->typevar);
  for (const auto* column : each<ColumnDef>(statement->coldeflist)) {
    composite.attributes.push_back(column_of(source.text, column, source.end));
  }
  return composite;
}

/// The relation that an element of CREATE SCHEMA creates.
RangeVar* relation_of(Node* element) {
  switch (tag_of(element)) {
    case T_CreateStmt:
      return reinterpret_cast<CreateStmt*>(element)->relation;
    case T_ViewStmt:
      return reinterpret_cast<ViewStmt*>(element)->view;
    case T_IndexStmt:
      return reinterpret_cast<IndexStmt*>(element)->relation;
    case T_CreateSeqStmt:
      return reinterpret_cast<CreateSeqStmt*>(element)->sequence;
    case T_CreateTrigStmt:
      return reinterpret_cast<CreateTrigStmt*>(element)->relation;
    default:
      return nullptr;
  }
}

/// Where the elements of CREATE SCHEMA begin: at CREATE and GRANT, which are no names. None when
/// the text has another number of them than the tree.
std::vector<std::size_t> element_begins(const Source& source, std::size_t count) {
  const std::string_view text = std::string_view(source.text.sql).substr(0, source.end);
  std::vector<std::size_t> begins;
  int depth = 0;
  Token token = next_significant(text, source.begin);
  for (token = next_significant(text, token.end); token.kind != TokenKind::end;
       token = next_significant(text, token.end)) {
    if (token.is('(', text)) ++depth;
    if (token.is(')', text)) --depth;
    const bool begins_here = is_word(text, token, "create") || is_word(text, token, "grant");
    if (depth == 0 && begins_here) begins.push_back(token.begin);
  }
  if (begins.size() != count) begins.assign(count, source.begin);
  return begins;
}

/// The part of the statement from `begin` to the next beginning.
Source element_source(const Source& source, const std::vector<std::size_t>& begins,
                      std::size_t index) {
  Source element = source;
  element.begin = begins[index];
  if (index + 1 < begins.size() && begins[index + 1] > element.begin) {
    element.end = last_token_end(source.text.sql, element.begin, begins[index + 1]);
  }
  return element;
}

CreateSchema create_schema(const Source& source, const CreateSchemaStmt* statement) {
  CreateSchema schema;
  schema.owner = role_of(statement->authrole);
  schema.name = statement->schemaname != nullptr ? statement->schemaname : schema.owner;
  schema.if_not_exists = statement->if_not_exists;
  const auto begins = element_begins(source, length(statement->schemaElts));
  for (std::size_t i = 0; i < begins.size(); ++i) {
    Node* element = tree::element<Node>(statement->schemaElts, i);
    const Source part = element_source(source, begins, i);
    RangeVar* relation = relation_of(element);
    if (relation != nullptr && relation->schemaname == nullptr) {
      relation->schemaname = schema.name.data();
    }
    schema.elements.push_back({part.text.span(part.begin, part.end), body_of(part, element)});
    if (relation != nullptr) relation->schemaname = nullptr;
  }
  return schema;
}

AlterEnum alter_enum(const AlterEnumStmt* statement) {
  AlterEnum alter;
  alter.name = name_of(statement->typeName);
  alter.rename = statement->oldVal != nullptr;
  alter.value = text_of(alter.rename ? statement->oldVal : statement->newVal);
  if (alter.rename) alter.new_value = text_of(statement->newVal);
  alter.neighbour = text_of(statement->newValNeighbor);
  alter.before = !alter.neighbour.empty() && !statement->newValIsAfter;
  alter.if_not_exists = statement->skipIfNewValExists;
  return alter;
}

// ---- maintenance ----

Truncate truncate(const TruncateStmt* statement) {
  Truncate truncate;
  for (const auto* relation : each<RangeVar>(statement->relations)) {
    truncate.tables.push_back(name_of(relation));
    truncate.only.push_back(!relation->inh);
  }
  truncate.cascade = statement->behavior == DROP_CASCADE;
  truncate.restart_identity = statement->restart_seqs;
  return truncate;
}

bool has_flag(const List* options, std::string_view name) {
  for (const auto* option : each<DefElem>(options)) {
    if (name == option->defname) return flag_of(option);
  }
  return false;
}

Reindex reindex(const ReindexStmt* statement) {
  Reindex reindex;
  switch (statement->kind) {
    case REINDEX_OBJECT_INDEX:
      reindex.kind = ReindexKind::index;
      break;
    case REINDEX_OBJECT_TABLE:
      reindex.kind = ReindexKind::table;
      break;
    case REINDEX_OBJECT_SCHEMA:
      reindex.kind = ReindexKind::schema;
      break;
    case REINDEX_OBJECT_SYSTEM:
      reindex.kind = ReindexKind::system;
      break;
    case REINDEX_OBJECT_DATABASE:
      reindex.kind = ReindexKind::database;
      break;
  }
  reindex.name = name_of(statement->relation);
  if (statement->name != nullptr) reindex.name.name = statement->name;
  reindex.concurrently = has_flag(statement->params, "concurrently");
  return reindex;
}

Vacuum vacuum(const VacuumStmt* statement) {
  Vacuum vacuum;
  for (const auto* relation : each<VacuumRelation>(statement->rels)) {
    vacuum.tables.push_back(name_of(relation->relation));
    vacuum.columns.push_back(strings_of(relation->va_cols));
  }
  for (const auto* option : each<DefElem>(statement->options)) {
    vacuum.options.emplace_back(to_lower(text_of(option->defname)), value_of(option));
  }
  vacuum.vacuum = statement->is_vacuumcmd;
  vacuum.full = has_flag(statement->options, "full");
  vacuum.analyze = !vacuum.vacuum || has_flag(statement->options, "analyze");
  return vacuum;
}

LockTable lock_table(const LockStmt* statement) {
  LockTable lock;
  for (const auto* relation : each<RangeVar>(statement->relations)) {
    lock.tables.push_back(name_of(relation));
    lock.only.push_back(!relation->inh);
  }
  lock.mode = statement->mode;
  lock.nowait = statement->nowait;
  return lock;
}

SelectStmt* first_select(SelectStmt* statement) {
  while (statement->op != SETOP_NONE && statement->larg != nullptr) statement = statement->larg;
  return statement;
}

/// What the statement's checks read again; data of a whole table is not kept.
DataStatement with_text(const Source& source, DataStatement data) {
  constexpr std::size_t longest = 1U << 14;
  const auto text = slice(source);
  if (text.size() <= longest) data.sql = std::string(text);
  return data;
}

StatementBody select_or_into(const Source& source, Node* node) {
  auto* statement = reinterpret_cast<SelectStmt*>(node);
  SelectStmt* first = first_select(statement);
  if (first->intoClause != nullptr) return select_into(statement, first);
  return with_text(source, data_statement(node));
}

StatementBody table_as(const CreateTableAsStmt* statement) {
  if (statement->objtype == OBJECT_MATVIEW) return create_materialized_view(statement);
  CreateTableAs create = create_table_as(statement->into, statement->query);
  create.if_not_exists = statement->if_not_exists;
  return create;
}

/// The default privileges in the order of the text; libpg_query prints what the catalog keeps.
AlterDefaultPrivileges default_privileges(const Source& source, Node* statement) {
  auto sql = deparse(statement);
  AlterDefaultPrivileges result;
  result.definition = sql ? std::move(*sql) : collapse(slice(source));
  const auto* alter = reinterpret_cast<AlterDefaultPrivilegesStmt*>(statement);
  for (const auto* option : each<DefElem>(alter->options)) {
    const auto* list = reinterpret_cast<List*>(option->arg);
    if (text_of(option->defname) == "roles") result.roles = roles_of(list);
    if (text_of(option->defname) == "schemas") result.schemas = strings_of(list);
  }
  Grant action = grant(alter->action);
  result.grant = action.grant;
  result.with_grant_option = action.with_grant_option;
  result.privileges = std::move(action.privileges);
  result.objects = kind_of(alter->action->objtype);
  result.grantees = std::move(action.grantees);
  return result;
}

CreateRange create_range(const CreateRangeStmt* statement) {
  CreateRange range{name_of(statement->typeName), {}};
  for (const auto* option : each<DefElem>(statement->params)) {
    range.options.emplace_back(to_lower(option->defname), value_of(option));
  }
  std::sort(range.options.begin(), range.options.end());
  return range;
}

/// Statements that have neither a table's parts nor a family of their own.
std::optional<StatementBody> small_statement(Node* statement) {
  switch (tag_of(statement)) {
    case T_CreateSeqStmt: {
      const auto* create = reinterpret_cast<CreateSeqStmt*>(statement);
      return CreateSequence{name_of(create->sequence), create->if_not_exists,
                            persistence_of(create->sequence), sequence_options_of(create->options)};
    }
    case T_AlterSeqStmt: {
      const auto* alter = reinterpret_cast<AlterSeqStmt*>(statement);
      return AlterSequence{name_of(alter->sequence), alter->missing_ok,
                           sequence_options_of(alter->options)};
    }
    case T_CreateEnumStmt: {
      const auto* create = reinterpret_cast<CreateEnumStmt*>(statement);
      return CreateEnum{name_of(create->typeName), strings_of(create->vals)};
    }
    case T_CreateRangeStmt:
      return create_range(reinterpret_cast<CreateRangeStmt*>(statement));
    case T_AlterEnumStmt:
      return alter_enum(reinterpret_cast<AlterEnumStmt*>(statement));
    case T_CreateExtensionStmt:
      return create_extension(reinterpret_cast<CreateExtensionStmt*>(statement));
    case T_TruncateStmt:
      return truncate(reinterpret_cast<TruncateStmt*>(statement));
    case T_ReindexStmt:
      return reindex(reinterpret_cast<ReindexStmt*>(statement));
    case T_RefreshMatViewStmt: {
      const auto* refresh = reinterpret_cast<RefreshMatViewStmt*>(statement);
      return Refresh{name_of(refresh->relation), refresh->concurrent, refresh->skipData};
    }
    case T_VacuumStmt:
      return vacuum(reinterpret_cast<VacuumStmt*>(statement));
    case T_ClusterStmt: {
      const auto* cluster = reinterpret_cast<ClusterStmt*>(statement);
      return Cluster{name_of(cluster->relation), text_of(cluster->indexname)};
    }
    case T_LockStmt:
      return lock_table(reinterpret_cast<LockStmt*>(statement));
    case T_TransactionStmt:
      return transaction(reinterpret_cast<TransactionStmt*>(statement));
    case T_VariableSetStmt:
      return set_variable(reinterpret_cast<VariableSetStmt*>(statement));
    case T_ConstraintsSetStmt:
      return set_constraints(reinterpret_cast<ConstraintsSetStmt*>(statement));
    case T_GrantStmt:
      return grant(reinterpret_cast<GrantStmt*>(statement));
    case T_GrantRoleStmt:
      return grant_role(reinterpret_cast<GrantRoleStmt*>(statement));
    case T_DoStmt:
      return do_block(reinterpret_cast<DoStmt*>(statement));
    default:
      return std::nullopt;
  }
}

}  // namespace

StatementBody body_of(const Source& source, Node* statement) {
  switch (tag_of(statement)) {
    case T_CreateStmt:
      return create_table(source, reinterpret_cast<CreateStmt*>(statement));
    case T_CreateForeignTableStmt:
      return create_foreign_table(source, reinterpret_cast<CreateForeignTableStmt*>(statement));
    case T_AlterTableStmt:
      return alter_table(source, reinterpret_cast<AlterTableStmt*>(statement));
    case T_IndexStmt:
      return create_index(reinterpret_cast<IndexStmt*>(statement));
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_MergeStmt:
    case T_CopyStmt:
    case T_CallStmt:
      return with_text(source, data_statement(statement));
    case T_SelectStmt:
      return select_or_into(source, statement);
    case T_CreateTableAsStmt:
      return table_as(reinterpret_cast<CreateTableAsStmt*>(statement));
    case T_ViewStmt:
      return create_view(source, reinterpret_cast<ViewStmt*>(statement));
    case T_CreateFunctionStmt:
      return create_function(source, reinterpret_cast<CreateFunctionStmt*>(statement));
    case T_CreateDomainStmt:
      return create_domain(source, reinterpret_cast<CreateDomainStmt*>(statement));
    case T_AlterDomainStmt:
      return alter_domain(source, reinterpret_cast<AlterDomainStmt*>(statement));
    case T_CompositeTypeStmt:
      return create_composite(source, reinterpret_cast<CompositeTypeStmt*>(statement));
    case T_CreateSchemaStmt:
      return create_schema(source, reinterpret_cast<CreateSchemaStmt*>(statement));
    case T_AlterDefaultPrivilegesStmt:
      return default_privileges(source, statement);
    default:
      break;
  }
  if (auto body = small_statement(statement)) return std::move(*body);
  if (auto body = object_statement(source, statement)) return std::move(*body);
  if (auto body = catalog_object(source, statement)) return std::move(*body);
  return other_statement(source, statement);
}

}  // namespace schemagate::tree
