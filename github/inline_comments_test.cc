// SPDX-License-Identifier: MIT
#include "github/inline_comments.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "analyzers/review.h"
#include "github/comment_marker.h"
#include "github/comment_text.h"

namespace schemagate::github {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

/// A finding on a statement of its own, that is on one line.
ReportedFinding found(const std::string& path, int line, const std::string& sql,
                      Severity severity = Severity::error) {
  ReportedFinding reported;
  reported.finding.rule = "drop-column";
  reported.finding.object = "public.users.plan";
  reported.finding.severity = severity;
  reported.finding.message = "the values of users.plan are lost";
  reported.place = {path, line, 1, line, 1 + static_cast<int>(sql.size()), false, sql};
  return reported;
}

/// What a run at a commit finds in one database.
Report report_of(std::vector<ReportedFinding> findings, const std::string& name = "shop") {
  Report report;
  report.of_all_databases = true;
  DatabaseReport& database = report.databases.emplace_back();
  database.name = name;
  for (ReportedFinding& one : findings) one.fingerprint = fingerprint(one.finding, name);
  database.findings = std::move(findings);
  return report;
}

/// The pull request's page: every line of every file takes comments.
class Page {
 public:
  InlinePlan plan(const Report& report) {
    InlineOptions options = options_;
    options.head = std::string(7, static_cast<char>('a' + pushes_++)) + std::string(33, '0');
    for (const DatabaseReport& database : report.databases)
      for (const ReportedFinding& one : database.findings)
        lines_[one.place.file] = {{{1, 100}}, {{1, 100}}};
    return plan_comments(report, comments_, lines_, options);
  }
  /// Does what the plan says.
  InlinePlan push(const Report& report) {
    InlinePlan done = plan(report);
    for (const CommentEdit& edit : done.edits) at(edit.id).body = edit.body;
    for (const NewLineComment& one : done.comments) {
      ReviewComment& made = add(one.comment.path, one.comment.body);
      made.line = one.comment.line;
      made.start_line = one.comment.start_line;
      made.side = one.comment.side;
    }
    return done;
  }
  ReviewComment& add(const std::string& path, std::string body) {
    ReviewComment& made = comments_.emplace_back();
    made.id = static_cast<std::int64_t>(comments_.size());
    made.author = "github-actions[bot]";
    made.author_id = options_.viewer.id;
    made.body = std::move(body);
    made.path = path;
    return made;
  }
  void reply(std::int64_t to) {
    ReviewComment& made = add(at(to).path, "we know");
    made.author_id = 1;
    made.reply_to = to;
  }
  ReviewComment& at(std::int64_t id) { return comments_.at(static_cast<std::size_t>(id - 1)); }
  Ending ending(std::int64_t id) { return read_marker(at(id).body).ending; }
  std::size_t size() const { return comments_.size(); }
  InlineOptions& options() { return options_; }

 private:
  InlineOptions options_{"", "", "", 25, {"github-actions[bot]", 41898282}};
  std::vector<ReviewComment> comments_;
  DiffLines lines_;
  int pushes_ = 0;
};

const char* const a = "ALTER TABLE users DROP COLUMN plan;";
const char* const b = "ALTER TABLE users DROP COLUMN IF EXISTS plan;";

TEST_CASE("a comment ends when its finding does, and only where somebody looked") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a)}));
  Report nobody = report_of({});
  nobody.databases[0].judged = false;
  CHECK(page.plan(nobody).edits.empty());
  nobody.databases[0].name = "-";  // as of a run that failed before it knew the databases
  nobody.of_all_databases = false;
  CHECK(page.plan(nobody).edits.empty());
  // Others were asked for, and are clean.
  Report others = report_of({}, "billing");
  others.of_all_databases = false;
  CHECK(page.plan(others).edits.empty());
  Report unchanged;
  unchanged.unchanged_databases = {"shop"};
  CHECK(page.plan(unchanged).edits.size() == 1);
  page.push(report_of({}));
  CHECK(page.ending(1) == Ending::gone);
  CHECK_THAT(page.at(1).body, ContainsSubstring("✅ Gone as of fffffff."));
}

TEST_CASE("a finding that facts, a rehearsal or the base's tip showed is gone when they say so") {
  const std::map<Ground, std::string> words{
      {Ground::facts, "there are no facts of the database"},
      {Ground::rehearsal, "no rehearsal ran every statement"},
      {Ground::landing, "what would land on the base's tip is not known"}};
  for (const auto& [ground, why] : words) {
    Page page;
    ReportedFinding shown = found("m/2.sql", 1, a);
    shown.rests_on = {ground};
    page.push(report_of({shown, found("m/3.sql", 1, b)}));
    Report without = report_of({});
    without.databases[0].missing = {ground};
    const InlinePlan left = page.push(without);
    CHECK(page.ending(1) == Ending::open);
    CHECK(page.ending(2) == Ending::gone);
    CHECK(left.not_looked_at == 1);
    CHECK(left.why == std::set{why});
    without.databases[0].missing = {Ground::facts, Ground::rehearsal, Ground::landing};
    without.databases[0].missing.erase(ground);
    page.push(without);
    CHECK(page.ending(1) == Ending::gone);
  }
}

/// A part of the file that could not be read.
ReportedFinding unread(const std::string& path, int line) {
  ReportedFinding reported = found(path, line, "CREATE TABEL \"" + path + "\" ();");
  reported.finding.rule = "syntax-error";
  reported.finding.object = "";
  return reported;
}

TEST_CASE("nothing is gone from a database of which a part could not be read") {
  Page page;
  page.push(report_of({found("db/a.sql", 1, a), found("db/b.sql", 1, b)}));
  page.push(report_of({unread("db/a.sql", 1)}));
  CHECK(page.ending(1) == Ending::open);
  CHECK(page.ending(2) == Ending::open);
  REQUIRE(page.size() == 3);
  // Another file is the one that can't be read now: that is known.
  page.push(report_of({unread("db/b.sql", 7)}));
  CHECK(page.ending(1) == Ending::open);
  CHECK(page.ending(2) == Ending::open);
  CHECK(page.ending(3) == Ending::gone);
  CHECK(page.size() == 4);
  // An allowed one was not read either.
  ReportedFinding allowed = unread("db/b.sql", 7);
  allowed.finding.allowed_because = "generated";
  page.push(report_of({allowed}));
  CHECK(page.ending(1) == Ending::open);
  page.push(report_of({}));
  for (const std::int64_t id : {1, 2, 3, 4}) CHECK(page.ending(id) == Ending::gone);
}

TEST_CASE("a database that can be read is not held up by another one") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a)}));
  Report both = report_of({unread("b/2.sql", 1)}, "billing");
  both.databases.emplace_back().name = "shop";
  page.push(both);
  CHECK(page.ending(1) == Ending::gone);
}

TEST_CASE("a database that no configuration has is not gone") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a)}));
  Report others = report_of({}, "billing");
  others.databases[0].judged = false;
  CHECK(page.plan(others).edits.empty());
  others.databases[0].judged = true;
  page.push(others);
  CHECK(page.ending(1) == Ending::unconfigured);
  CHECK_THAT(page.at(1).body, ContainsSubstring("⚪ Not judged any more as of ccccccc"));
  page.push(report_of({found("m/2.sql", 1, a)}));
  CHECK(page.ending(1) == Ending::open);
}

TEST_CASE("of two findings of one fingerprint each keeps its comment") {
  const auto both = [] { return report_of({found("m/2.sql", 1, a), found("m/3.sql", 1, b)}); };
  Page page;
  page.push(both());
  REQUIRE(page.size() == 2);
  CHECK(page.push(report_of({found("m/3.sql", 5, b)})).edits.size() == 1);
  CHECK(page.ending(1) == Ending::gone);
  CHECK(page.ending(2) == Ending::open);
  page.push(both());
  CHECK(page.ending(1) == Ending::open);
  CHECK(page.push(both()).edits.empty());
  page.push(report_of({found("m/2.sql", 9, a)}));
  CHECK(page.ending(1) == Ending::open);
  CHECK(page.ending(2) == Ending::gone);
  CHECK(page.size() == 2);
}

TEST_CASE("a finding is followed by its statement into another file, and by its file when edited") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a), found("m/2.sql", 2, b)}));
  // One statement moves to another file, the other is edited where it is: its line is gone.
  page.at(2).line = 0;
  const std::string edited = std::string(b) + " -- why";
  const InlinePlan moved =
      page.push(report_of({found("m/2.sql", 1, edited), found("m/3.sql", 1, a)}));
  CHECK(page.size() == 2);
  CHECK(moved.shown.empty());  // neither stands where its finding is now
  CHECK(page.ending(1) == Ending::open);
  CHECK(page.ending(2) == Ending::open);
  CHECK(read_marker(page.at(1).body).statement == marker_hash(a));
  CHECK(read_marker(page.at(2).body).statement == marker_hash(edited));
  // Another statement in another file is another finding.
  page.push(report_of({found("m/4.sql", 1, std::string(a) + std::string(b))}));
  REQUIRE(page.size() == 3);
  CHECK(page.ending(1) == Ending::gone);
  CHECK(page.ending(2) == Ending::gone);
  CHECK(page.at(3).path == "m/4.sql");
}

TEST_CASE("a comment beside a line that is there is not made to speak of another line") {
  Page page;
  page.push(report_of({found("m/2.sql", 2, a)}));
  page.at(1).line = 3;  // moved by GitHub, its text is the same
  page.push(report_of({found("m/2.sql", 6, b)}));
  REQUIRE(page.size() == 2);
  CHECK(page.ending(1) == Ending::gone);
  CHECK(page.at(2).line == 6);
  // On the file there is no line that could be edited.
  page.at(2).line = 0;
  page.at(2).on_file = true;
  page.push(report_of({found("m/2.sql", 8, std::string(b) + " -- why")}));
  CHECK(page.size() == 3);
  CHECK(page.ending(2) == Ending::gone);
}

TEST_CASE("a finding whose comment has lost its line stands beside no line") {
  Page page;
  page.options().most = 2;
  page.push(report_of({found("m/2.sql", 1, a)}));
  page.at(1).line = 0;
  const InlinePlan outdated = page.push(
      report_of({found("m/2.sql", 1, a), found("m/3.sql", 1, b), found("m/4.sql", 1, "SELECT 1")}));
  CHECK(page.ending(1) == Ending::open);
  // It is among the open ones nevertheless.
  REQUIRE(outdated.shown.size() == 1);
  CHECK(outdated.shown[0]->place.file == "m/3.sql");
  CHECK(outdated.left_out == 1);
  page.at(1).on_file = true;
  CHECK(page.push(report_of({found("m/2.sql", 1, a)})).shown.size() == 1);
}

TEST_CASE("statements of one text are told apart by their lines") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a), found("m/2.sql", 2, a)}));
  page.at(1).line = 0;  // GitHub: the line is gone
  page.at(2).line = 1;
  page.push(report_of({found("m/2.sql", 1, a)}));
  CHECK(page.ending(1) == Ending::gone);
  CHECK(page.ending(2) == Ending::open);
}

TEST_CASE("what two runs at once have said twice ends with its finding") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a)}));
  page.add("m/2.sql", page.at(1).body).line = 1;
  CHECK(page.plan(report_of({found("m/2.sql", 1, a)})).edits.empty());
  page.push(report_of({}));
  CHECK(page.ending(1) == Ending::gone);
  CHECK(page.ending(2) == Ending::gone);
}

TEST_CASE("a finding that is allowed or a note by now is not gone, and its comment says what is") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a)}));
  ReportedFinding allowed = found("m/2.sql", 1, a);
  allowed.finding.allowed_because = "nobody <b>reads</b> it, says @kim";
  const InlinePlan plan = page.push(report_of({allowed}));
  CHECK(plan.shown.empty());
  CHECK(page.ending(1) == Ending::allowed);
  CHECK_THAT(page.at(1).body,
             ContainsSubstring("☑️ Allowed as of bbbbbbb in the schema's own comments: nobody "
                               "&lt;b&gt;reads&lt;/b&gt; it, says @\u200Bkim\n"));
  CHECK(page.push(report_of({allowed})).edits.empty());
  allowed.approved_by = "lee";
  page.push(report_of({allowed}));
  CHECK_THAT(page.at(1).body,
             ContainsSubstring("as of bbbbbbb") && ContainsSubstring(" (approved by `lee`)\n"));
  page.push(report_of({found("m/2.sql", 1, a, Severity::note)}));
  CHECK(page.ending(1) == Ending::note);
  CHECK_THAT(
      page.at(1).body,
      ContainsSubstring("🔵 Only a note as of eeeeeee: the values of users.plan are lost\n") &&
          !ContainsSubstring("Allowed"));
  page.push(report_of({}));
  CHECK(page.ending(1) == Ending::gone);
  // What was said first is what is kept, once.
  CHECK_THAT(page.at(1).body,
             ContainsSubstring("<details><summary>What was said</summary>\n\n🔴 **error** "
                               "`drop-column`\n\nthe values of users.plan are lost\n\n</details>"));
  CHECK(page.at(1).body.find("What was said") == page.at(1).body.rfind("What was said"));
  page.push(report_of({found("m/2.sql", 1, a)}));
  CHECK(page.ending(1) == Ending::open);
  CHECK_THAT(page.at(1).body, !ContainsSubstring("What was said"));
  CHECK(page.size() == 1);
}

TEST_CASE("notes and what is allowed get no comment of their own, nor another's") {
  Page page;
  CHECK(page.push(report_of({found("m/2.sql", 1, a, Severity::note)})).comments.empty());
  ReportedFinding allowed = found("m/3.sql", 1, b);
  allowed.finding.allowed_because = "empty";
  page.push(report_of({found("m/2.sql", 1, a), allowed}));
  REQUIRE(page.size() == 1);
  CHECK(page.at(1).path == "m/2.sql");
  CHECK(page.ending(1) == Ending::open);
}

ReportedFinding replaced(int line, int end_line) {
  ReportedFinding reported = found("m/2.sql", line, a);
  reported.place.end_line = end_line;
  reported.finding.remedy = Remedy{"in two steps", {"SELECT 1"}, false};
  reported.replacement = Replacement{line, end_line, "SELECT '\n```suggestion\n';\nSELECT 1;"};
  return reported;
}

TEST_CASE("only what stands has a button") {
  Page page;
  page.push(report_of({replaced(2, 3)}));
  CHECK_THAT(page.at(1).body, ContainsSubstring("\n````suggestion\n"));
  const std::string open = page.at(1).body;
  page.push(report_of({}));
  CHECK_THAT(page.at(1).body, !ContainsSubstring("`suggestion"));
  CHECK_THAT(page.at(1).body, ContainsSubstring("\n````sql\nSELECT '\n"));
  page.push(report_of({replaced(2, 3)}));
  CHECK(page.at(1).body == open);
  // The statement has another line: the button would replace two of three.
  page.push(report_of({replaced(2, 4)}));
  CHECK_THAT(page.at(1).body, !ContainsSubstring("`suggestion"));
  // Lines above move it: the button is where GitHub has the comment, if that is where it should be.
  CHECK(page.push(report_of({replaced(12, 13)})).shown.empty());
  CHECK_THAT(page.at(1).body, !ContainsSubstring("`suggestion"));
  page.at(1).line = 13;
  page.at(1).start_line = 12;
  CHECK(page.push(report_of({replaced(12, 13)})).shown.size() == 1);
  CHECK_THAT(page.at(1).body, ContainsSubstring("````suggestion\n"));
  page.at(1).line = page.at(1).start_line = 0;  // outdated: GitHub's button is off, ours stays
  page.push(report_of({replaced(2, 5)}));
  CHECK_THAT(page.at(1).body, ContainsSubstring("````suggestion\n"));
}

TEST_CASE("what people answered is left alone until its finding comes back") {
  Page page;
  page.push(report_of({found("m/2.sql", 1, a)}));
  const std::string said = page.at(1).body;
  page.reply(1);
  page.push(report_of({}));
  CHECK(page.at(1).body == said);
  ReportedFinding allowed = found("m/2.sql", 1, a);
  allowed.finding.allowed_because = "empty";
  page.push(report_of({allowed}));
  CHECK(page.at(1).body == said);
  CHECK(page.push(report_of({found("m/2.sql", 3, a)})).comments.empty());
}

TEST_CASE("comments about what was not judged count among the open ones") {
  Page page;
  page.options().most = 2;
  page.push(report_of({found("m/2.sql", 1, a)}));
  Report others = report_of({found("b/2.sql", 1, a), found("b/3.sql", 1, b)}, "billing");
  others.databases.emplace_back().name = "shop";
  others.databases.back().judged = false;
  const InlinePlan plan = page.push(others);
  CHECK(plan.comments.size() == 1);
  CHECK(plan.left_out == 1);
}

TEST_CASE("findings of one fingerprint are shown each by itself") {
  Page page;
  page.options().most = 1;
  const Report report = report_of({found("m/2.sql", 1, a), found("m/3.sql", 1, b)});
  const InlinePlan plan = page.push(report);
  REQUIRE(plan.shown.size() == 1);
  CHECK(plan.shown[0] == &report.databases[0].findings[0]);
}

TEST_CASE("comments with markers of an earlier form are found again") {
  Page page;
  const Report report = report_of({found("m/2.sql", 1, a), found("m/3.sql", 1, b)});
  const std::string print = report.databases[0].findings[0].fingerprint;
  page.add("m/2.sql", "<!-- schemagate:v1 - fp=" + print + " -->\nsaid").line = 1;
  page.add("m/3.sql", "<!-- schemagate:v1 - fp=" + print + "-2 -->\nsaid").line = 1;
  page.add("m/4.sql", "<!-- schemagate:v1 - fp=" + print + "-3 fixed -->\n✅ Gone as of 1234567.");
  Report nobody = report_of({});
  nobody.databases[0].judged = false;
  CHECK(page.plan(nobody).edits.empty());
  CHECK(page.push(report_of({found("m/3.sql", 1, b)})).edits.size() == 2);
  CHECK(page.ending(1) == Ending::gone);
  CHECK(page.ending(2) == Ending::open);
  CHECK_THAT(page.at(3).body, ContainsSubstring("Gone as of 1234567."));
  CHECK(page.size() == 3);
}

TEST_CASE("a marker is read as it was written, whatever the set-up's name") {
  Marker marker{"0123456789abcdef", "01234567", "89abcdef",
                Ending::allowed,    "abcdef0",  {Ground::facts, Ground::landing}};
  CHECK(to_text(marker, "") ==
        "<!-- schemagate:v1 - fp=0123456789abcdef db=01234567 at=89abcdef since=abcdef0 on-facts "
        "on-landing allowed -->");
  const Marker read = read_marker(to_text(marker, "gone") + "\nfp=other since=never gone -->");
  CHECK(read.ending == Ending::allowed);
  CHECK(read.fingerprint == marker.fingerprint);
  CHECK(read.database == marker.database);
  CHECK(read.statement == marker.statement);
  CHECK(read.since == marker.since);
  CHECK(read.rests_on == marker.rests_on);
}

TEST_CASE("an ended comment stays within GitHub's limit") {
  Marker marker{"0123456789abcdef", "01234567", "89abcdef", Ending::note, "abcdef0", {}};
  ReportedFinding long_winded = found("m/2.sql", 1, a);
  long_winded.finding.message = std::string(100'000, 'x');
  const std::string body = open_comment(marker, "", long_winded, "", false);
  CHECK(body.size() <= max_body);
  const std::string ended = ended_comment(marker, "", &long_winded, body);
  CHECK(ended.size() <= max_body);
  CHECK_THAT(ended, StartsWith("<!-- schemagate:v1 - ") && ContainsSubstring("Only a note"));
}

}  // namespace
}  // namespace schemagate::github
