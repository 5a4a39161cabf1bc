// SPDX-License-Identifier: MIT
// What a person reads on a terminal or in a job's log. Every text that is not ours goes through
// visible(), visible_line() or one_line(); the last pass takes care of a GitHub runner that reads
// along.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyzers/rule.h"
#include "base/text.h"
#include "report/report.h"
#include "report/runner_text.h"
#include "report/summary.h"
#include "report/terminal_text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

constexpr std::size_t most_changes = 40;
constexpr std::size_t most_statements = 30;
constexpr std::size_t most_clean_names = 10;

enum class Style { plain, bold, dim, red, yellow, green, blue };

std::string_view code(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::red:
      return "\x1b[1;31m";
    case Style::yellow:
      return "\x1b[1;33m";
    case Style::green:
      return "\x1b[1;32m";
    case Style::blue:
      return "\x1b[1;34m";
  }
  return "";
}

Style style_of(Severity severity) {
  if (severity == Severity::error) return Style::red;
  return severity == Severity::warning ? Style::yellow : Style::blue;
}

Style style_of(Verdict verdict) { return verdict == Verdict::pass ? Style::green : Style::red; }

Style style_of_sign(char sign) {
  if (sign == '+') return Style::green;
  return sign == '-' ? Style::red : Style::yellow;
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(count), ' '); }

class Screen {
 public:
  explicit Screen(const TerminalOptions& options)
      : color_(options.color), width_(std::max(options.width, 40)) {}

  void verdict(const Report& report);
  void database(const DatabaseReport& database);
  void clean_databases(const Report& report);
  void statement(std::size_t number, const ReportedStatement& statement);
  void statements_worth_showing(const std::vector<ReportedStatement>& statements);
  void notes(const std::vector<std::string>& notes, int indent);
  void how_to_allow(const Report& report);
  std::string text() const { return without_workflow_commands(out_); }

 private:
  void finding(const ReportedFinding& reported);
  void allowed(const DatabaseReport& database);
  void excerpt(const Place& place, Style style);
  void remedy(const Remedy& remedy, int indent);
  void changes(const std::vector<ReportedChange>& changes);
  void sql(std::string_view text, int indent);
  void sources(const DatabaseReport& database);

  std::string paint(Style style, const std::string& text) const {
    if (!color_ || style == Style::plain) return text;
    return fmt::format("{}{}\x1b[0m", code(style), text);
  }
  void line(const std::string& text = {}) { out_ += text + '\n'; }
  void heading(const std::string& text) { line("  " + paint(Style::bold, text)); }
  /// Words after `label`, wrapped, the following lines indented to match.
  void paragraph(int indent, const std::string& label, Style style, std::string_view words);
  int left(int indent) const { return std::max(width_ - indent, 20); }

  std::string out_;
  bool color_;
  int width_;
};

void Screen::paragraph(int indent, const std::string& label, Style style, std::string_view words) {
  const int hanging = indent + cells(label);
  bool first = true;
  for (const auto& text : wrapped(words, left(hanging))) {
    line((first ? spaces(indent) + paint(style, label) : spaces(hanging)) + text);
    first = false;
  }
}

std::string place_words(const Place& place) {
  if (place.file.empty()) return {};
  std::string words = visible_line(place.file);
  if (place.line <= 0) return words;
  for (const int number : {place.line, std::max(place.column, 1)})
    (words += ':') += std::to_string(number);
  return words;
}

std::string side_words(const Place& place) {
  return place.old_side && !place.file.empty() ? " (before this change)" : "";
}

void Screen::verdict(const Report& report) {
  const Counts counts = count_findings(report);
  std::string words = to_string(counts);
  if (report.verdict == Verdict::error) {
    words = "could not judge everything" + (words == "no findings" ? "" : "; " + words);
  }
  line(fmt::format("schemagate: {}: {}",
                   paint(style_of(report.verdict), std::string(to_string(report.verdict))), words));
}

void Screen::sources(const DatabaseReport& database) {
  std::vector<std::string> parts;
  if (!database.facts_source.empty()) {
    parts.push_back("facts: " + visible_line(database.facts_source));
  }
  if (!database.rehearsal.empty()) parts.push_back(visible_line(database.rehearsal));
  if (!parts.empty()) paragraph(2, "", Style::plain, join(parts, "; "));
}

void Screen::changes(const std::vector<ReportedChange>& changes) {
  const std::size_t shown = std::min(changes.size(), most_changes);
  const auto words_of = [](const ReportedChange& change) {
    return fmt::format("{} {}", change_words(change), one_line(change.object));
  };
  int column = 0;  // where the details begin
  for (std::size_t i = 0; i < shown; ++i) column = std::max(column, cells(words_of(changes[i])));
  column = std::min(column, left(4) / 2);
  for (std::size_t i = 0; i < shown; ++i) {
    const ReportedChange& change = changes[i];
    const char sign = change_sign(change);
    const std::string words = words_of(change);
    std::string detail = one_line(change.after.empty() ? change.before : change.after);
    if (!change.before.empty() && !change.after.empty()) {
      detail = one_line(change.before) + " -> " + detail;
    }
    if (!detail.empty()) detail = spaces(std::max(column - cells(words), 0) + 2) + detail;
    line(fmt::format("  {} {}", paint(style_of_sign(sign), std::string(1, sign)),
                     fitted(words + detail, left(4))));
  }
  if (changes.size() > shown) line(fmt::format("  and {} more changes", changes.size() - shown));
}

void Screen::excerpt(const Place& place, Style style) {
  if (place.excerpt.empty() || place.line <= 0 || place.column <= 0) return;
  const std::string number = std::to_string(place.line);
  const std::string gutter = spaces(static_cast<int>(number.size())) + " | ";
  const Excerpt shown = excerpt_of(place, left(4 + cells(gutter)));
  line("    " + paint(Style::blue, number + " | ") + shown.line);
  line("    " + paint(Style::blue, gutter) + spaces(shown.start) +
       paint(style, std::string(static_cast<std::size_t>(shown.length), '^')));
}

void Screen::sql(std::string_view text, int indent) {
  for (auto row : split(text, '\n')) line(row.empty() ? "" : spaces(indent) + std::string(row));
}

void Screen::remedy(const Remedy& remedy, int indent) {
  std::string words = visible_line(remedy.explanation);
  if (remedy.is_for_no_transaction() && remedy.sql.size() > 1) {
    words += words.empty() ? "" : " ";
    words += "(each statement by itself, not in one transaction)";
  }
  paragraph(indent, "instead: ", Style::green, words);
  for (const auto& statement : remedy.sql) sql(visible(statement) + ";", indent + 2);
}

void Screen::finding(const ReportedFinding& reported) {
  const Finding& finding = reported.finding;
  const Style style = style_of(finding.severity);
  line();
  paragraph(2, std::string(to_string(finding.severity)) + ": ", style,
            fmt::format("{} [{}]", visible_line(finding.message), visible_line(finding.rule)));
  const std::string place = place_words(reported.place);
  if (!place.empty()) line("    " + paint(Style::bold, place) + side_words(reported.place));
  excerpt(reported.place, style);
  const std::string evidence = visible_line(join(to_words(evidence_beside_message(finding)), "; "));
  if (!evidence.empty()) paragraph(4, "evidence: ", Style::blue, evidence);
  if (finding.remedy) remedy(*finding.remedy, 4);
}

void Screen::allowed(const DatabaseReport& database) {
  for (const auto& reported : database.findings) {
    const Finding& finding = reported.finding;
    if (finding.allowed_because.empty()) continue;
    const std::string place = place_words(reported.place);
    paragraph(2, "allowed: ", Style::dim,
              fmt::format("{} {}: {}{}", visible_line(finding.rule), visible_line(finding.object),
                          visible_line(finding.allowed_because),
                          place.empty() ? "" : " (" + place + ")"));
  }
}

void Screen::statement(std::size_t number, const ReportedStatement& statement) {
  const Impact& impact = statement.impact;
  const std::string label = fmt::format("{:>3}  ", number);
  line("  " + paint(Style::bold, label) + fitted(one_line(statement.sql), left(7)));
  const auto detail = [&](Style style, const std::string& name, const std::string& words) {
    paragraph(7, name, style, words);
  };
  if (impact.fails) {
    detail(Style::red, "fails: ",
           visible_line(fmt::format("{} ({})", impact.fails->reason, impact.fails->sqlstate)));
  }
  for (const auto& lock : impact.locks) {
    const Style style = is_at_the_end(lock, impact) ? Style::dim
                        : blocks_reads(lock.mode)   ? Style::red
                        : blocks_writes(lock.mode)  ? Style::yellow
                                                    : Style::dim;
    detail(style, "locks: ", visible_line(lock_words(lock, impact)));
  }
  std::string work = visible_line(work_words(impact));
  if (!impact.work.empty()) work += "; " + visible_line(duration_words(statement));
  if (!work.empty()) detail(Style::yellow, "works: ", work);
  if (!impact.known) detail(Style::yellow, "", "what it does could not be predicted");
  for (const auto& condition : impact.conditions)
    detail(Style::dim, "note: ", visible_line(condition));
  if (!impact.transactional) detail(Style::dim, "", "runs outside a transaction block only");
  if (statement.measured && !statement.measured->empty()) {
    detail(Style::red, "measured: ", visible_line(*statement.measured));
  }
}

void Screen::statements_worth_showing(const std::vector<ReportedStatement>& statements) {
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (!is_worth_showing(statements[i])) continue;
    if (shown == most_statements) {
      ++left_out;
      continue;
    }
    ++shown;
    statement(i + 1, what_others_notice(statements[i]));
  }
  if (left_out > 0) line(fmt::format("  and {} more statements", left_out));
}

void Screen::notes(const std::vector<std::string>& notes, int indent) {
  for (const auto& note : notes) paragraph(indent, "note: ", Style::blue, visible_line(note));
}

/// Of the base's schema, the head's and the change; empty where nothing changes.
std::string checksums(const DatabaseReport& database) {
  if (database.changes.empty() || database.plan_checksum.empty()) return {};
  return fmt::format("plan {}, {} to {}", short_checksum(database.plan_checksum),
                     short_checksum(database.base_checksum),
                     short_checksum(database.head_checksum));
}

void Screen::database(const DatabaseReport& database) {
  // Why it could not be judged is its first note.
  const bool says_why = !database.judged && !database.notes.empty();
  std::string words =
      database.judged ? to_string(count_findings(database)) : std::string("could not be judged");
  if (says_why) {
    const std::string why = visible_line(database.notes.front());
    words = why.starts_with(words) ? why : words + ": " + why;
  }
  if (is_named(database)) {
    line();
    paragraph(0, visible_line(database.name) + ": ", Style::bold,
              (database.judged ? change_summary(database.changes) + "; " : "") + words);
  }
  sources(database);
  changes(database.changes);
  for (const auto& reported : database.findings) {
    if (reported.finding.allowed_because.empty()) finding(reported);
  }
  const Counts counts = count_findings(database);
  const bool is_calm = counts.errors + counts.warnings == 0;
  const auto& statements_here = database.statements;
  if (!is_calm && std::any_of(statements_here.begin(), statements_here.end(), is_worth_showing)) {
    line();
    heading("what the statements do to a running server");
    statements_worth_showing(statements_here);
  }
  if (!is_calm && !database.safe_plan.empty()) {
    line();
    heading(database.safe_plan_exceptions.empty()
                ? "the safe plan: the same change without long locks"
                : "the safe plan: the same change, with shorter locks");
    sql(trim(visible(database.safe_plan)), 4);
    for (const auto* still : {&database.safe_plan_exceptions, &database.safe_plan_losses})
      for (const std::string& one : *still)
        paragraph(4, "still: ", Style::yellow, visible_line(one));
  }
  if (const std::string sums = checksums(database); !sums.empty() && is_named(database)) {
    line();
    paragraph(2, "checksums: ", Style::dim, sums);
  }
  const std::vector<std::string> said(
      database.notes.begin() + (says_why && is_named(database) ? 1 : 0), database.notes.end());
  if (!said.empty() || counts.allowed > 0) line();
  allowed(database);
  notes(said, 2);
}

void Screen::clean_databases(const Report& report) {
  std::vector<std::string> names;
  std::set<std::string> not_rehearsed;
  std::string sums;
  std::size_t more = 0;
  const auto unchanged = [](const DatabaseReport& database) {
    return is_named(database) && database.changes.empty();
  };
  for (const auto& database : report.databases) {
    if (!is_clean(database) || unchanged(database) || !is_named(database)) continue;
    if (database.rehearsal.starts_with("not rehearsed")) not_rehearsed.insert(database.rehearsal);
    if (names.size() == most_clean_names) {
      ++more;
      continue;
    }
    names.push_back(
        fmt::format("{} ({})", visible_line(database.name), change_summary(database.changes)));
    sums = checksums(database);
  }
  if (more > 0) names.push_back(fmt::format("{} more", more));
  const auto silent =
      static_cast<std::ptrdiff_t>(report.unchanged_databases.size()) +
      std::count_if(report.databases.begin(), report.databases.end(), [&](const auto& database) {
        return is_clean(database) && unchanged(database);
      });
  if (names.size() == 1 && !sums.empty()) names.front() += ": " + sums;
  if (!names.empty()) line(fitted("clean: " + join(names, "; "), width_));
  if (silent > 0) line(fmt::format("unchanged: {}", counted(silent, "database")));
  for (const std::string& why : not_rehearsed) paragraph(0, "", Style::plain, visible_line(why));
}

/// One line that says how the first error that can be allowed is allowed on purpose.
void Screen::how_to_allow(const Report& report) {
  for (const DatabaseReport* database : worst_first(report)) {
    for (const ReportedFinding& reported : database->findings) {
      const Finding& finding = reported.finding;
      const Place& place = reported.place;
      const bool is_said = !finding.allowed_because.empty() || !reported.waits_with.empty();
      if (finding.severity != Severity::error || is_said) continue;
      const Rule* rule = find_rule(finding.rule);
      if (rule == nullptr || rule->always_fails) continue;
      const bool above = !place.old_side && place.line > 0;
      const std::string object = above ? "" : " " + visible_line(finding.object);
      line();
      paragraph(
          0, "to allow on purpose: ", Style::dim,
          fmt::format("-- schemagate: allow {}{}: the reason{}", visible_line(finding.rule), object,
                      above ? " (above the statement)" : " (anywhere in the schema)"));
      return;
    }
  }
}

/// file:line:column: severity: message [rule], as compilers write it.
std::string quiet_lines(const Report& report) {
  std::string lines;
  for (const DatabaseReport* database : worst_first(report)) {
    if (!database->judged) {
      const std::string why = database->notes.empty() ? "" : ": " + database->notes.front();
      lines += visible_line(fmt::format("{}: error: could not be judged{}", database->name, why));
      lines += '\n';
    }
    for (const ReportedFinding& reported : database->findings) {
      const Finding& finding = reported.finding;
      if (!finding.allowed_because.empty()) continue;
      const std::string where = place_words(reported.place);
      lines += where.empty() ? visible_line(database->name) : where;
      (lines += ": ") += to_string(finding.severity);
      (lines += ": ") += visible_line(finding.message);
      ((lines += " [") += visible_line(finding.rule)) += "]\n";
    }
  }
  return without_workflow_commands(std::move(lines));
}

}  // namespace

std::string to_terminal(const Report& report, const TerminalOptions& options) {
  if (options.quiet) return quiet_lines(report);
  Screen screen(options);
  screen.verdict(report);
  for (const DatabaseReport* database : worst_first(report)) screen.database(*database);
  screen.clean_databases(report);
  screen.notes(report.notes, 0);
  if (report.verdict == Verdict::fail) screen.how_to_allow(report);
  return screen.text();
}

std::string to_terminal(const std::vector<ReportedStatement>& statements,
                        const TerminalOptions& options) {
  Screen screen(options);
  for (std::size_t i = 0; i < statements.size(); ++i) screen.statement(i + 1, statements[i]);
  return screen.text();
}

}  // namespace schemagate
