// SPDX-License-Identifier: MIT
// diff of two declarative schemas, and check of a pull request in a repository with many
// databases, beside PostgreSQL's raw parse of the same files in the same run. Prints seconds,
// ratios and memory, judges nothing.
#include <cstdlib>

#include "bench/run.h"

namespace {

constexpr int times = 3;

std::string table(int number, bool changed) {
  const std::string n = std::to_string(number), t = "t" + n;
  std::string sql = "CREATE TABLE " + t +
                    " (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
                    "  email text NOT NULL,\n  amount numeric(12, 2) NOT NULL DEFAULT 0,\n"
                    "  parent_id bigint" +
                    (number > 0 ? " REFERENCES t" + std::to_string(number / 2) + " (id)" : "") +
                    ",\n  created_at timestamptz NOT NULL DEFAULT now(),\n" +
                    (changed ? "  note text,\n" : "") + "  CONSTRAINT c" + n +
                    " CHECK (amount >= 0)\n);\nCREATE INDEX " + t + "_email_idx ON " + t +
                    " (lower(email));\nCOMMENT ON TABLE " + t + " IS 'number " + n + "';\n";
  if (number % 10 == 0)
    sql += "CREATE VIEW v" + n + " AS SELECT id, email FROM " + t + " WHERE amount > 0;\n";
  return sql;
}

/// Every `each`-th table has one more column; none with 0.
std::string schema(int tables, int each) {
  std::string sql;
  for (int i = 0; i < tables; ++i) sql += table(i, each > 0 && i % each == 0);
  return sql;
}

/// What a run may use; 0: no bound.
struct Bound {
  double seconds = 0;
  long megabytes = 0;
};

bool report(const char* what, const bench::Used& used, double raw, Bound bound) {
  std::printf("  %-28s %.3f s   %5.1f x raw parse   %4ld MB   exit %d", what, used.seconds,
              used.seconds / raw, used.kilobytes / 1024, used.exit_code);
  if (bound.seconds > 0) std::printf("   (bound %.3f s)", bound.seconds);
  if (bound.megabytes > 0) std::printf("   (bound %ld MB)", bound.megabytes);
  const bool kept = used.seconds >= 0 && used.exit_code <= 1 &&
                    (bound.seconds == 0 || used.seconds <= bound.seconds) &&
                    (bound.megabytes == 0 || used.kilobytes <= bound.megabytes * 1024);
  std::printf(kept ? "\n" : "   MISSED\n");
  return kept;
}

bool diff(const std::filesystem::path& folder, int tables) {
  const std::string before = bench::write(folder / "before.sql", schema(tables, 0)),
                    after = bench::write(folder / "after.sql", schema(tables, tables / 50));
  const double raw =
      bench::best_of(times, bench::own_folder() / "bench_raw_parse", {before, after}).seconds;
  std::printf("diff of two schemas of %d tables, 50 changes\n  %-28s %.3f s\n", tables, "raw parse",
              raw);
  const std::string program = bench::own_folder() / "schemagate";
  return report("diff", bench::best_of(times, program, {"diff", before, after}), raw,
                tables == 2000 ? Bound{0.150, 0} : Bound{});
}

void git(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  const std::vector<std::string> always{
      "-C", folder.string(), "-c", "user.name=bench", "-c", "user.email=bench@example.com"};
  arguments.insert(arguments.begin(), always.begin(), always.end());
  if (bench::run("git", arguments).exit_code != 0) {
    std::fprintf(stderr, "git %s failed\n", arguments[always.size()].c_str());
    std::exit(1);
  }
}

bool check(const std::filesystem::path& folder) {
  constexpr int databases = 50, tables = 200;
  std::filesystem::create_directories(folder);
  git(folder, {"init", "-q"});
  const std::string config =
      "postgres: 17\ndatabases:\n  - name: \"{db}\"\n    schema: db/{db}/*.sql\n";
  std::vector<std::string> files;
  for (int i = 0; i < databases; ++i) {
    const std::string name = "db" + std::to_string(i);
    files.push_back(bench::write(folder / "db" / name / "schema.sql", schema(tables, 0)));
  }
  bench::write(folder / ".schemagate.yml", config);
  git(folder, {"add", "-A"});
  git(folder, {"commit", "-qm", "base"});
  for (int i = 0; i < 3; ++i) bench::write(files[static_cast<std::size_t>(i)], schema(tables, 100));
  git(folder, {"commit", "-qam", "head"});
  const double raw = bench::best_of(times, bench::own_folder() / "bench_raw_parse", files).seconds;
  std::printf(
      "check of a pull request, 50 databases with 10,000 tables, 3 changed\n  %-28s %.3f s\n",
      "raw parse", raw);
  const std::string program = bench::own_folder() / "schemagate";
  return report("check --no-rehearsal",
                bench::best_of(times, program,
                               {"check", "--repo", folder.string(), "--base", "HEAD~1", "--head",
                                "HEAD", "--no-rehearsal"}),
                raw, {0.500, 200});
}

}  // namespace

/// Fails when a bound is missed.
int main() {
  const bench::Folder folder;
  bool kept = diff(folder.path(), 2000);
  kept = diff(folder.path(), 4000) && kept;
  kept = check(folder.path() / "repository") && kept;
  return kept ? 0 : 1;
}
