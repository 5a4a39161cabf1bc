// SPDX-License-Identifier: MIT
#include "hcl/read_table.h"

#include <fmt/format.h>

#include "base/text.h"

namespace schemagate::hcl {
namespace {

using WritePart = void (*)(Reader& reader, const Block& part, SqlText& sql);

class TableReader {
 public:
  explicit TableReader(Reader& reader)
      : reader_(reader), block_(reader.block), fields_(reader, reader.block), sql_(block_.span) {}

  void run() {
    name_ = reader_.own_name();
    relation_ = reader_.quoted(name_);
    sql_.add("CREATE TABLE " + relation_ + " (");
    parts("column", write_column);
    parts("primary_key", write_primary_key);
    parts("unique", write_unique);
    parts("check", write_check);
    parts("exclude", write_exclude);
    parts("foreign_key", write_foreign_key);
    sql_.add(")");
    settings();
    reader_.emit(sql_);
    later();
  }

 private:
  /// One that can't be read is left out.
  void parts(std::string_view type, WritePart write) {
    for (const Block* part : fields_.children(type)) {
      const SqlText::Checkpoint before = sql_.checkpoint();
      const std::string name = fmt::format("{} {}", type, part->name());
      try {
        if (!first_) sql_.add(",\n");
        write(reader_, *part, sql_);
        first_ = false;
      } catch (const CantRead& reason) {
        sql_.go_back(before);
        reader_.fail(name, reason);
      }
    }
  }

  /// What stands behind the parentheses.
  void settings() {
    const SqlText::Checkpoint before = sql_.checkpoint();
    try {
      if (const Block* partition = fields_.child("partition")) write_partition(*partition);
      if (const auto method = fields_.word("access_method")) sql_.add(" USING ").name(*method);
      write_storage(reader_, fields_, sql_);
      if (fields_.boolean("unlogged").value_or(false))
        throw CantRead{fields_.where("unlogged"), "attribute \"unlogged\" is not understood"};
      fields_.ignore({"schema", "name", "comment", "depends_on", "for_each", "index",
                      "row_security", "replica_identity", "renamed_from"});
      fields_.finish();
      reader_.add_rename(block_);
    } catch (const CantRead& reason) {
      sql_.go_back(before);
      reader_.fail("settings", reason);
    }
  }

  void write_partition(const Block& partition) {
    Fields parts(reader_, partition);
    const auto strategy = parts.word("type");
    if (!strategy) throw CantRead{partition.header, "the partition key has no type"};
    sql_.open(partition.span);
    sql_.add(" PARTITION BY " + *strategy + " ");
    const auto elements = parts.children("by");
    if (elements.empty()) {
      write_columns(reader_, sql_, parts.list("columns"), parts.where("columns"));
    } else {
      sql_.add("(");
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i > 0) sql_.add(", ");
        Fields element(reader_, *elements[i]);
        if (const auto column = element.value("column"))
          sql_.name(reader_.column(*column, element.where("column")));
        else if (const auto expression = element.sql("expr"))
          sql_.add("(").raw(*expression, element.where("expr")).add(")");
        else
          throw CantRead{elements[i]->header, "expected one of column and expr"};
        element.finish();
      }
      sql_.add(")");
    }
    sql_.close();
    parts.finish();
  }

  /// Statements of their own.
  void later() {
    for (const Block* index : fields_.children("index")) {
      reader_.attempt("index " + index->name(), [&] { read_index(reader_, *index, relation_); });
      comment_on(*index, "INDEX ", index->name());
    }
    for (const Block* security : fields_.children("row_security"))
      reader_.attempt("row_security", [&] { row_security(*security); });
    reader_.attempt("replica_identity", [&] { replica_identity(); });
    reader_.comment(block_, "TABLE " + relation_);
    for (const Block* column : fields_.children("column"))
      comment_on(*column, "COLUMN " + relation_ + ".", column->name());
    for (const char* type : {"unique", "check", "exclude", "foreign_key", "primary_key"})
      for (const Block* constraint : fields_.children(type)) {
        const std::string fallback =
            constraint->name().empty() ? name_.name + "_pkey" : constraint->name();
        comment_on(*constraint, "CONSTRAINT ", fallback);
      }
  }

  void comment_on(const Block& part, const std::string& what, const std::string& fallback) {
    if (!part.attribute("comment")) return;
    reader_.attempt(part.type + " " + part.name(), [&] {
      const bool named = !part.labels.empty() || part.attribute("name");
      SqlText name(part.span);
      if (part.type == "index" && !name_.schema.empty()) name.name(name_.schema).add(".");
      name.name(named ? reader_.name_of(part) : fallback);
      const bool constraint = what.starts_with("CONSTRAINT");
      reader_.comment(part, what + name.text() + (constraint ? " ON " + relation_ : ""));
    });
  }

  void alter(Span where, const std::string& command) {
    SqlText sql(where);
    sql.add("ALTER TABLE " + relation_ + " " + command);
    reader_.emit(sql);
  }

  void row_security(const Block& security) {
    Fields parts(reader_, security);
    const bool enabled = parts.boolean("enabled").value_or(false);
    const bool enforced = parts.boolean("enforced").value_or(false);
    parts.finish();
    if (enabled) alter(security.span, "ENABLE ROW LEVEL SECURITY");
    if (enforced) alter(security.span, "FORCE ROW LEVEL SECURITY");
  }

  void replica_identity() {
    const auto value = fields_.value("replica_identity");
    if (!value) return;
    const Span where = fields_.where("replica_identity");
    if (value->is(ValueKind::reference) && value->keys[0] == "index" && value->keys.size() == 2) {
      SqlText name(where);
      name.name(value->keys[1]);
      return alter(where, "REPLICA IDENTITY USING INDEX " + name.text());
    }
    alter(where, "REPLICA IDENTITY " + fields_.word("replica_identity").value_or(""));
  }

  Reader& reader_;
  const Block& block_;
  Fields fields_;
  SqlText sql_;
  ObjectName name_;
  std::string relation_;
  bool first_ = true;
};

}  // namespace

void read_table(Reader& reader) { TableReader(reader).run(); }

}  // namespace schemagate::hcl
