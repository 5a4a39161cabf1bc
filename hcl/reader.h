// SPDX-License-Identifier: MIT
// What every reader of blocks needs: attributes with their kinds, names of the objects that
// references lead to, types, and where the statements go. Whatever a reader does not understand
// makes it give up on the block's part, at its place.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hcl/evaluate.h"
#include "hcl/sql_text.h"
#include "schema/parse.h"

namespace schemagate::hcl {

/// Thrown by readers of blocks; caught for each part of a block.
struct CantRead {
  Span where;
  std::string message;
};

/// What one block of the files declares.
struct Declared {
  std::string address;  ///< of the block: "table.public.users"
  std::uint32_t file = 0;
  std::vector<Statement> statements;
  std::vector<ParseProblem> problems;
  std::vector<CommentText> hints;      ///< renamed_from
  std::set<std::string> opaque_parts;  ///< what could not be read; empty: all was
};

struct ObjectName {
  std::string schema, name;
};

class Fields;

class Reader {
 public:
  Reader(Evaluator& values, Declared& out, const Block& of, const Scope& names)
      : evaluator(values), scope(names), block(of), out_(out) {}

  /// Parses the text, which must hold one statement, and adds it with its places in the file.
  void emit(const SqlText& sql);
  /// Runs `part`; what can't be read in it becomes a problem, and that part of the block opaque.
  template <class Part>
  void attempt(const std::string& name, Part part) {
    try {
      part();
    } catch (const CantRead& reason) {
      fail(name, reason);
    }
  }
  void fail(const std::string& part, const CantRead& reason);
  /// "-- renamed from" as an attribute, of the block or of a part of it.
  void add_rename(const Block& of);

  /// What the reference leads to. Throws CantRead when nothing does.
  ObjectName object(const Value& reference, Span where);
  /// The block's own schema and name.
  ObjectName own_name();
  std::string schema_of(const Block& of, const Scope& in);
  std::string name_of(const Block& of);
  /// A column of this block (column.id, or with the path to it), by name.
  std::string column(const Value& reference, Span where);
  /// Writes a type.
  void type(SqlText& sql, const Value& value, Span where);
  void qualified(SqlText& sql, const ObjectName& name);
  /// Writes COMMENT ON `what` with the block's `comment`, when there is one.
  void comment(const Block& of, const std::string& what);
  /// The block's object as it stands in `sql`, and its comment: `kind` is COMMENT's word for it.
  void emit_object(Fields& fields, const SqlText& sql, std::string_view kind,
                   const ObjectName& name);
  std::string quoted(const ObjectName& name);

  Evaluator& evaluator;
  const Scope& scope;
  const Block& block;

 private:
  Declared& out_;
};

/// The attributes and inner blocks of one block. What nobody asks for is not understood.
class Fields {
 public:
  Fields(Reader& reader, const Block& block) : reader_(reader), block_(block) {}

  /// The value, none when it is not there or null. Throws CantRead when it can't be known.
  std::optional<Value> value(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  /// A word or a string, as PostgreSQL writes it: SET_NULL is "SET NULL".
  std::optional<std::string> word(std::string_view name);
  /// A whole number.
  std::optional<std::string> number(std::string_view name);
  /// The elements of a list, or the value alone.
  std::vector<Value> list(std::string_view name);
  /// Text or sql(): SQL that is written there.
  std::optional<Value> sql(std::string_view name);
  Span where(std::string_view name) const;

  const Block* child(std::string_view type);
  std::vector<const Block*> children(std::string_view type);
  void ignore(std::initializer_list<std::string_view> names);
  /// Throws CantRead for an attribute or inner block that nobody asked for.
  void finish() const;

 private:
  Reader& reader_;
  const Block& block_;
  std::set<std::string, std::less<>> used_;
};

/// A keyword as a word: also a path of one name, for "trigger" and others that name blocks, too.
std::optional<std::string> word_of(const Value& value);

void read_schema(Reader& reader);
void read_table(Reader& reader);
void read_index(Reader& reader, const Block& index, const std::string& relation);
void read_enum(Reader& reader);
void read_domain(Reader& reader);
void read_composite(Reader& reader);
void read_range(Reader& reader);
void read_collation(Reader& reader);
void read_cast(Reader& reader);
void read_sequence(Reader& reader);
void read_view(Reader& reader);
void read_function(Reader& reader);
void read_aggregate(Reader& reader);
void read_trigger(Reader& reader);
void read_event_trigger(Reader& reader);
void read_policy(Reader& reader);
void read_extension(Reader& reader);
void read_permission(Reader& reader);

}  // namespace schemagate::hcl
