// SPDX-License-Identifier: MIT
// GitHub in trouble while a second push is judged: at each of its requests, with comments, people's
// words and an approval of earlier on the page. What stands there is what an undisturbed run
// leaves, or the log says what was not posted and why; nothing is there twice, and nothing is green
// that should not be.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <regex>
#include <set>

#include "tests/begun.h"
#include "tests/faults.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::string patient = "SET lock_timeout = '5s';\n";
const File blocking(patient + "CREATE INDEX users_email_idx ON users (email);\n");
const File mended(patient + "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n");
const File dropping(patient + "ALTER TABLE users DROP plan;\n");
const File allowed(patient +
                   "-- schemagate: allow drop-column: nobody reads it\n"
                   "ALTER TABLE users DROP plan;\n");

/// A note for each name.
File long_names(int names) {
  std::string columns;
  for (int i = 0; i < names; ++i)
    columns += fmt::format(", a{:02}_{} int", i, std::string(64, 'x'));
  return {"CREATE TABLE long_names (id bigint PRIMARY KEY" + columns + ");\n"};
}

const Files first{
    {"m/2_email.sql", blocking},
    {"m/3_plan.sql", dropping},
    {"m/4_scan.sql", File(patient + "ALTER TABLE users ALTER email SET NOT NULL;\n")}};
/// One finding is mended, one says something else now, one is as it was, others are new.
const Files second{{"m/2_email.sql", mended},
                   {"m/3_plan.sql", allowed},
                   {"m/5_large.sql", File(patient + "CREATE INDEX users_id_idx ON users (id);\n")},
                   {"m/6_names.sql", long_names(1)}};
/// What is left was allowed, and lee approves that.
const Files all_mended{{"m/2_email.sql", mended},
                       {"m/3_plan.sql", allowed},
                       {"m/4_scan.sql", File("CREATE TABLE scans (id bigint PRIMARY KEY);\n")}};

/// People wrote below the page and beside a line, so that there are lists of several pages.
struct Conversation : Begun {
  explicit Conversation(const Files& last) : Begun(Pushes{{first}, last}) {
    for (const char* text : {"Why?", "Because.", "Aha."}) github().add_comment(7, "kim", text);
    const auto comments = github().review_comments(7);
    REQUIRE(comments.size() == 3);
    github().add_reply(comments[2].id, "kim", "Really?");
    github().set_access("lee", "write");
    github().add_review(7, "lee", "APPROVED");
  }
};

/// GitHub does not show one of the new files, as with a diff that is too large.
struct Rich : Conversation {
  explicit Rich(const Files& last = second) : Conversation(last) {
    FakeDiff diff = shown_diff(repository(), base(), head());
    diff["m/5_large.sql"].clear();
    github().push(7, head(), diff);
  }
};

const Inputs no_patience{{"INPUT_API-TIME-BUDGET", "1"}};
const Inputs no_mercy{{"INPUT_API-TIME-BUDGET", "1"}, {"INPUT_POST-FAILURE", "error"}};

bool says(const Played& ended, const std::string& text) {
  return ended.run.out.find(text) != std::string::npos;
}
bool was_answered(const Played& ended, const std::string& method, const std::string& path,
                  int status) {
  const auto requests = ended.story.github().requests();
  return std::any_of(requests.begin(), requests.end(), [&](const SentRequest& one) {
    return one.method == method && one.target.find(path) != std::string::npos &&
           one.status == status;
  });
}

/// Whether lee's approval counts. When it does not, it is told why: it could not be read, or there
/// is nobody by that name.
bool is_approved(const Played& ended) {
  if (!says(ended, "waits for a reviewer")) return true;
  CHECK(
      (says(ended, "approvals can't be read: ") || was_answered(ended, "GET", "/permission", 404)));
  return false;
}

bool is_ours(const github::Comment& comment) { return comment.author == "github-actions[bot]"; }

std::multiset<std::string> beside_lines(const Played& ended) {
  std::multiset<std::string> bodies;
  for (const github::ReviewComment& one : ended.story.github().review_comments(7))
    if (is_ours(one)) bodies.insert(one.path + "\n" + one.body);
  return bodies;
}

std::vector<std::string> pages(const Played& ended) {
  std::vector<std::string> bodies;
  for (const github::Comment& one : ended.story.github().comments(7))
    if (is_ours(one)) bodies.push_back(one.body);
  return bodies;
}

std::size_t annotations(const Played& ended) {
  const auto runs = ended.story.github().check_runs(ended.story.head());
  return runs.empty() ? 0 : runs.back().annotations.size();
}

/// Of each finding one comment, one page, one check run. A page that can't be edited is followed by
/// a new one.
void check_nothing_is_twice(const Played& ended) {
  std::set<std::string> prints;
  for (const std::string& body : beside_lines(ended)) {
    const std::size_t at = body.find(" fp=");
    CHECK(prints.insert(body.substr(at, body.find_first_of(" \n", at + 1) - at)).second);
  }
  const bool edit_refused = was_answered(ended, "PATCH", "/issues/", 403) ||
                            was_answered(ended, "PATCH", "/issues/", 404);
  CHECK(pages(ended).size() <= (edit_refused ? 2U : 1U));
  CHECK(ended.story.github().check_runs(ended.story.head()).size() <= 1);
}

/// The log's line about a reporter that GitHub refused something; empty when it did not.
std::string refusal_of(const Played& ended, const std::string& reporter) {
  const std::regex told("\n" + reporter + ": (?:.*, )?(?:not posted|[0-9]+ not edited): .*");
  std::smatch found;
  return std::regex_search(ended.run.out, found, told) ? found.str() : "";
}

/// What a reporter leaves is there, or the log says why not and what to do, the summary that.
void check_told(const Played& ended, const std::string& reporter, bool is_there) {
  const std::string why = refusal_of(ended, reporter);
  INFO(reporter);
  CHECK((is_there || !why.empty()));
  if (why.empty()) return;
  CHECK_THAT(why, ContainsSubstring("?") || ContainsSubstring("again"));
  const bool is_posted = why.find(" not edited: ") != std::string::npos;
  CHECK_THAT(
      ended.job.summary(),
      ContainsSubstring(is_posted ? "Not brought up to date: " + reporter : "Not posted: ") &&
          ContainsSubstring(reporter));
}

void check_posted_or_told(const Played& ended, const Played& undisturbed) {
  const auto now = pages(ended);
  const std::string head = ended.story.head().substr(0, 7);
  // A comment that is said to be gone is no loss; nor is a finding that is annotated instead.
  const bool elsewhere =
      says(ended, "1 in the table only") && annotations(ended) == annotations(undisturbed) + 1;
  check_told(ended, "review",
             !is_approved(ended) || elsewhere || beside_lines(ended) == beside_lines(undisturbed) ||
                 was_answered(ended, "PATCH", "/pulls/comments/", 404));
  check_told(ended, "comment", !now.empty() && now.back().find(head) != std::string::npos);
  check_told(ended, "check-run", annotations(ended) >= annotations(undisturbed));
  check_told(ended, "status", !ended.status().context.empty());
}

void check_closed(const Played& ended, const Played& undisturbed) {
  CHECK(ended.run.exit_code == 1);
  for (const char* rule : {"not-null-scan", "blocking-index-build", "identifier-too-long"}) {
    CHECK_THAT(ended.run.out, ContainsSubstring(rule));
    CHECK_THAT(ended.job.summary(), ContainsSubstring(rule));
    CHECK_THAT(ended.report(), ContainsSubstring(rule));
  }
  check_posted_or_told(ended, undisturbed);
  check_nothing_is_twice(ended);
  CHECK((ended.status().context.empty() || ended.status().state == github::State::failure));
}

void check_no_trace(const Played& ended, const Played& undisturbed) {
  CHECK(ended.run.exit_code == 1);
  CHECK(ended.story.github().everything() == undisturbed.story.github().everything());
  CHECK_THAT(ended.run.out, !ContainsSubstring("not posted"));
}

TEST_CASE("whatever fails at whatever request of a second push, what is new is posted or told",
          "[github][faults]") {
  at_every_request(Rich(), no_patience, {lasting_faults()}, check_closed);
}

TEST_CASE("trouble that passes leaves no trace, at whatever request of a second push",
          "[github][faults]") {
  at_every_request(Rich(), {}, {passing_faults()}, check_no_trace);
}

TEST_CASE("annotations in batches are there or it is told, whatever fails at their check run",
          "[github][faults]") {
  Files more = second;
  more.insert_or_assign("m/6_names.sql", long_names(51));
  const Rich begun(more);
  const auto adds = [](const SentRequest& one) {
    return one.method == "PATCH" && one.target.find("/check-runs/") != std::string::npos;
  };
  at_every_request(begun, no_patience, {lasting_faults(), adds}, check_closed);
  at_every_request(begun, {}, {passing_faults(), adds}, check_no_trace);
}

TEST_CASE("a second push that mends everything is green only when all of that could be said",
          "[github][faults]") {
  const Conversation begun(all_mended);
  at_every_request(
      begun, no_mercy, {lasting_faults()}, [](const Played& ended, const Played& undisturbed) {
        CHECK(undisturbed.run.exit_code == 0);
        const bool refused = says(ended, "not posted: ") || says(ended, " not edited: ");
        CHECK(ended.run.exit_code == (refused ? 2 : is_approved(ended) ? 0 : 1));
        check_nothing_is_twice(ended);
        if (ended.status().state != github::State::success) return;
        // A status that may or may not have arrived says what was judged.
        CHECK(is_approved(ended));
        for (const char* reporter : {"review", "comment", "check-run"})
          CHECK(refusal_of(ended, reporter).empty());
      });
}

TEST_CASE("a second push asks for all that a job asks for", "[github][faults]") {
  const Rich begun;
  Played undisturbed(begun);
  undisturbed.play();
  const std::regex repository("^/repos/acme/shop"), number("/([0-9a-f]{40}|[0-9]+)"),
      query("\\?.*");
  std::set<std::string> asked;
  for (const SentRequest& one : undisturbed.story.github().requests()) {
    std::string path = std::regex_replace(one.target, query, "");
    path = std::regex_replace(path, repository, "");
    asked.insert(one.method + " " + std::regex_replace(path, number, "/N"));
  }
  CHECK(asked == std::set<std::string>{
                     "GET /pulls/N", "GET /pulls/N/reviews", "GET /collaborators/lee/permission",
                     "GET /pulls/N/comments", "POST /graphql", "PATCH /pulls/comments/N",
                     "POST /pulls/N/reviews", "POST /pulls/N/comments", "GET /issues/N/comments",
                     "PATCH /issues/comments/N", "GET /commits/N/check-runs", "POST /check-runs",
                     "POST /statuses/N"});
}

}  // namespace
}  // namespace schemagate::testing
