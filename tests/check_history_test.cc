// SPDX-License-Identifier: MIT
// `check` on histories and trees as people make them: which commits are compared, which files are
// read, and what is said where that can't be done.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

constexpr int passed = 0;
constexpr int failed = 1;
constexpr int could_not_judge = 2;

const char* const two_columns = "CREATE TABLE t (a int, b int);\n";
const char* const one_column = "CREATE TABLE t (a int);\n";

struct Checked {
  int exit_code = -1;
  std::string said;  ///< on standard error
  json report;

  /// "rule object" of each finding, of all databases.
  std::vector<std::string> findings() const {
    std::vector<std::string> found;
    for (const json& database : report.at("databases"))
      for (const json& finding : database.at("findings"))
        if (finding.at("severity") != "note")
          found.push_back(finding.at("rule").get<std::string>() + " " +
                          finding.at("object").get<std::string>());
    return found;
  }
  /// "kind object" of each change, of all databases.
  std::vector<std::string> changes() const {
    std::vector<std::string> found;
    for (const json& database : report.at("databases"))
      for (const json& change : database.at("changes"))
        found.push_back(change.at("kind").get<std::string>() + " " +
                        change.at("object").get<std::string>());
    return found;
  }
};

using Strings = std::vector<std::string>;

Checked check_in(const std::string& path, Strings more) {
  Strings arguments{"check", "--repo", path, "--format", "json", "--no-rehearsal"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramRun run = run_program(SCHEMAGATE_BINARY, arguments);
  Checked checked{run.exit_code, run.err, json::parse(run.out)};
  UNSCOPED_INFO(run.out << run.err);
  return checked;
}

Checked check(const TestRepository& repository, Strings more = {}) {
  more.insert(more.end(), {"--base", "main", "--head", "work"});
  return check_in(repository.path(), more);
}

/// "main" has `base`, "work" has `head` on top of it.
struct Change : TestRepository {
  Change(const Files& base, const Files& head) {
    commit("main", base);
    branch("work", tip("main"));
    commit("work", head);
  }
};

TEST_CASE("a pattern stands for the databases that the change brings, deletes or is too old for") {
  const char* const config = "databases: [{name: \"{s}\", schema: \"{s}/db/*.sql\"}]\n";
  Change brings({{".schemagate.yml", config}}, {{"shop/db/t.sql", one_column}});
  CHECK(check(brings).changes() == Strings{"add-table public.t"});
  Change deletes({{".schemagate.yml", config}, {"shop/db/t.sql", two_columns}},
                 {{"shop/db/t.sql", std::nullopt}});
  CHECK(check(deletes).exit_code == failed);
  Change older({{".schemagate.yml", config}}, {{"a.txt", "1"}});
  CHECK(check(older).exit_code == could_not_judge);
  older.commit("main", {{"shop/db/t.sql", one_column}});
  CHECK(check(older).exit_code == passed);
}

TEST_CASE("commits that merged each other have several merge bases: update the branch") {
  Change repository({{"schema.sql", one_column}}, {{"a.txt", "1"}});
  const std::string work = repository.tip("work");
  const std::string main = repository.commit("main", {{"b.txt", "1"}});
  repository.merge("main", "work");
  repository.branch("other", main);
  repository.branch("work", work);
  repository.merge("work", "other");
  const Checked checked = check(repository);
  CHECK(checked.exit_code == could_not_judge);
  CHECK_THAT(checked.said, ContainsSubstring("have 2 merge bases"));
  CHECK_THAT(checked.said, ContainsSubstring("update the branch"));
  CHECK(check(repository, {"--exact"}).exit_code == passed);
}

TEST_CASE("what the base did since the merge base is not blamed on the pull request") {
  Change repository({{"schema/t.sql", two_columns}}, {{"schema/u.sql", "CREATE TABLE u (a int);"}});
  repository.commit("main", {{"schema/t.sql", one_column}});
  const Checked checked = check(repository);
  CHECK(checked.exit_code == passed);
  CHECK(checked.changes() == Strings{"add-table public.u"});
  // As given, the two trees differ in the column as well.
  CHECK(check(repository, {"--exact"}).changes() ==
        Strings{"add-column public.t.b", "add-table public.u"});
}

TEST_CASE("what the change does only on the base's tip is said, and that it is there") {
  Change repository({{"schema/t.sql", two_columns}},
                    {{"schema/t.sql",
                      std::string("-- schemagate: allow drop-column t.b: unused\n") + one_column}});
  CHECK(check(repository).exit_code == passed);
  repository.commit("main", {{"schema/v.sql", "CREATE VIEW v AS SELECT b FROM t;"}});
  const Checked checked = check(repository);
  CHECK(checked.exit_code == failed);
  REQUIRE(checked.report.at("databases").at(0).at("findings").size() >= 1);
  const json& first = checked.report.at("databases").at(0).at("findings").at(0);
  CHECK(first.at("rule") == "failing-statement");
  CHECK_THAT(first.at("message").get<std::string>(),
             ContainsSubstring("on the base's tip, which moved on"));
  CHECK(check(repository, {"--exact"}).changes().size() == 2);
}

TEST_CASE("a conflict with the base is said, the change itself is judged") {
  Change repository({{"schema.sql", two_columns}}, {{"schema.sql", one_column}});
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int, b bigint);\n"}});
  const Checked checked = check(repository);
  CHECK(checked.findings() == Strings{"drop-column public.t.b"});
  CHECK_THAT(checked.report.at("databases").at(0).at("notes").dump(),
             ContainsSubstring("schema.sql in conflict with the base"));
}

TEST_CASE("histories that have nothing in common can't be compared, their trees can") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", two_columns}});
  repository.commit("work", {{"schema.sql", one_column}});
  const Checked checked = check(repository);
  CHECK(checked.exit_code == could_not_judge);
  CHECK_THAT(checked.said, ContainsSubstring("unrelated histories"));
  CHECK(check(repository, {"--exact"}).findings() == Strings{"drop-column public.t.b"});
}

TEST_CASE("a merge of the base into the branch brings nothing of the base into the finding") {
  Change repository({{"schema/t.sql", two_columns}}, {{"schema/t.sql", one_column}});
  repository.commit("main", {{"schema/v.sql", "CREATE TABLE v (a int);"}});
  repository.merge("work", "main");
  const Checked checked = check(repository);
  CHECK(checked.changes() == Strings{"drop-column public.t.b"});
}

TEST_CASE("tags, a detached HEAD, short ids and one commit on both sides are commits") {
  Change repository({{"schema.sql", two_columns}}, {{"schema.sql", one_column}});
  repository.checkout("work");
  const std::string path = repository.path(), head = repository.tip("work");
  run_git(path, {"-c", "user.name=k", "-c", "user.email=k@example.org", "tag", "-a", "-m", "one",
                 "v1", "main"});
  run_git(path, {"checkout", "--quiet", "--detach", "work"});
  for (const Strings& revisions :
       {Strings{"--base", "v1"}, Strings{"--base", "main", "--head", "HEAD"}, Strings{},
        Strings{"--base", "HEAD~1", "--head", head.substr(0, 10)},
        Strings{"--base", "refs/heads/main", "--head", head}})
    CHECK(check_in(path, revisions).findings() == Strings{"drop-column public.t.b"});
  const Checked same = check_in(path, {"--base", "work", "--head", "work"});
  CHECK(same.exit_code == passed);
  CHECK(same.changes().empty());
  for (const char* wrong : {"main^{tree}", "main:schema.sql", "main..work", "--", "HEAD~9"})
    CHECK(check_in(path, {"--base", wrong}).exit_code == could_not_judge);
}

TEST_CASE("bare repositories and linked work trees, from any folder in them") {
  Change repository({{"schema/t.sql", two_columns}}, {{"schema/t.sql", one_column}});
  repository.checkout("main");
  const TemporaryFolder folder;
  const std::string bare = (folder.path() / "bare.git").string(),
                    linked = (folder.path() / "linked").string();
  run_git(folder.path(), {"clone", "--quiet", "--bare", repository.path(), bare});
  const Strings commits{"--base", "main", "--head", "work"};
  CHECK(check_in(bare, commits).findings() == Strings{"drop-column public.t.b"});
  const Checked uncommitted = check_in(bare, {"--uncommitted"});
  CHECK(uncommitted.exit_code == could_not_judge);
  CHECK_THAT(uncommitted.said, ContainsSubstring("no work tree"));

  run_git(repository.path(), {"worktree", "add", "--quiet", linked, "work"});
  CHECK(check_in(linked, {"--base", "main"}).findings() == Strings{"drop-column public.t.b"});
  folder.write("linked/schema/t.sql", "CREATE TABLE t ();\n");
  for (const char* inside : {"", "/schema"})
    CHECK(check_in(linked + inside, {"--uncommitted"}).findings() ==
          Strings{"drop-column public.t.a"});
}

TEST_CASE("the work tree is judged as it is on disk, staged or not, but what is ignored") {
  TestRepository repository;
  repository.commit("main", {{"schema/t.sql", two_columns},
                             {"schema/gone.sql", "CREATE TABLE gone (a int);"},
                             {".gitignore", "ignored.sql\n"}});
  repository.checkout("main");
  CHECK(check_in(repository.path(), {"--uncommitted"}).changes().empty());
  repository.write("schema/t.sql", one_column);
  repository.write("schema/new.sql", "CREATE TABLE new_table (a int);");
  repository.write("schema/ignored.sql", "CREATE TABLE ignored (a int);");
  std::filesystem::remove(repository.path() + "/schema/gone.sql");
  const Strings expected{"add-table public.new_table", "drop-column public.t.b",
                         "drop-table public.gone"};
  const auto changes = [&] {
    Strings found = check_in(repository.path(), {"--uncommitted"}).changes();
    std::sort(found.begin(), found.end());
    return found;
  };
  CHECK(changes() == expected);
  run_git(repository.path(), {"add", "--all"});
  CHECK(changes() == expected);
  const std::string committed = repository.tip("main");
  CHECK(check_in(repository.path(), {"--base", "main", "--head", "main"}).changes().empty());
}

TEST_CASE("line ends, a byte order mark and modes of files are no change of a schema") {
  for (const File& same :
       {File("CREATE TABLE t (a int, b int);\r\n"),
        File("\xef\xbb\xbf"
             "CREATE TABLE t (a int, b int);\n"),
        File("CREATE TABLE t (a int,\r\n  b int);\r\n"), File(two_columns, 0100755)}) {
    const Checked checked = check(Change({{"schema.sql", two_columns}}, {{"schema.sql", same}}));
    CHECK(checked.exit_code == passed);
    CHECK(checked.changes().empty());
  }
  const Checked dropped = check(Change({{"schema.sql",
                                         "\xef\xbb\xbf"
                                         "CREATE TABLE t (a int,\r\n  b int);\r\n"}},
                                       {{"schema.sql",
                                         "\xef\xbb\xbf"
                                         "CREATE TABLE t (a int);\r\n"}}));
  const json& finding = dropped.report.at("databases").at(0).at("findings").at(0);
  CHECK(finding.at("line") == 2);
  CHECK(finding.at("column") == 3);
}

TEST_CASE("files that are moved or split change nothing, a deleted one does") {
  const char* both = "CREATE TABLE t (a int);\nCREATE TABLE u (a int);\n";
  CHECK(check(Change({{"schema/all.sql", both}},
                     {{"schema/all.sql", std::nullopt}, {"schema/moved.sql", both}}))
            .changes()
            .empty());
  CHECK(check(Change({{"schema/all.sql", both}}, {{"schema/all.sql", std::nullopt},
                                                  {"schema/t.sql", one_column},
                                                  {"schema/u.sql", "CREATE TABLE u (a int);"}}))
            .changes()
            .empty());
  CHECK(check(Change({{"schema/t.sql", one_column}, {"schema/u.sql", "CREATE TABLE u (a int);"}},
                     {{"schema/u.sql", std::nullopt}}))
            .findings() == Strings{"drop-table public.u"});
}

TEST_CASE("names that differ in case only are two files") {
  const Checked checked = check(Change({{"schema/t.sql", one_column}},
                                       {{"schema/T.sql", "CREATE TABLE upper_case (a int);"}}));
  CHECK(checked.exit_code == passed);
  CHECK(checked.changes() == Strings{"add-table public.upper_case"});
}

TEST_CASE("what is no file that can be read is refused by name, with what it is") {
  const struct {
    std::string path;
    File file;
    std::string why;
  } cases[] = {
      {"schema/link.sql", symlink_to("t.sql"), "is a symlink"},
      {"schema/sub.sql", submodule_at("0123456789012345678901234567890123456789"),
       "is a submodule"},
      {"schema/\xff\xfe.sql", File("CREATE TABLE u (a int);"), "is not valid UTF-8"},
      {"schema/a\x1b[2J.sql", File("CREATE TABLE u (a int);"), "contains a control character"},
      {"schema/\xe2\x80\xaelqs.sql", File("CREATE TABLE u (a int);"),
       "contains a control character"},
      {"schema/big.sql", File("CREATE TABLE u (a int);" + std::string(9 << 20, '-')),
       "is larger than 8.0 MB"},
  };
  for (const auto& one : cases) {
    const Checked checked = check(Change({{"schema/t.sql", one_column}}, {{one.path, one.file}}));
    CHECK(checked.exit_code == failed);
    const json& finding = checked.report.at("databases").at(0).at("findings").at(0);
    CHECK_THAT(finding.at("message").get<std::string>(), ContainsSubstring(one.why));
    CHECK(checked.changes().empty());
  }
}

TEST_CASE("files that a schema file includes belong to the schema") {
  const Files base{{".schemagate.yml", "databases:\n  - name: d\n    schema: db/all.sql\n"},
                   {"db/all.sql", "\\i db/tables/t.sql\n\\ir 'tables/more.sql'\n"},
                   {"db/tables/more.sql", "\\ir ../views/v.sql\n"},
                   {"db/tables/t.sql", two_columns},
                   {"db/views/v.sql", "CREATE VIEW v AS SELECT a FROM t;\n"}};
  const Checked checked = check(Change(base, {{"db/tables/t.sql", one_column}}));
  CHECK(checked.exit_code == failed);
  CHECK(checked.findings() == Strings{"drop-column public.t.b"});
  CHECK(checked.report.at("databases").at(0).at("findings").at(0).at("file") == "db/tables/t.sql");
  CHECK(checked.report.at("databases").at(0).at("notes").dump().find("\\\\i") == std::string::npos);
  CHECK(check(Change(base, {{"db/views/v.sql", "CREATE VIEW v AS SELECT a, b FROM t;\n"}}))
            .changes() == Strings{"replace-view public.v"});
  CHECK(check(Change(base, {{"db/other.sql", one_column}})).changes().empty());
  // Text that looks like an include, and circles.
  CHECK(check(Change(base, {{"db/tables/more.sql",
                             "\\ir ../all.sql\n\\ir ../views/v.sql\n"
                             "COMMENT ON VIEW v IS '\n\\ir gone.sql\n';\n"}}))
            .exit_code == passed);
}

TEST_CASE("an include that can't be followed is an error, and nothing outside is read") {
  const Files base{{"schema.sql", one_column}};
  for (const char* command :
       {"\\ir ../outside.sql", "\\i /etc/passwd", "\\ir gone.sql", "\\i :folder/t.sql", "\\i"}) {
    const Checked checked =
        check(Change(base, {{"schema.sql", std::string(one_column) + command + "\n"}}));
    CHECK(checked.exit_code == failed);
    const json& finding = checked.report.at("databases").at(0).at("findings").at(0);
    CHECK_THAT(finding.at("message").get<std::string>(), ContainsSubstring("is not followed"));
    CHECK(finding.at("line") == 2);
  }
  // One that stood there before is history.
  const Files old{{"schema.sql", std::string(one_column) + "\\ir gone.sql\n"}};
  const Checked checked =
      check(Change(old, {{"schema.sql", std::string(two_columns) + "\\ir gone.sql\n"}}));
  CHECK(checked.exit_code == passed);
  CHECK_THAT(checked.report.dump(), ContainsSubstring("is not followed"));
  // A chain that is too long ends.
  Files chain;
  for (int i = 0; i < 30; ++i)
    chain.emplace("db/" + std::to_string(i) + ".sql", "\\ir " + std::to_string(i + 1) + ".sql\n");
  chain.emplace(".schemagate.yml", "databases:\n  - name: d\n    schema: db/0.sql\n");
  CHECK(check(Change({{"README", "1"}}, chain)).exit_code == failed);
}

TEST_CASE("--database, --list and --explain leave the rest away") {
  const Files base{{".schemagate.yml",
                    "databases:\n  - name: a\n    schema: a.sql\n  - name: b\n    schema: b.sql\n"},
                   {"a.sql", two_columns},
                   {"b.sql", "CREATE TABLE u (a int, b int);\nCREATE TABLE w (a int);\n"}};
  Change repository(
      base, {{"a.sql", one_column}, {"b.sql", "CREATE TABLE u (a int);\nCREATE TABLE w ();\n"}});
  CHECK(check(repository, {"--database", "a"}).findings() == Strings{"drop-column public.t.b"});
  CHECK(check(repository, {"--database", "a", "--database", "b"}).findings().size() == 3);
  const Checked unknown = check(repository, {"--database", "c"});
  CHECK(unknown.exit_code == could_not_judge);
  CHECK_THAT(unknown.said, ContainsSubstring("known: a, b"));
  for (const char* object : {"u", "public.u", "u.b", "public.u.b"})
    CHECK(check(repository, {"--explain", object}).findings() == Strings{"drop-column public.u.b"});
  CHECK(check(repository, {"--explain", "nothing"}).exit_code == could_not_judge);
  const ProgramRun list = run_program(
      SCHEMAGATE_BINARY,
      {"check", "--repo", repository.path(), "--base", "main", "--head", "work", "--list"});
  CHECK(list.exit_code == passed);
  CHECK(list.out == "a: a.sql (1 file, changed)\nb: b.sql (1 file, changed)\n");
}

}  // namespace
}  // namespace schemagate::testing
