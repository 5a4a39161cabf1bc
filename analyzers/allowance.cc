// SPDX-License-Identifier: MIT
#include "analyzers/allowance.h"

#include <algorithm>
#include <optional>

#include "analyzers/other_tools.h"
#include "analyzers/rule.h"
#include "base/text.h"

namespace schemagate {
namespace {

/// Takes `prefix` and the blanks behind it off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = trim(text.substr(prefix.size()));
  return true;
}

/// Takes a rule's name: letters, digits, dashes and underscores.
std::string take_word(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) ||
                               text[end] == '-' || text[end] == '_')) {
    ++end;
  }
  const std::string word(text.substr(0, end));
  text = trim(text.substr(end));
  return word;
}

/// Names separated by commas or blanks.
std::vector<std::string> take_words(std::string_view& text, bool commas_only) {
  std::vector<std::string> words;
  while (true) {
    std::string word = take_word(text);
    if (word.empty()) return words;
    words.push_back(std::move(word));
    const bool comma = take(text, ",");
    if (!comma && commas_only) return words;
  }
}

/// What `-- schemagate: allow a, b object: reason` says.
struct Directive {
  std::vector<std::string> rules;
  std::string object, reason;
};

/// `text` is what follows "allow".
Directive parse_directive(std::string_view text) {
  Directive directive;
  directive.rules = take_words(text, true);
  bool quoted = false;
  std::size_t colon = 0;
  while (colon < text.size() && (quoted || text[colon] != ':')) quoted ^= text[colon++] == '"';
  directive.object = trim(text.substr(0, colon));
  if (colon < text.size()) directive.reason = trim(text.substr(colon + 1));
  return directive;
}

/// Spans of the columns and constraints that a statement defines, in order.
std::vector<Span> definitions(const Statement& statement) {
  std::vector<Span> spans;
  const auto add = [&](const Span& span) {
    if (span.is_somewhere()) spans.push_back(span);
  };
  if (const auto* create = statement.as<CreateTable>()) {
    for (const ColumnDefinition& column : create->columns) add(column.span);
    for (const ConstraintDefinition& constraint : create->constraints) add(constraint.span);
  }
  if (const auto* create = statement.as<CreateComposite>()) {
    for (const ColumnDefinition& attribute : create->attributes) add(attribute.span);
  }
  if (const auto* alter = statement.as<AlterTable>()) {
    for (const AlterTableCommand& command : alter->commands) {
      if (command.column) add(command.column->span);
      if (command.constraint) add(command.constraint->span);
    }
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return spans;
}

class Finder {
 public:
  Finder(const SourceSet& sources, const ParsedFile& parsed, AllowanceList& result)
      : sources_(sources), parsed_(parsed), result_(result) {}

  void read(const CommentText& comment) {
    std::string_view text = trim(comment.text);
    if (take(text, "schemagate:")) return read_ours(comment, text);
    if (take(text, "squawk-ignore-file")) return read_names(comment, "squawk", text, true, true);
    if (take(text, "squawk-ignore")) return read_names(comment, "squawk", text, false, false);
    if (take(text, "eugene:") && take(text, "ignore")) {
      return read_names(comment, "eugene", text, true, false);
    }
    if (take(text, "atlas:nolint")) {
      return read_names(comment, "atlas", text, true, is_file_header(comment));
    }
    if (take(text, "pgfence-ignore") || (take(text, "pgfence:") && take(text, "ignore"))) {
      take(text, ":");
      return read_names(comment, "pgfence", text, true, false);
    }
  }

 private:
  void read_ours(const CommentText& comment, std::string_view text) {
    if (text.starts_with("renamed ")) return;
    if (!take(text, "allow")) {
      return report("unknown-rule-in-allowance", comment,
                    "is not understood: schemagate knows \"allow RULE: REASON\" and \"renamed from "
                    "OLD_NAME\"");
    }
    const Directive directive = parse_directive(text);
    if (directive.rules.empty()) {
      return report("unknown-rule-in-allowance", comment, "names no rule to allow");
    }
    if (directive.reason.empty()) {
      return report("allowance-without-reason", comment,
                    "gives no reason, so nothing is allowed: write \"schemagate: allow " +
                        directive.rules.front() +
                        (directive.object.empty() ? "" : " " + directive.object) +
                        ": why this is meant\"");
    }
    for (const std::string& rule : directive.rules) {
      if (!find_rule(rule)) {
        report("unknown-rule-in-allowance", comment, unknown_rule(rule));
        continue;
      }
      Allowance allowance;
      allowance.rule = rule;
      allowance.object = directive.object;
      allowance.reason = directive.reason;
      allowance.tool = "schemagate";
      allowance.where = comment.span;
      if (allowance.object.empty()) allowance.covers = covered(comment);
      result_.allowances.push_back(std::move(allowance));
    }
  }

  static std::string unknown_rule(const std::string& name) {
    std::vector<std::string> names;
    for (const Rule* rule : all_rules()) names.emplace_back(rule->id);
    const auto near = nearest(name, names);
    return "names a rule that does not exist: " + name +
           (near ? " (did you mean " + *near + "?)" : "");
  }

  void report(std::string_view rule, const CommentText& comment, std::string message) {
    Findings(*find_rule(rule), result_.findings)
        .add(comment.span, false, "", "this comment " + std::move(message));
  }

  /// Names of another tool's rules; without any it is everything, where that tool means it so.
  void read_names(const CommentText& comment, const std::string& tool, std::string_view text,
                  bool bare_means_all, bool whole_file) {
    Allowance allowance;
    allowance.tool = tool;
    allowance.where = comment.span;
    allowance.whole_file = whole_file;
    allowance.covers = whole_file ? Span{comment.span.file, 0, Span::nowhere} : covered(comment);
    const std::string_view names_text = text.substr(0, text.find("--"));
    std::string_view rest = names_text;
    const std::vector<std::string> names = take_words(rest, tool == "squawk");
    if (names.empty() && bare_means_all) result_.allowances.push_back(allowance);
    for (const std::string& name : names) {
      for (std::string& rule : counterparts(tool, name)) {
        allowance.rule = std::move(rule);
        result_.allowances.push_back(allowance);
      }
    }
  }

  /// atlas: the file's first line, with an empty line below it.
  bool is_file_header(const CommentText& comment) const {
    const Position place = sources_.begin(comment.span);
    return place.line == 1 && trim(sources_.line(comment.span.file, 2)).empty();
  }

  /// The column or constraint of the comment's line, or the one below it, inside a statement; else
  /// the statement it belongs to.
  Span covered(const CommentText& comment) const {
    for (const Statement& statement : parsed_.statements) {
      if (statement.span.begin < comment.span.begin && comment.span.end <= statement.span.end) {
        return covered_inside(comment, statement);
      }
    }
    if (comment.statement < 0) return comment.span;
    return parsed_.statements.at(static_cast<std::size_t>(comment.statement)).span;
  }

  Span covered_inside(const CommentText& comment, const Statement& statement) const {
    const int line = sources_.begin(comment.span).line;
    const std::vector<Span> all = parts_of(statement);
    for (auto span = all.rbegin(); span != all.rend(); ++span) {
      if (span->begin > comment.span.begin) continue;
      if (sources_.end(*span).line == line) return *span;
      break;
    }
    for (auto span = all.rbegin(); span != all.rend(); ++span)
      if (span->begin < comment.span.begin && comment.span.end <= span->end) return *span;
    for (const Span& span : all) {
      if (span.begin < comment.span.end) continue;
      const Span between{comment.span.file, comment.span.end, span.begin};
      return only_leads_to_definition(sources_.text(between)) ? span : statement.span;
    }
    return statement.span;
  }

  /// The definitions inside of a statement, and the statements that stand in it: a table's block in
  /// HCL holds its indexes.
  std::vector<Span> parts_of(const Statement& statement) const {
    std::vector<Span> parts = definitions(statement);
    for (const Statement& other : parsed_.statements)
      if (other.span.begin > statement.span.begin && other.span.end <= statement.span.end)
        parts.push_back(other.span);
    std::sort(parts.begin(), parts.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
    return parts;
  }

  /// Nothing but blanks, other comments and the words ADD COLUMN stand before the definition.
  static bool only_leads_to_definition(std::string_view text) {
    for (std::string_view line : split(text, '\n')) {
      line = trim(line.substr(0, line.find("--")));
      if (line.starts_with("#") || line.starts_with("//")) continue;
      if (!line.empty() && !to_lower(line).starts_with("add")) return false;
    }
    return true;
  }

  const SourceSet& sources_;
  const ParsedFile& parsed_;
  AllowanceList& result_;
};

bool same_object(const std::string& written, const std::string& object) {
  return written == object || "public." + written == object;
}

}  // namespace

AllowanceList find_allowances(const SourceSet& sources, const std::vector<ParsedFile>& files) {
  AllowanceList result;
  for (const ParsedFile& file : files) find_allowances(sources, file, result);
  return result;
}

void find_allowances(const SourceSet& sources, const ParsedFile& file, AllowanceList& found) {
  Finder finder(sources, file, found);
  for (const CommentText& comment : file.comments) finder.read(comment);
}

bool covers(const Allowance& allowance, const Finding& finding) {
  if (!allowance.rule.empty() && allowance.rule != finding.rule) return false;
  if (!allowance.object.empty()) return same_object(allowance.object, finding.object);
  if (finding.old_side || !finding.where.is_somewhere()) return false;
  return finding.where.file == allowance.covers.file &&
         finding.where.begin >= allowance.covers.begin && finding.where.end <= allowance.covers.end;
}

}  // namespace schemagate
