// SPDX-License-Identifier: MIT
// Lints 5,000 generated migration files (50,000 statements) and compares with the time that
// PostgreSQL's raw parser takes for the same files in the same run, and with squawk when it is on
// this machine. Two sets of files: one that makes its tables itself, so that nothing is found, and
// one that alters tables of which nothing is known, so that much is. Prints ratios, judges nothing.
#include <cstdlib>

#include "bench/run.h"

namespace {

constexpr int files = 5000;
constexpr int times = 3;

/// Ten statements on tables that the same set of files makes.
std::string new_tables(int number) {
  const std::string n = std::to_string(number), t = "t" + n, p = "t" + std::to_string(number / 2);
  return "CREATE TABLE " + t +
         " (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  email text NOT NULL,\n"
         "  amount numeric(12, 2) NOT NULL DEFAULT 0,\n  created_at timestamptz NOT NULL DEFAULT "
         "now()\n);\n"
         "CREATE INDEX " +
         t + "_email_idx ON " + t + " (email);\nALTER TABLE " + p +
         " ADD COLUMN IF NOT EXISTS note" + n + " text;\nALTER TABLE " + p + " ADD COLUMN flag" +
         n + " boolean NOT NULL DEFAULT false;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS " + p +
         "_" + n + " ON " + p + " (created_at, email);\nALTER TABLE " + p + " ADD CONSTRAINT c" +
         n + " CHECK (amount >= 0) NOT VALID;\nCOMMENT ON TABLE " + t +
         " IS 'what is sold';\nUPDATE " + p +
         " SET email = lower(email) WHERE email <> lower(email);\nALTER TABLE " + p +
         " ALTER COLUMN email TYPE varchar(" + std::to_string(100 + number % 100) +
         ");\nGRANT SELECT ON " + t + " TO PUBLIC;\n";
}

/// Ten statements on tables that were there before, half of them dangerous.
std::string old_tables(int number) {
  const std::string n = std::to_string(number), t = "t" + std::to_string(number % 400);
  return "SET lock_timeout = '5s';\nALTER TABLE " + t + " ADD COLUMN note" + n +
         " text;\nCREATE INDEX " + t + "_" + n + " ON " + t + " (email);\nALTER TABLE " + t +
         " ALTER COLUMN email SET NOT NULL;\nALTER TABLE " + t + " ADD CONSTRAINT c" + n +
         " CHECK (amount >= 0);\nALTER TABLE " + t + " DROP COLUMN old" + n +
         ";\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i" + n + " ON " + t +
         " (created_at, email);\nCOMMENT ON COLUMN " + t + ".email IS 'of the customer';\nUPDATE " +
         t + " SET email = lower(email) WHERE id < 100;\nGRANT SELECT ON " + t + " TO PUBLIC;\n";
}

std::vector<std::string> generate(const std::filesystem::path& folder,
                                  std::string (*migration)(int)) {
  std::vector<std::string> names;
  for (int i = 0; i < files; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "%05d.sql", i);
    names.push_back(bench::write(folder / name, migration(i)));
  }
  return names;
}

std::vector<std::string> with(std::vector<std::string> options,
                              const std::vector<std::string>& names) {
  options.insert(options.end(), names.begin(), names.end());
  return options;
}

void compare(const std::filesystem::path& folder, std::string (*migration)(int),
             const char* title) {
  const std::vector<std::string> names = generate(folder, migration);
  const std::string schemagate = bench::own_folder() / "schemagate";
  // The reference runs in a child of its own as well, reading the files like the program does.
  const double raw = bench::best_of(times, bench::own_folder() / "bench_raw_parse", names).seconds;
  const bench::Used quiet =
      bench::best_of(times, schemagate, with({"lint", "--quiet", "--color", "never"}, names));
  const bench::Used json =
      bench::best_of(times, schemagate, with({"lint", "--format", "json"}, names));
  std::printf("%s: 5,000 files, 50,000 statements, CPU seconds, best of %d\n", title, times);
  std::printf("  raw parse            %.3f\n", raw);
  std::printf("  lint --quiet         %.3f   %.1f x raw parse (bound 3)   %ld MB\n", quiet.seconds,
              quiet.seconds / raw, quiet.kilobytes / 1024);
  std::printf("  lint --format json   %.3f   %.1f x raw parse\n", json.seconds, json.seconds / raw);
  const char* named = std::getenv("SQUAWK");
  const std::string squawk = named ? named : ".deps/squawk/bin/squawk";
  if (!std::filesystem::exists(squawk)) {
    std::printf("  squawk               not on this machine (scripts/install-deps --squawk)\n");
    return;
  }
  const double theirs = bench::best_of(times, squawk, with({"--reporter", "json"}, names)).seconds;
  std::printf("  squawk json          %.3f   %.1f x lint --format json (bound 10)\n", theirs,
              theirs / json.seconds);
}

}  // namespace

int main() {
  const bench::Folder folder;
  compare(folder.path() / "new", new_tables, "tables made by the files themselves");
  compare(folder.path() / "old", old_tables, "tables that were there before");
}
