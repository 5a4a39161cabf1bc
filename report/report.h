// SPDX-License-Identifier: MIT
// Everything that was found out, resolved to plain values: files, lines, texts. The renderers turn
// it into what people and programs read and need nothing else. The JSON form is a stable contract.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/finding.h"
#include "schema/facts.h"
#include "schema/impact.h"

namespace schemagate {

enum class Verdict { pass, fail, error };
std::string_view to_string(Verdict verdict);

/// What a judgement may need beside the schemas of both sides.
enum class Ground { facts, rehearsal, landing };

/// A place in a file, lines and columns from 1; file is empty where there is none.
struct Place {
  std::string file;
  int line = 0, column = 0, end_line = 0, end_column = 0;
  bool old_side = false;
  std::string excerpt;  ///< the line's text, for the caret display
};

/// Whole lines of a migration file that the remedy takes the place of.
struct Replacement {
  int line = 0, end_line = 0;
  std::string text;
};

struct ReportedFinding {
  Finding finding;  ///< its spans are not used here
  Place place;
  std::string fingerprint;
  std::optional<Replacement> replacement = {};
  /// Allowed by the author: in a pull request that counts once somebody else has approved it.
  bool needs_review = false;
  std::string waits_with = {};     ///< the author's reason, while nobody has
  std::string approved_by = {};    ///< the login of one who has; empty where nobody is asked
  std::set<Ground> rests_on = {};  ///< without these it would not have been found
};

struct ReportedStatement {
  std::string sql;
  Place place;
  Impact impact;
  int group = 0;         ///< transaction group; -1: outside
  std::string duration;  ///< how_long(); empty: from the impact alone, sizes unknown
  std::vector<QualifiedName> new_relations;  ///< of its locks and works, made by the same change:
                                             ///< nobody uses them yet
  std::optional<std::string>
      measured;  ///< `impact --measure`: what disagreed, empty when nothing did
};

struct ReportedChange {
  std::string kind, object, before, after;
  Place place;
};

/// One database of a check; `lint` has one named "-" whose checksums are empty.
struct DatabaseReport {
  std::string name;
  std::string base_checksum, head_checksum, plan_checksum;
  std::vector<ReportedChange> changes;
  std::vector<ReportedStatement> statements;  ///< the plan, or the new migrations
  std::vector<ReportedFinding> findings;      ///< worst first, allowed ones last
  std::vector<std::string> notes;
  std::string safe_plan;  ///< SQL of the online plan; empty when it is the plan itself
  /// What it can't make harmless: "ALTER TABLE … TYPE bigint rewrites public.users under ACCESS
  /// EXCLUSIVE".
  std::vector<std::string> safe_plan_exceptions;
  std::vector<std::string> safe_plan_losses;  ///< … and what it loses or breaks as the plan does
  std::string diagram;       ///< er_diagram() of the change; empty when there is nothing to draw
  std::string facts_source;  ///< "production, postgres 17.2", empty: sizes unknown
  std::string rehearsal;     ///< "rehearsed on PostgreSQL 15.4", or why not
  int postgres = 0;          ///< the major it was judged for; 0: not judged
  bool judged = true;        ///< false: could not be judged (exit 2)
  std::set<Ground> missing;  ///< what was not there: nothing is known of findings that rest on it
};

/// When findings make the verdict `fail`.
enum class FailOn { error, warning, never };

struct Report {
  std::string command;             ///< "check", "lint"
  FailOn fail_on = FailOn::error;  ///< what the verdict was made by
  Verdict verdict = Verdict::pass;
  std::string base, head, merge_base;  ///< commit ids, empty in lint
  std::vector<DatabaseReport> databases;
  std::vector<std::string> notes;                ///< about the run as a whole
  std::vector<std::string> unchanged_databases;  ///< names of those with nothing to judge
  bool of_all_databases = false;  ///< the two lists have every database of the configuration
  std::string version;            ///< the program's own, "0.1.0"

  int count(Severity severity) const;  ///< findings that are not allowed
  int allowed() const;
};

/// For people: "sg1:" and 12 digits.
std::string short_checksum(const std::string& checksum);

/// What the findings that are not allowed come to.
Verdict judge(const Report& report, FailOn fail_on);

/// A class, never false precision: "instant", "grows with public.users (9.0 GB): about 2 min at
/// 100 MB/s", "grows with public.users (size unknown)". The rate is an assumption.
std::string how_long(const Impact& impact, const Facts& facts);

struct TerminalOptions {
  bool color = false;
  bool quiet = false;  ///< findings only, a line each
  int width = 100;
};
/// No byte of a pull request reaches the terminal as a control character, and no line is a command
/// for a GitHub runner that reads along.
std::string to_terminal(const Report& report, const TerminalOptions& options);
/// The statements' locks and work: `impact`.
std::string to_terminal(const std::vector<ReportedStatement>& statements,
                        const TerminalOptions& options);

/// Where the comment's links go; what is empty is not linked. URLs end with '/'.
struct MarkdownOptions {
  std::size_t limit = 65000;  ///< bytes; GitHub takes 65,536 characters
  std::string head_url;       ///< "https://github.com/o/r/blob/<head>/"
  std::string base_url;       ///< … of the old side
  std::string rules_url;      ///< ".../docs/rules/": "drop-column.md" is appended
  std::string run_url;        ///< the workflow run, whole
};
/// The pull request comment (GitHub Markdown); stays below the limit by leaving out details first.
/// All text of the pull request is shown and nothing of it is markup.
std::string to_markdown(const Report& report, const MarkdownOptions& options = {});

/// With `with_statements` each database also lists its statements.
std::string to_json(const Report& report, bool with_statements);
/// `impact --format json`; `measured_on` is the version of the server that ran them, or empty.
std::string statements_to_json(int postgres, const std::vector<ReportedStatement>& statements,
                               const std::string& measured_on,
                               const std::vector<std::string>& notes);
/// `diff --format json`.
std::string difference_to_json(const std::vector<ReportedChange>& changes,
                               const std::vector<ReportedStatement>& statements,
                               const std::vector<std::string>& notes);
/// `inspect --format json`.
std::string inspected_to_json(int postgres, std::string_view checksum, std::string_view sql,
                              const std::vector<std::string>& notes);
/// {"verdict": "error", "error": {...}}: what `--format json` prints when the job can't be done.
std::string error_to_json(std::string_view kind, std::string_view message, std::string_view hint);

/// SARIF 2.1.0, the worst 5,000 findings.
std::string to_sarif(const Report& report);
/// GitHub workflow commands, one line per finding, escaped. `shown` are those of the report's
/// findings that GitHub's page has already.
std::string to_workflow_commands(const Report& report,
                                 const std::set<const ReportedFinding*>& shown = {});

}  // namespace schemagate
