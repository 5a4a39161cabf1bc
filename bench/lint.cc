// SPDX-License-Identifier: MIT
// Lints 5,000 generated migration files (50,000 statements) and compares with the time that
// PostgreSQL's raw parser takes for the same files in the same run, and with squawk when it is on
// this machine. Prints ratios, judges nothing.
//
//   build/release/bench_lint [FOLDER]     keeps the generated files in FOLDER
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// One migration of ten statements, of the kinds that teams write.
std::string migration(int number) {
  const std::string t = "t" + std::to_string(number), p = "t" + std::to_string(number / 2);
  return "CREATE TABLE " + t +
         " (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  email text NOT NULL,\n"
         "  amount numeric(12, 2) NOT NULL DEFAULT 0,\n  created_at timestamptz NOT NULL DEFAULT "
         "now()\n);\n"
         "CREATE INDEX " +
         t + "_email_idx ON " + t +
         " (email);\n"
         "ALTER TABLE " +
         p + " ADD COLUMN IF NOT EXISTS note" + std::to_string(number) +
         " text;\n"
         "ALTER TABLE " +
         p + " ADD COLUMN flag" + std::to_string(number) +
         " boolean NOT NULL DEFAULT false;\n"
         "CREATE INDEX CONCURRENTLY IF NOT EXISTS " +
         p + "_" + std::to_string(number) + " ON " + p +
         " (created_at, email);\n"
         "ALTER TABLE " +
         p + " ADD CONSTRAINT c" + std::to_string(number) +
         " CHECK (amount >= 0) NOT VALID;\n"
         "COMMENT ON TABLE " +
         t +
         " IS 'what is sold';\n"
         "UPDATE " +
         p +
         " SET email = lower(email) WHERE email <> lower(email);\n"
         "ALTER TABLE " +
         p + " ALTER COLUMN email TYPE varchar(" + std::to_string(100 + number % 100) +
         ");\n"
         "GRANT SELECT ON " +
         t + " TO PUBLIC;\n";
}

std::vector<std::string> generate(const fs::path& folder, int count) {
  fs::create_directories(folder);
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "%05d.sql", i);
    const fs::path file = folder / name;
    std::ofstream(file) << migration(i);
    files.push_back(file.string());
  }
  return files;
}

double cpu_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// CPU seconds of a program with these arguments, its output thrown away; negative when it can't be
/// run.
double run(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const double before = cpu_of_children();
  std::fflush(stdout);  // or the child prints what is still waiting once more
  const pid_t child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stdout);
    std::freopen("/dev/null", "w", stderr);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return -1;
  return cpu_of_children() - before;
}

double best_of(int times, const std::string& program, const std::vector<std::string>& arguments) {
  double best = run(program, arguments);
  for (int i = 1; i < times && best >= 0; ++i) best = std::min(best, run(program, arguments));
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path self = fs::canonical("/proc/self/exe").parent_path();
  const std::string schemagate = (self / "schemagate").string();
  const fs::path folder =
      argc > 1 ? fs::path(argv[1])
               : fs::temp_directory_path() / ("schemagate-bench-" + std::to_string(getpid()));
  const std::vector<std::string> files = generate(folder, 5000);

  // The reference runs in a child of its own as well, reading the files like the program does.
  const double raw = best_of(3, self / "bench_raw_parse", files);
  std::vector<std::string> quiet{"lint", "--quiet", "--color", "never"},
      json{"lint", "--format", "json"};
  quiet.insert(quiet.end(), files.begin(), files.end());
  json.insert(json.end(), files.begin(), files.end());
  const double quiet_seconds = best_of(3, schemagate, quiet),
               json_seconds = best_of(3, schemagate, json);
  std::printf("5,000 files, 50,000 statements, CPU seconds, best of 3\n");
  std::printf("raw parse            %.3f\n", raw);
  std::printf("lint --quiet         %.3f   %.2f x raw parse (bound 3)\n", quiet_seconds,
              quiet_seconds / raw);
  std::printf("lint --format json   %.3f   %.2f x raw parse\n", json_seconds, json_seconds / raw);
  const char* named = std::getenv("SQUAWK");
  const std::string squawk = named ? named : ".deps/squawk/bin/squawk";
  std::vector<std::string> squawk_arguments{"--reporter", "json"};
  squawk_arguments.insert(squawk_arguments.end(), files.begin(), files.end());
  const double squawk_seconds = fs::exists(squawk) ? best_of(3, squawk, squawk_arguments) : -1;
  if (squawk_seconds < 0)
    std::printf("squawk               not on this machine (scripts/install-deps --squawk)\n");
  else
    std::printf("squawk json          %.3f   %.1f x lint --format json (bound 10)\n",
                squawk_seconds, squawk_seconds / json_seconds);
  if (argc <= 1) fs::remove_all(folder);
}
