// SPDX-License-Identifier: MIT
// The comment on a pull request. Verdict first, then the databases, the findings worst first, and
// the details folded away. What is left out when it would be too long, in this order: the
// diagrams, the statements, the safe plans, the changes, the remedies, the findings that are no
// errors, the rest of the tables. The verdict and the last line always stay.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "report/markdown_text.h"
#include "report/report.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

constexpr std::size_t most_databases = 20;
constexpr std::size_t most_clean_names = 20;
constexpr std::size_t most_clean_summaries = 5;  ///< with more databases: their names only
constexpr std::size_t longest_sql = 200;         ///< bytes of a statement in a table

/// How much of the report is written.
struct Extent {
  bool diagrams = true, statements = true, safe_plans = true, changes = true, remedies = true,
       notes = true;
  bool only_errors = false;
  std::size_t rows = 100;  ///< of each table
  std::size_t allowed = 50;
};

std::string_view dot(const Counts& counts) {
  if (counts.errors > 0) return dot(Severity::error);
  if (counts.warnings > 0) return dot(Severity::warning);
  return counts.notes > 0 ? dot(Severity::note) : "🟢";
}

std::string short_commit(const std::string& id) { return id.substr(0, 7); }

std::string left_out(std::size_t number, std::string_view what) {
  return fmt::format("\n{} more {} in the full report.\n",
                     with_thousands(static_cast<long long>(number)), what);
}

class PullRequestComment {
 public:
  PullRequestComment(const Report& report, const MarkdownOptions& options, const Extent& extent)
      : report_(report), options_(options), extent_(extent), shown_(worst_first(report)) {
    sections_ = std::min({shown_.size(), most_databases, extent.rows});
  }

  std::string text() {
    headline();
    databases();
    clean();
    allowed();
    findings();
    remedies();
    for (std::size_t i = 0; i < sections_; ++i) details(*shown_[i]);
    notes();
    footer();
    return std::move(out_);
  }

 private:
  void headline();
  void databases();
  void clean();
  void allowed();
  void findings();
  void remedies();
  void details(const DatabaseReport& database);
  void changes(const DatabaseReport& database);
  void diagram(const DatabaseReport& database);
  void statements(const DatabaseReport& database);
  void notes();
  void checksums(std::vector<std::string>& parts) const;
  void footer();

  void finding_row(const ReportedFinding& reported, const DatabaseReport& database);
  std::string place(const Place& place, bool in_table) const;
  std::string rule(const std::string& id) const;
  void begin_details(std::string_view title, std::string_view preposition,
                     const DatabaseReport& database);
  void end_details() { out_ += "</details>\n"; }
  bool is_shown(const Finding& finding) const {
    return finding.allowed_because.empty() &&
           (!extent_.only_errors || finding.severity == Severity::error);
  }

  const Report& report_;
  const MarkdownOptions& options_;
  Extent extent_;
  std::vector<const DatabaseReport*> shown_;
  std::size_t sections_ = 0;
  std::string out_;
};

void PullRequestComment::headline() {
  const Counts counts = count_findings(report_);
  const bool unchanged = std::all_of(report_.databases.begin(), report_.databases.end(),
                                     [](const DatabaseReport& database) {
                                       return is_named(database) && database.changes.empty();
                                     });
  std::string words = to_string(counts);
  if (report_.verdict == Verdict::error) {
    words = "could not judge everything" + (words == "no findings" ? "" : "; " + words);
  } else if (unchanged && shown_.empty()) {
    words = "no schema change";
  } else if (report_.verdict == Verdict::pass && counts.errors > 0) {
    words += " (reported, not blocking)";
  }
  const std::string_view mark = report_.verdict == Verdict::error ? "⛔" : dot(counts);
  out_ += fmt::format("### {} schemagate: {}\n", mark, words);
}

void PullRequestComment::databases() {
  if (sections_ == 0 || !is_named(*shown_[0])) return;
  out_ += "\n| database | change | findings |\n|---|---|---|\n";
  for (std::size_t i = 0; i < sections_; ++i) {
    const DatabaseReport& database = *shown_[i];
    const Counts counts = count_findings(database);
    out_ += fmt::format("| {} | {} | {} {} |\n", table_code(database.name),
                        database.judged || !database.changes.empty()
                            ? prose(change_summary(database.changes))
                            : "unknown",
                        database.judged ? dot(counts) : "⛔",
                        database.judged ? to_string(counts) : "could not be judged");
  }
  if (shown_.size() > sections_) {
    out_ += left_out(shown_.size() - sections_, "databases with findings or notes");
  }
}

void PullRequestComment::clean() {
  std::vector<std::string> names;
  std::set<std::string> not_rehearsed;  // as anything that could not be checked, it is said
  std::size_t changed = 0;
  std::size_t unchanged = report_.unchanged_databases.size();
  const std::size_t most = std::min(most_clean_names, extent_.rows);
  for (const auto& database : report_.databases) {
    if (!is_clean(database) || !is_named(database)) continue;
    if (database.rehearsal.starts_with("not rehearsed")) not_rehearsed.insert(database.rehearsal);
    if (database.changes.empty()) {
      ++unchanged;
    } else if (++changed <= most) {
      names.push_back(code_span(database.name));
      if (report_.databases.size() > most_clean_summaries) continue;
      names.back() += fmt::format(" ({})", prose(change_summary(database.changes)));
    }
  }
  if (changed > most) names.push_back(fmt::format("{} more", changed - most));
  std::vector<std::string> parts;
  if (!names.empty()) parts.push_back("no findings in " + join(names, ", "));
  if (unchanged > 0)
    parts.push_back(counted(static_cast<long long>(unchanged), "database") + " unchanged");
  for (const std::string& why : not_rehearsed) parts.push_back(prose(why));
  if (!parts.empty()) out_ += (sections_ > 0 ? "\n" : "") + join(parts, " · ") + "\n";
}

void PullRequestComment::allowed() {
  const auto total = static_cast<std::size_t>(report_.allowed());
  if (total == 0) return;
  out_ += "\nAllowed in the schema's own comments:\n";
  std::size_t written = 0;
  for (const DatabaseReport* database : shown_) {
    for (const auto& reported : database->findings) {
      const Finding& finding = reported.finding;
      if (finding.allowed_because.empty() || written == extent_.allowed) continue;
      ++written;
      const std::string approved = reported.approved_by.empty()
                                       ? ""
                                       : " (approved by " + code_span(reported.approved_by) + ")";
      out_ += fmt::format("- {} {} {}: {}{}\n", rule(finding.rule), code_span(finding.object),
                          place(reported.place, false), prose(finding.allowed_because), approved);
    }
  }
  if (total > written) out_ += fmt::format("- {} more\n", total - written);
}

std::string PullRequestComment::place(const Place& place, bool in_table) const {
  if (place.file.empty()) return {};
  std::string words = place.file;
  if (place.line > 0) words += fmt::format(":{}", place.line);
  const std::string& base = place.old_side ? options_.base_url : options_.head_url;
  std::string shown = in_table ? table_code(words) : code_span(words);
  // Not every renderer knows a longer fence inside a link.
  if (!base.empty() && place.file.find('`') == std::string::npos) {
    shown = fmt::format("[{}]({}{}", shown, base, url_path(place.file));
    if (place.line > 0) shown += fmt::format("#L{}", place.line);
    shown += ')';
  }
  return place.old_side ? shown + " (before)" : shown;
}

std::string PullRequestComment::rule(const std::string& id) const {
  if (options_.rules_url.empty()) return table_code(id);
  return fmt::format("[{}]({}{}.md)", table_code(id), options_.rules_url, url_path(id));
}

void PullRequestComment::finding_row(const ReportedFinding& reported,
                                     const DatabaseReport& database) {
  const Finding& finding = reported.finding;
  const Place& where = reported.place;
  std::vector<std::string> places{rule(finding.rule)};
  if (!where.file.empty()) places.push_back(place(where, true));
  if (shown_.size() > 1) places.push_back("in " + table_code(database.name));
  std::string what = prose(finding.message);
  const std::string evidence = join(to_words(evidence_beside_message(finding)), "; ");
  if (!evidence.empty()) what += "<br>" + prose(evidence);
  std::string instead;
  if (finding.remedy) instead = prose(finding.remedy->explanation);
  out_ += fmt::format("| {} | {} | {} | {} |\n", dot(finding.severity), join(places, "<br>"), what,
                      instead);
}

void PullRequestComment::findings() {
  std::size_t written = 0;
  std::size_t more = 0;
  for (const auto severity : {Severity::error, Severity::warning, Severity::note}) {
    for (const DatabaseReport* database : shown_) {
      for (const auto& reported : database->findings) {
        const Finding& finding = reported.finding;
        if (finding.severity != severity || !finding.allowed_because.empty()) continue;
        if (!is_shown(finding) || written == extent_.rows) {
          ++more;
          continue;
        }
        if (written++ == 0) out_ += "\n| | where | what | instead |\n|---|---|---|---|\n";
        finding_row(reported, *database);
      }
    }
  }
  if (more > 0) out_ += left_out(more, more == 1 ? "finding" : "findings");
  out_ += '\n';
}

void PullRequestComment::remedies() {
  if (!extent_.remedies) return;
  std::size_t written = 0;
  for (std::size_t i = 0; i < sections_; ++i) {
    for (const auto& reported : shown_[i]->findings) {
      const Finding& finding = reported.finding;
      if (!is_shown(finding) || !finding.remedy || finding.remedy->sql.empty()) continue;
      if (written++ == extent_.rows) break;
      if (written == 1) out_ += "<details><summary>What to run instead</summary>\n\n";
      out_ += fmt::format("{} {}{}:\n\n", rule(finding.rule), code_span(finding.object),
                          finding.remedy->is_for_no_transaction()
                              ? ", each statement by itself, not in one transaction"
                              : "");
      out_ += code_block(join(finding.remedy->sql, ";\n") + ";", "sql");
    }
  }
  if (written > 0) end_details();
}

void PullRequestComment::begin_details(std::string_view title, std::string_view preposition,
                                       const DatabaseReport& database) {
  out_ += fmt::format("<details><summary>{}", title);
  if (is_named(database)) {
    out_ += fmt::format(" {} <code>{}</code>", preposition, html(database.name));
  }
  out_ += "</summary>\n\n";
}

void PullRequestComment::changes(const DatabaseReport& database) {
  if (!extent_.changes || database.changes.empty()) return;
  begin_details("Changes", "in", database);
  std::size_t written = 0;
  for (const auto& change : database.changes) {
    if (written++ == extent_.rows) break;
    const std::string text = one_line(change.after.empty() ? change.before : change.after);
    std::string detail = shortened(text, longest_sql);
    if (!change.before.empty() && !change.after.empty()) {
      detail = shortened(one_line(change.before), longest_sql) + " → " + detail;
    }
    const char sign = change_sign(change);
    // What is not understood has no other name than all of its text.
    const bool is_whole = one_line(change.object) == text;
    out_ += fmt::format("- {} {} {}{}\n",
                        sign == '+'   ? "➕"
                        : sign == '-' ? "➖"
                                      : "✏️",
                        prose(change_words(change)), is_whole ? "" : code_span(change.object) + " ",
                        detail.empty() ? "" : (is_whole ? "" : " ") + code_span(detail));
  }
  if (database.changes.size() > extent_.rows) {
    out_ += left_out(database.changes.size() - extent_.rows, "changes");
  }
  out_ += '\n';
  end_details();
}

/// One line for each mode, in the order of the locks; those that nobody waits for last.
std::string locks_cell(const Impact& impact) {
  std::vector<std::pair<LockMode, std::vector<std::string>>> by_mode;
  std::vector<std::string> last;
  for (const auto& lock : impact.locks) {
    if (is_at_the_end(lock, impact)) {
      last.push_back(fmt::format("{} on {}, {}", to_sql(lock.mode),
                                 table_code(to_sql(lock.relation)), at_the_end));
      continue;
    }
    auto same = std::find_if(by_mode.begin(), by_mode.end(),
                             [&](const auto& one) { return one.first == lock.mode; });
    if (same == by_mode.end()) same = by_mode.insert(by_mode.end(), {lock.mode, {}});
    same->second.push_back(table_code(to_sql(lock.relation)));
  }
  std::vector<std::string> lines;
  for (const auto& [mode, relations] : by_mode) {
    const std::string_view who = who_waits(mode);
    lines.push_back(fmt::format("{} on {}{}", to_sql(mode), join(relations, ", "),
                                who.empty() ? "" : fmt::format(": {} wait", who)));
  }
  lines.insert(lines.end(), last.begin(), last.end());
  if (!lines.empty()) return join(lines, "<br>");
  if (!impact.known) return "unknown";
  return impact.fails ? "–" : "none that blocks a table";
}

std::string work_cell(const ReportedStatement& statement) {
  const Impact& impact = statement.impact;
  std::vector<std::string> lines;
  if (impact.fails) {
    lines.push_back(fmt::format("**fails**: {} ({})", prose(impact.fails->reason),
                                prose(impact.fails->sqlstate)));
  }
  if (!impact.known) lines.emplace_back("could not be predicted");
  if (!impact.work.empty()) lines.push_back(prose(work_words(impact)));
  if (impact.known) lines.push_back(prose(duration_words(statement)));
  for (const auto& condition : impact.conditions) lines.push_back(prose(condition));
  return join(lines, "<br>");
}

void PullRequestComment::diagram(const DatabaseReport& database) {
  if (!extent_.diagrams || database.diagram.empty()) return;
  begin_details("Changed tables", "of", database);
  out_ += code_block(std::string(trim(database.diagram)), "mermaid");
  end_details();
}

void PullRequestComment::statements(const DatabaseReport& database) {
  const auto& all = database.statements;
  if (!extent_.statements || std::none_of(all.begin(), all.end(), is_worth_showing)) return;
  begin_details("Statements and locks", "in", database);
  out_ += "| # | statement | locks | work | in a transaction |\n|---|---|---|---|---|\n";
  std::size_t written = 0;
  std::size_t more = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!is_worth_showing(all[i])) continue;
    if (written == extent_.rows) {
      ++more;
      continue;
    }
    ++written;
    const ReportedStatement noticed = what_others_notice(all[i]);
    out_ += fmt::format("| {} | {} | {} | {} | {} |\n", i + 1,
                        table_code(shortened(one_line(all[i].sql), longest_sql)),
                        locks_cell(noticed.impact), work_cell(noticed),
                        all[i].impact.transactional ? "yes" : "**not possible**");
  }
  if (more > 0) out_ += left_out(more, "statements");
  out_ += '\n';
  end_details();
}

void PullRequestComment::details(const DatabaseReport& database) {
  changes(database);
  diagram(database);
  statements(database);
  if (extent_.safe_plans && !database.safe_plan.empty()) {
    begin_details("The safe way", "for", database);
    out_ += code_block(std::string(trim(database.safe_plan)), "sql");
    for (const auto* still : {&database.safe_plan_exceptions, &database.safe_plan_losses})
      for (const std::string& one : *still) out_ += "Still: " + prose(one) + "\n\n";
    end_details();
  }
}

void PullRequestComment::notes() {
  if (!extent_.notes) return;
  std::vector<std::string> lines;
  for (const auto& note : report_.notes) lines.push_back(prose(note));
  for (std::size_t i = 0; i < sections_; ++i) {
    const DatabaseReport& database = *shown_[i];
    const std::string name = code_span(database.name);
    const auto add = [&](const std::string& note) {
      lines.push_back(!is_named(database) ? prose(note) : name + ": " + prose(note));
    };
    if (!database.facts_source.empty()) add("facts: " + database.facts_source);
    if (!database.rehearsal.empty()) add(database.rehearsal);
    for (const auto& note : database.notes) add(note);
  }
  if (lines.empty()) return;
  out_ += "\nNotes:\n";
  for (std::size_t i = 0; i < std::min(lines.size(), extent_.rows); ++i) {
    out_ += "- " + lines[i] + "\n";
  }
  if (lines.size() > extent_.rows) out_ += fmt::format("- {} more\n", lines.size() - extent_.rows);
  out_ += '\n';
}

/// "17", or "15, 17" when databases differ; empty when nothing was judged.
std::string majors_judged_for(const Report& report) {
  std::set<int> majors;
  for (const DatabaseReport& database : report.databases) majors.insert(database.postgres);
  majors.erase(0);
  return fmt::format("{}", fmt::join(majors, ", "));
}

/// Of the database alone, or the plans of those that change.
void PullRequestComment::checksums(std::vector<std::string>& parts) const {
  constexpr std::size_t most = 5;
  std::size_t changed = 0;
  for (const DatabaseReport& database : report_.databases) {
    if (database.plan_checksum.empty() || database.changes.empty()) continue;
    if (++changed > most) continue;
    const std::string plan = code_span(short_checksum(database.plan_checksum));
    if (report_.databases.size() > 1) {
      parts.push_back(fmt::format("plan of {} {}", code_span(database.name), plan));
      continue;
    }
    parts.push_back("plan " + plan);
    parts.push_back(fmt::format("schema {} → {}", code_span(short_checksum(database.base_checksum)),
                                code_span(short_checksum(database.head_checksum))));
  }
  if (changed > most) parts.push_back(fmt::format("{} more plans", changed - most));
}

void PullRequestComment::footer() {
  std::vector<std::string> parts;
  checksums(parts);
  if (!report_.base.empty()) parts.push_back("base " + code_span(short_commit(report_.base)));
  if (!report_.head.empty()) parts.push_back("head " + code_span(short_commit(report_.head)));
  if (const std::string majors = majors_judged_for(report_); !majors.empty())
    parts.push_back("judged for PostgreSQL " + majors);
  parts.push_back("schemagate" + (report_.version.empty() ? "" : " " + report_.version));
  if (!options_.run_url.empty()) parts.push_back(fmt::format("[run]({})", options_.run_url));
  if (!options_.rules_url.empty()) parts.push_back(fmt::format("[rules]({})", options_.rules_url));
  if (report_.count(Severity::error) > 0) {
    parts.emplace_back("to allow a line: `-- schemagate: allow RULE: reason` above it");
  }
  // Right behind </details> the renderer would take it for HTML, in which nothing is marked up.
  if (!out_.ends_with("\n\n")) out_ += '\n';
  out_ += fmt::format("<sub>{}</sub>\n", join(parts, " · "));
}

/// From everything to the verdict alone.
std::vector<Extent> extents() {
  std::vector<Extent> all(1);
  const auto then = [&](auto&& change) {
    all.push_back(all.back());
    change(all.back());
  };
  then([](Extent& extent) { extent.diagrams = false; });
  then([](Extent& extent) { extent.statements = false; });
  then([](Extent& extent) { extent.safe_plans = false; });
  then([](Extent& extent) { extent.changes = false; });
  then([](Extent& extent) { extent.remedies = false; });
  then([](Extent& extent) { extent.only_errors = true; });
  for (const std::size_t rows : std::array<std::size_t, 5>{50, 20, 10, 3, 1}) {
    then([&](Extent& extent) { extent.rows = extent.allowed = rows; });
  }
  then([](Extent& extent) { extent.rows = extent.allowed = 0; });
  then([](Extent& extent) { extent.notes = false; });
  return all;
}

}  // namespace

std::string to_markdown(const Report& report, const MarkdownOptions& options) {
  std::string text;
  for (const auto& extent : extents()) {
    text = PullRequestComment(report, options, extent).text();
    if (text.size() <= options.limit) return text;
  }
  return text;
}

}  // namespace schemagate
