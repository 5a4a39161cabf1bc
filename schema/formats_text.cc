// SPDX-License-Identifier: MIT
#include "schema/formats_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>

#include "base/text.h"

namespace schemagate {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::size_t skip_literal(std::string_view text, std::size_t at) {
  const auto to = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  if (text.compare(at, 2, "--") == 0) return to("\n", at);
  if (text.compare(at, 2, "/*") == 0) return to("*/", at + 2);
  if (text[at] == '\'' || text[at] == '"') return to(text.substr(at, 1), at + 1);
  if (text[at] != '$') return at;
  std::size_t end = at + 1;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  if (end >= text.size() || text[end] != '$') return at;
  return to(text.substr(at, end - at + 1), end + 1);
}

void each_line(std::string_view text,
               const std::function<void(std::string_view, std::size_t, std::size_t)>& visit) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t newline = text.find('\n', begin);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    std::string_view line = text.substr(begin, end - begin);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    visit(line, begin, end);
    begin = end;
  }
}

std::string_view leading_digits(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(0, end);
}

std::string without_leading_zeros(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return std::string(digits);
}

std::vector<StatementStart> statement_starts(std::string_view text) {
  constexpr std::size_t enough = 80;
  std::vector<StatementStart> starts;
  StatementStart current;
  const auto finish = [&] {
    if (!current.words.empty()) starts.push_back(std::move(current));
    current = {};
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t literal_end = skip_literal(text, at);
    const bool space = literal_end != at || std::isspace(static_cast<unsigned char>(text[at]));
    if (text[at] == ';' && !space) {
      finish();
    } else if (current.words.size() < enough) {
      if (current.words.empty()) current.at = at;
      if (!space)
        current.words += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
      else if (!current.words.empty() && current.words.back() != ' ')
        current.words += ' ';
    }
    at = literal_end != at ? literal_end : at + 1;
  }
  finish();
  return starts;
}

MigrationParts all_up(std::string_view text) { return {{{0, text.size()}}, {}}; }

MigrationParts cut_at(std::string_view text, char first, char (*marker)(std::string_view line)) {
  MigrationParts parts;
  char open = first;
  std::size_t from = 0;
  const auto close = [&](std::size_t to) {
    if (from < to && open == 'u') parts.up.emplace_back(from, to);
    if (from < to && open == 'd') parts.down.emplace_back(from, to);
  };
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const char next = marker(line);
    if (next == 0) return;
    close(begin);
    open = next;
    from = end;
  });
  close(text.size());
  return parts;
}

bool has_line(std::string_view text, bool (*wanted)(std::string_view line)) {
  bool found = false;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    found = found || wanted(line);
  });
  return found;
}

bool check_marker(const ListedMigration& migration, std::string_view text, std::string_view tool,
                  std::string_view marker, bool (*is_marker)(std::string_view line),
                  std::vector<MigrationProblem>& problems) {
  if (has_line(text, is_marker)) return true;
  const bool has_mark = text.starts_with("\xEF\xBB\xBF");  // UTF-8's byte order mark
  problems.push_back(
      {migration.file, Span{migration.file, 0, 0},
       fmt::format(
           "{} refuses the file: it has no line {}{}", tool, marker,
           has_mark ? " (the file begins with a byte order mark, which hides its first line)" : ""),
       true});
  return false;
}

bool all_digits(std::string_view text) {
  return !text.empty() && leading_digits(text).size() == text.size();
}

std::optional<std::string> marked(std::string_view line, std::string_view word) {
  if (!line.starts_with("--")) return std::nullopt;
  line.remove_prefix(2);
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  if (to_lower(line.substr(0, word.size())) != to_lower(word)) return std::nullopt;
  return std::string(trim(line.substr(word.size())));
}

std::optional<std::string> setting_of(std::string_view text, std::string_view key) {
  std::optional<std::string> value;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    line = trim(line.substr(0, line.find('#')));
    const std::size_t equals = line.find_first_of("=:");
    if (equals == std::string_view::npos || trim(line.substr(0, equals)) != key) return;
    value = std::string(trim(line.substr(equals + 1)));
  });
  return value;
}

std::vector<std::string> leading_comments(std::string_view text) {
  std::vector<std::string> comments;
  bool leading = true;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    line = trim(line);
    if (line.starts_with("--") && leading)
      comments.emplace_back(trim(line.substr(2)));
    else
      leading = leading && line.empty();
  });
  return comments;
}

void each_command_line(
    std::string_view text,
    const std::function<void(std::string_view line, std::size_t begin, std::size_t end)>& visit) {
  std::size_t at = 0;  // what is before it is read
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const bool inside = at > begin;
    if (!inside && trim(line).starts_with('\\')) at = end;  // its quotes end with it
    while (at < end) at = std::max(skip_literal(text, at), at + 1);
    if (!inside) visit(line, begin, end);
  });
}

std::string included_file(std::string_view line) {
  line = trim(line);
  for (const std::string_view command : {"\\include_relative", "\\include", "\\ir", "\\i"}) {
    if (!line.starts_with(command)) continue;
    std::string_view rest = line.substr(command.size());
    if (rest.empty() || (rest.front() != ' ' && rest.front() != '\t' && rest.front() != '\''))
      continue;
    rest = trim(rest);
    while (rest.ends_with(';')) rest.remove_suffix(1);
    if (rest.starts_with('\'') && rest.ends_with('\'') && rest.size() > 1)
      rest = rest.substr(1, rest.size() - 2);
    return std::string(without_dots(rest));
  }
  return {};
}

const FolderView::File* include_target(const FolderView& folder, const FolderView::File& from,
                                       const std::string& file) {
  const std::string above = folder_of(from.path);
  if (const auto* found = folder.find(above.empty() ? file : above + "/" + file)) return found;
  if (const auto* found = folder.find(file)) return found;
  return folder.find_end_of(file);
}

namespace {

/// Without what trims blanks around it.
std::string_view bare_action(std::string_view action) {
  while (action.starts_with('-') || action.starts_with(' ')) action.remove_prefix(1);
  return action;
}

/// The name in `template "a.sql" .`; empty: another action.
std::string called_template(std::string_view action) {
  if (!action.starts_with("template ") && !action.starts_with("block ")) return {};
  const std::size_t quote = std::min(action.find('"'), action.size());
  const std::size_t last = std::min(action.find('"', quote + 1), action.size());
  return std::string(action.substr(std::min(quote + 1, last), last - std::min(quote + 1, last)));
}

/// What stands in the text as it is: {{ .name }}. Conditions, loops and comments write nothing.
bool writes_value(std::string_view action) {
  constexpr std::string_view silent[] = {"if",     "else",  "end",   "range",    "with",
                                         "define", "block", "break", "continue", "template"};
  const std::string_view word = action.substr(0, action.find_first_of(" -}"));
  if (action.starts_with("/*") || action.find(":=") != std::string_view::npos) return false;
  return std::find(std::begin(silent), std::end(silent), word) == std::end(silent);
}

/// Where the action that opens at `at` closes; nowhere when another one opens before.
std::size_t action_close(std::string_view text, std::size_t at) {
  return text.substr(0, text.find("{{", at + 2)).find("}}", at + 2);
}

}  // namespace

std::vector<TemplateLine> template_lines(std::string_view text) {
  std::vector<TemplateLine> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    std::size_t begin = std::min(text.find_first_not_of(" \t", at), text.size());
    TemplateLine found{begin, begin, {}};
    std::size_t end = begin;
    while (text.substr(end).starts_with("{{")) {
      const std::size_t close = action_close(text, end);
      if (close == std::string_view::npos) break;
      const std::string_view action = bare_action(text.substr(end + 2, close - end - 2));
      if (std::string called = called_template(action); !called.empty())
        found.called = std::move(called);
      found.writes = found.writes || writes_value(action);
      found.end = close + 2;
      end = std::min(text.find_first_not_of(" \t", close + 2), text.size());
    }
    const bool alone = found.end > found.begin && (end == text.size() || text[end] == '\n' ||
                                                   text[end] == '\r' || text[end] == ';');
    if (alone) lines.push_back(std::move(found));
    at = std::max(std::min(text.find('\n', alone ? end : line_end), text.size()), at) + 1;
  }
  return lines;
}

namespace {

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
}

void say_filled_in(const ListedMigration& migration, std::size_t begin, std::size_t end,
                   std::string_view what, std::vector<MigrationProblem>& problems) {
  const Span where{migration.file, static_cast<std::uint32_t>(begin),
                   static_cast<std::uint32_t>(end)};
  problems.push_back({migration.file, where,
                      fmt::format("{} is filled in when the migration runs: what it runs was not "
                                  "judged",
                                  what),
                      false, true});
}

/// Actions among SQL that write nothing themselves: conditions with both their branches.
void blank_silent_actions(const ListedMigration& migration, std::string& text,
                          std::vector<MigrationProblem>& problems) {
  for (std::size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) {
    const std::size_t close = action_close(text, at);
    if (close == std::string::npos) continue;
    const std::string_view action =
        bare_action(std::string_view(text).substr(at + 2, close - at - 2));
    if (writes_value(action)) continue;
    const std::string called = called_template(action);
    if (!called.empty())
      say_filled_in(migration, at, close + 2, "the template " + called, problems);
    blank(text, at, close + 2);
  }
}

}  // namespace

std::string without_template_lines(const ListedMigration& migration, std::string_view text,
                                   const std::function<std::string(const std::string&)>& stand_in,
                                   std::vector<MigrationProblem>& problems) {
  std::string out(text);
  for (const TemplateLine& line : template_lines(text)) {
    blank(out, line.begin, line.end);
    if (line.called.empty() && !line.writes) continue;
    const std::string instead =
        stand_in && !line.called.empty() ? stand_in(line.called) : std::string();
    if (!instead.empty() && instead.size() <= line.end - line.begin)
      out.replace(line.begin, instead.size(), instead);
    else
      say_filled_in(migration, line.begin, line.end,
                    line.called.empty()
                        ? std::string(text.substr(line.begin, line.end - line.begin))
                        : "the template " + line.called,
                    problems);
  }
  blank_silent_actions(migration, out, problems);
  return out;
}

std::optional<MigrationName> numbered_name(std::string_view path, std::string_view ending) {
  const std::string_view digits = leading_digits(path);
  if (digits.empty() || path.substr(digits.size(), 1) != "_" || !path.ends_with(ending))
    return std::nullopt;
  MigrationName name = ordered_by_name(without_leading_zeros(digits), path);
  name.parts = {name.version};
  return name;
}

MigrationName ordered_by_name(std::string version, std::string_view name) {
  return MigrationName{std::move(version), 0, {}, std::string(name), false, false};
}

namespace {

/// Where StatementBegin opened a part and StatementEnd closed it, by the line that begins there.
std::map<std::size_t, bool> marked_blocks(std::string_view text, std::string_view marker) {
  std::map<std::size_t, bool> open{{0, false}};
  each_line(text, [&](std::string_view line, std::size_t, std::size_t end) {
    const std::string word = to_lower(marked(line, marker).value_or(""));
    if (word == "statementbegin" || word == "statementend") open[end] = word == "statementbegin";
  });
  return open;
}

/// The first line end of a literal that ends in a semicolon, and stands outside of a marked block.
std::optional<std::size_t> cut_literal(std::string_view text, TextRange part,
                                       const std::map<std::size_t, bool>& blocks) {
  for (std::size_t at = part.first; at < part.second;) {
    const std::size_t next = std::min(skip_literal(text, at), part.second);
    if (next == at) {
      ++at;
      continue;
    }
    const std::string_view literal = text.substr(at, next - at);
    const std::size_t cut = std::min(literal.find(";\n"), literal.find(";\r\n"));
    const bool comment = literal.starts_with("--") || literal.starts_with("/*");
    if (cut != std::string_view::npos && !comment && !std::prev(blocks.upper_bound(at))->second)
      return at + cut;
    at = next;
  }
  return std::nullopt;
}

}  // namespace

void check_line_ends(const ListedMigration& migration, std::string_view text, std::string_view tool,
                     std::string_view marker, std::vector<MigrationProblem>& problems) {
  const std::map<std::size_t, bool> blocks = marked_blocks(text, marker);
  for (const TextRange& part : migration.parts.up) {
    const std::optional<std::size_t> cut = cut_literal(text, part, blocks);
    if (!cut) continue;
    const auto where = static_cast<std::uint32_t>(*cut);
    problems.push_back({migration.file, Span{migration.file, where, where + 1},
                        fmt::format("{} cuts the statement at this line end: put -- {} "
                                    "StatementBegin and StatementEnd around it",
                                    tool, marker),
                        true});
    return;
  }
}

namespace {

/// The chunks that end, and where the rest begins.
std::size_t ended_chunks(std::string_view text, std::vector<Batch>& chunks) {
  bool open = false;
  std::size_t from = 0;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t end) {
    bool ends = false;
    for (const std::string_view marker : {"+migrate ", "+goose "})
      if (const std::string word = to_lower(marked(line, marker).value_or("")); !word.empty()) {
        open = word == "statementbegin";
        ends = word == "statementend";
      }
    const std::string_view code = trim(line.substr(0, line.find("--")));
    if (!ends && (open || !code.ends_with(';'))) return;
    chunks.push_back({from, end});
    from = end;
  });
  return from;
}

}  // namespace

void check_no_includes(const ListedMigration& migration, std::string_view text,
                       std::string_view tool, std::vector<MigrationProblem>& problems) {
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    if (!line.starts_with("\\i")) return;
    problems.push_back(
        {migration.file,
         Span{migration.file, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
         fmt::format("{} sends this line to the server, which refuses it: only psql knows such "
                     "commands",
                     tool),
         true});
  });
}

std::vector<Batch> line_end_chunks(std::string_view text) {
  std::vector<Batch> chunks;
  const std::size_t rest = ended_chunks(text, chunks);
  if (rest < text.size()) chunks.push_back({rest, text.size()});
  return chunks;
}

void check_last_line_end(const ListedMigration& migration, std::string_view text,
                         std::string_view tool, std::vector<MigrationProblem>& problems) {
  if (migration.parts.up.empty()) return;
  const auto [begin, end] = migration.parts.up.back();
  const std::string_view part = text.substr(begin, end - begin);
  std::vector<Batch> chunks;
  const std::size_t rest = ended_chunks(part, chunks);
  const std::vector<StatementStart> starts = statement_starts(part.substr(rest));
  if (starts.empty()) return;
  const auto at = static_cast<std::uint32_t>(begin + rest + starts.front().at);
  problems.push_back({migration.file, Span{migration.file, at, at + 1},
                      fmt::format("{} refuses the file: its last statement does not end in a "
                                  "semicolon at a line's end",
                                  tool),
                      true});
}

namespace {

/// Where JavaScript's localeCompare puts a character of ASCII: those that are no letter or digit by
/// this list, letters without their case.
int locale_rank(char c) {
  constexpr std::string_view order = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";
  const std::size_t at = order.find(c);
  if (at != std::string_view::npos) return static_cast<int>(at);
  const auto lower = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return static_cast<int>(order.size()) + lower;
}

}  // namespace

bool locale_less(std::string_view one, std::string_view two) {
  const auto ranks_below = [](char a, char b) { return locale_rank(a) < locale_rank(b); };
  if (std::lexicographical_compare(one.begin(), one.end(), two.begin(), two.end(), ranks_below))
    return true;
  if (std::lexicographical_compare(two.begin(), two.end(), one.begin(), one.end(), ranks_below))
    return false;
  return one > two;  // only case differs, and small letters come first
}

std::optional<std::string> json_string(std::string_view text, std::string_view key,
                                       std::size_t from) {
  const std::size_t at = text.find(fmt::format("\"{}\"", key), from);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t begin = text.find_first_not_of(" \t\r\n:", at + key.size() + 2);
  if (begin == std::string_view::npos || text[begin] != '"') return std::nullopt;
  const std::size_t end = text.find('"', ++begin);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(begin, end - begin));
}

namespace {

/// Copies a JSON string's contents from `at` (behind its quote) to the same place of `out`; escapes
/// become what they stand for and a blank. Returns where the string ends.
std::size_t copy_json_string(std::string_view text, std::size_t at, std::string& out) {
  bool quoted = false, literal = false;
  std::size_t comment = std::string::npos;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\' || at + 1 >= text.size()) {
      out[at] = text[at];
      if (text[at] == '\'' && comment == std::string::npos) literal = !literal;
      if (!literal && comment == std::string::npos && text.compare(at, 2, "--") == 0) comment = at;
      continue;
    }
    const char escaped = text[++at];
    if (escaped == 'n' && comment != std::string::npos) {
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(comment),
                out.begin() + static_cast<std::ptrdiff_t>(at), ' ');
      comment = std::string::npos;
    } else if (escaped == '"') {
      // A blank before the opening quote, and behind the closing one: names keep their letters.
      quoted = !quoted;
      out[quoted ? at : at - 1] = '"';
    } else if (escaped == '/' || escaped == '\\') {
      out[at] = escaped;
    }
  }
  return at;
}

}  // namespace

std::string json_sql(std::string_view text, std::string_view key, std::vector<TextRange>* ranges) {
  std::string out(text);
  for (char& c : out)
    if (c != '\n' && c != '\r') c = ' ';
  const std::string name = fmt::format("\"{}\"", key);
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at)) {
    at += name.size();
    const std::size_t begin = text.find_first_not_of(" \t\r\n:", at);
    if (begin == std::string_view::npos || text[begin] != '"') continue;
    const std::size_t end = copy_json_string(text, begin + 1, out);
    if (ranges != nullptr) ranges->emplace_back(begin + 1, end);
    if (end < out.size()) out[end] = ';';
    at = end;
  }
  return out;
}

}  // namespace schemagate
