// SPDX-License-Identifier: MIT
#include "hcl/atlas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "hcl/reader.h"

namespace schemagate::hcl {
namespace {

using ReadBlock = void (*)(Reader& reader);

ReadBlock reader_of(const std::string& type) {
  static const std::map<std::string, ReadBlock> readers{{"schema", read_schema},
                                                        {"table", read_table},
                                                        {"enum", read_enum},
                                                        {"domain", read_domain},
                                                        {"composite", read_composite},
                                                        {"range", read_range},
                                                        {"collation", read_collation},
                                                        {"cast", read_cast},
                                                        {"sequence", read_sequence},
                                                        {"view", read_view},
                                                        {"materialized", read_view},
                                                        {"function", read_function},
                                                        {"procedure", read_function},
                                                        {"aggregate", read_aggregate},
                                                        {"trigger", read_trigger},
                                                        {"event_trigger", read_event_trigger},
                                                        {"policy", read_policy},
                                                        {"extension", read_extension},
                                                        {"permission", read_permission}};
  const auto at = readers.find(type);
  return at == readers.end() ? nullptr : at->second;
}

/// Blocks that declare nothing of the schema: input, rows, tests, the tool's own settings; roles
/// and their memberships, which are of the server, as CREATE ROLE in a file of SQL.
bool declares_nothing(const std::string& type) {
  static const std::set<std::string> types{"variable", "locals", "data", "test", "atlas",
                                           "env",      "lint",   "diff", "role", "user"};
  return types.count(type) != 0;
}

/// A block of a kind that is not read.
struct UnknownBlock {
  Span header, span;
  std::string title;
  bool is_new = false;  ///< the other side has not the same
};

/// One side.
struct Schema {
  std::vector<std::uint32_t> numbers;  ///< of the files in the SourceSet
  std::vector<File> files;
  std::vector<Declared> blocks;
  std::vector<Skipped> notes;
  std::vector<UnknownBlock> unknown;
};

class SchemaReader {
 public:
  SchemaReader(Schema& schema, const Inputs& inputs)
      : schema_(schema), evaluator_(schema.files, inputs) {}

  void run() {
    for (std::size_t i = 0; i < schema_.files.size(); ++i)
      for (const Block& block : schema_.files[i].blocks) {
        file_ = schema_.numbers[i];
        one(block);
      }
  }

 private:
  void one(const Block& block) {
    if (declares_nothing(block.type)) return;
    Declared declared;
    declared.file = file_;
    declared.address = labels_of(block);
    const Scope nothing;
    if (!reader_of(block.type)) {
      schema_.unknown.push_back({block.header, block.span, title(block)});
      return;
    }
    const Attribute* each = block.attribute("for_each");
    if (each) {
      repeat(block, *each, declared);
    } else {
      read(block, nothing, declared);
      add_schema_to_address(block, declared);
    }
    schema_.blocks.push_back(std::move(declared));
  }

  static std::string title(const Block& block) {
    return block.labels.empty() ? block.type : fmt::format("{} \"{}\"", block.type, block.name());
  }

  static std::string labels_of(const Block& block) {
    std::string address = block.type;
    for (const std::string& label : block.labels) address += '\0' + label;
    return address;
  }

  /// Tables of one name in two schemas are two.
  void add_schema_to_address(const Block& block, Declared& declared) {
    if (!block.attribute("schema")) return;
    Declared unused;
    const Scope nothing;
    Reader reader(evaluator_, unused, block, nothing);
    reader.attempt("", [&] { declared.address += '\0' + reader.schema_of(block, nothing); });
  }

  void read(const Block& block, const Scope& scope, Declared& declared) {
    Reader reader(evaluator_, declared, block, scope);
    reader.attempt("block", [&] { reader_of(block.type)(reader); });
  }

  void repeat(const Block& block, const Attribute& each, Declared& declared) {
    const Scope nothing;
    Reader reader(evaluator_, declared, block, nothing);
    const Value values = evaluator_.evaluate(each.value, nothing);
    if (values.is_unknown()) return reader.fail("for_each", {each.span, values.text});
    if (!values.is(ValueKind::list) && !values.is(ValueKind::object))
      return reader.fail(
          "for_each",
          {each.span, fmt::format("expected a list or an object, found {}", kind_name(values))});
    for (std::size_t i = 0; i < values.items.size(); ++i) {
      Value key = values.is(ValueKind::object) ? make_text(values.keys[i])
                  : values.is_set              ? values.items[i]
                                               : make_integer(static_cast<std::int64_t>(i));
      Scope scope;
      scope.set("each",
                make_object({"key", "value"}, {std::move(key), values.items[i]}, each.span));
      read(block, scope, declared);
    }
  }

  Schema& schema_;
  Evaluator evaluator_;
  std::uint32_t file_ = 0;
};

Schema read_schema_files(const SourceSet& sources, const std::vector<std::uint32_t>& numbers,
                         const Inputs& inputs) {
  Schema schema;
  schema.numbers = numbers;
  for (const std::uint32_t number : numbers) {
    const SourceFile& file = sources.file(number);
    schema.files.push_back(is_other_file(file.path) ? File() : parse(file.text, number));
    if (is_other_file(file.path) && !file.path.ends_with("atlas.hcl"))
      schema.notes.push_back({SkippedKind::unread, Span{number, 0, 0},
                              file.path + " is left out: by its name it declares no schema of "
                                          "PostgreSQL's"});
  }
  SchemaReader(schema, inputs).run();
  return schema;
}

// ---- as parsed files ----

std::string_view without_signs(std::string_view comment) {
  if (comment.starts_with("#")) return trim(comment.substr(1));
  const bool block = comment.starts_with("/*");
  comment.remove_prefix(2);
  if (block && comment.ends_with("*/")) comment.remove_suffix(2);
  return trim(comment);
}

/// The statement whose line the comment ends, else the next one.
int statement_of(std::string_view text, const Span& comment,
                 const std::vector<Statement>& statements) {
  for (std::size_t i = statements.size(); i-- > 0;) {
    const Span& span = statements[i].span;
    if (span.end > comment.begin) continue;
    const auto between = text.substr(span.end, comment.begin - span.end);
    if (between.find('\n') == std::string_view::npos) return static_cast<int>(i);
  }
  for (std::size_t i = 0; i < statements.size(); ++i)
    if (statements[i].span.begin >= comment.end) return static_cast<int>(i);
  return -1;
}

void add_comments(const SourceSet& sources, const File& file, std::uint32_t number,
                  ParsedFile& parsed) {
  const std::string_view text = sources.file(number).text;
  for (const Span& comment : file.comments) {
    const std::string_view words = without_signs(sources.text(comment));
    if (words.find("schemagate:") == std::string_view::npos) continue;
    parsed.comments.push_back(
        {comment, std::string(words), statement_of(text, comment, parsed.statements)});
  }
}

std::vector<ParsedFile> as_parsed(const SourceSet& sources, Schema& schema) {
  std::vector<ParsedFile> out(schema.numbers.size());
  const auto file_of = [&](std::uint32_t number) -> ParsedFile& {
    const auto at = std::find(schema.numbers.begin(), schema.numbers.end(), number);
    return out[static_cast<std::size_t>(at - schema.numbers.begin())];
  };
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const Problem& problem : schema.files[i].problems)
      out[i].problems.push_back({problem.where, problem.where, "not HCL: " + problem.message});
  for (Skipped& note : schema.notes) file_of(note.span.file).skipped.push_back(std::move(note));
  for (UnknownBlock& block : schema.unknown) {
    ParsedFile& file = file_of(block.span.file);
    if (block.is_new)
      file.problems.push_back(
          {block.header, block.span, block.title + ": this kind of block is not read"});
    else
      file.skipped.push_back({SkippedKind::unread, block.header,
                              block.title + " is not judged: this kind of block is not read"});
  }
  for (Declared& block : schema.blocks) {
    ParsedFile& file = file_of(block.file);
    for (auto& problem : block.problems) file.problems.push_back(std::move(problem));
    for (auto& hint : block.hints) file.comments.push_back(std::move(hint));
    for (auto& statement : block.statements) file.statements.push_back(std::move(statement));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::stable_sort(
        out[i].statements.begin(), out[i].statements.end(),
        [](const Statement& a, const Statement& b) { return a.span.begin < b.span.begin; });
    add_comments(sources, schema.files[i], schema.numbers[i], out[i]);
  }
  return out;
}

// ---- what is opaque on one side ----

using ByAddress = std::map<std::string, std::vector<Declared*>>;

ByAddress by_address(Schema& schema) {
  ByAddress found;
  for (Declared& block : schema.blocks) found[block.address].push_back(&block);
  return found;
}

std::set<std::string> opaque_parts(const std::vector<Declared*>& blocks) {
  std::set<std::string> parts;
  for (const Declared* block : blocks)
    parts.insert(block->opaque_parts.begin(), block->opaque_parts.end());
  return parts;
}

class Agreement {
 public:
  Agreement(const SourceSet& sources, Schema& before, Schema& after)
      : sources_(sources),
        before_(before),
        after_(after),
        old_(by_address(before)),
        new_(by_address(after)) {}

  ParsedFile for_before, for_after;  ///< what each takes over from the other

  void run() {
    std::set<std::string_view> known;
    for (const UnknownBlock& block : before_.unknown) known.insert(sources_.text(block.span));
    for (UnknownBlock& block : after_.unknown)
      block.is_new = known.count(sources_.text(block.span)) == 0;
    for (auto& [address, now] : new_) {
      const auto was = old_.find(address);
      if (was != old_.end()) compare(was->second, now);
    }
    const auto broken_now = broken_files(after_), broken_then = broken_files(before_);
    for (auto& [address, was] : old_)
      if (!new_.count(address) && stood_in(was, broken_now)) take(was, for_after);
    for (auto& [address, now] : new_)
      if (!old_.count(address) && stood_in(now, broken_then)) {
        take(now, for_before);
        say_not_compared(now);
      }
  }

 private:
  void compare(std::vector<Declared*>& was, std::vector<Declared*>& now) {
    const auto parts_then = opaque_parts(was), parts_now = opaque_parts(now);
    if (parts_then == parts_now) return;
    if (parts_then.empty()) {
      drop(now);
      take(was, for_after);
      return;
    }
    drop(was);
    take(now, for_before);
    if (parts_now.empty()) say_not_compared(now);
  }

  static void drop(std::vector<Declared*>& blocks) {
    for (Declared* block : blocks) block->statements.clear();
  }
  static void take(const std::vector<Declared*>& blocks, ParsedFile& into) {
    for (const Declared* block : blocks)
      into.statements.insert(into.statements.end(), block->statements.begin(),
                             block->statements.end());
  }

  void say_not_compared(const std::vector<Declared*>& now) {
    for (const Declared* block : now)
      if (!block->statements.empty()) {
        after_.notes.push_back({SkippedKind::unread, block->statements[0].span,
                                "what changes here is not judged: the base's could not be read"});
        return;
      }
  }

  std::set<std::string> broken_files(const Schema& schema) const {
    std::set<std::string> paths;
    for (std::size_t i = 0; i < schema.files.size(); ++i)
      if (!schema.files[i].problems.empty()) paths.insert(sources_.file(schema.numbers[i]).path);
    return paths;
  }
  bool stood_in(const std::vector<Declared*>& blocks, const std::set<std::string>& paths) const {
    return std::any_of(blocks.begin(), blocks.end(), [&](const Declared* block) {
      return paths.count(sources_.file(block->file).path) != 0;
    });
  }

  const SourceSet& sources_;
  Schema &before_, &after_;
  ByAddress old_, new_;
};

constexpr std::array<std::string_view, 14> other_suffixes{
    ".my.hcl", ".ma.hcl", ".lt.hcl",  ".ch.hcl",   ".ms.hcl",   ".rs.hcl",   ".oc.hcl",
    ".sp.hcl", ".sf.hcl", ".dbx.hcl", ".test.hcl", ".plan.hcl", ".rule.hcl", ".lock.hcl"};

}  // namespace

bool is_other_file(std::string_view path) {
  if (!path.ends_with(".hcl")) return false;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "atlas.hcl" ||
         std::any_of(other_suffixes.begin(), other_suffixes.end(),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_schema_file(std::string_view path) {
  return path.ends_with(".hcl") && !is_other_file(path);
}

std::vector<ParsedFile> parse_files(const SourceSet& sources,
                                    const std::vector<std::uint32_t>& files, const Inputs& inputs) {
  Schema schema = read_schema_files(sources, files, inputs);
  return as_parsed(sources, schema);
}

BothSides parse_both(const SourceSet& sources, const std::vector<std::uint32_t>& before,
                     const std::vector<std::uint32_t>& after, const Inputs& inputs) {
  Schema old_schema = read_schema_files(sources, before, inputs);
  Schema new_schema = read_schema_files(sources, after, inputs);
  Agreement agreement(sources, old_schema, new_schema);
  agreement.run();
  BothSides sides{as_parsed(sources, old_schema), as_parsed(sources, new_schema)};
  sides.before.push_back(std::move(agreement.for_before));
  sides.after.push_back(std::move(agreement.for_after));
  return sides;
}

}  // namespace schemagate::hcl
