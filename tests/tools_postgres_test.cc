// SPDX-License-Identifier: MIT
// The real tools of migrations run the folders of testdata/tools/ against a server, whose log says
// what they sent; that is golden. The tools come with scripts/install-deps --migrations; with
// scripts/test --all one that is not there is a failure. SCHEMAGATE_TOOL=dbmate runs that one
// alone.
#include <catch2/catch_test_macros.hpp>
#include <iostream>

#include "base/text.h"
#include "postgres/server.h"
#include "tests/options.h"
#include "tests/program.h"
#include "tests/tool_cases.h"

namespace schemagate::testing {
namespace {

using postgres::EphemeralServer;
using postgres::Session;

class ToolServer {
 public:
  explicit ToolServer(EphemeralServer& server) : server_(server) {
    auto opened = server.administer();
    Session& session = std::get<Session>(opened);
    REQUIRE(session.run("CREATE ROLE tool SUPERUSER LOGIN PASSWORD 'tool'").ok());
    socket_ = session.run("SHOW unix_socket_directories").value().value_or("");
    port_ = session.run("SHOW port").value().value_or("");
  }

  void make_database(const std::string& name) const {
    auto opened = server_.administer();
    REQUIRE(std::get<Session>(opened).run("CREATE DATABASE " + name).ok());
  }

  std::map<std::string, std::string> environment(const std::string& database) const {
    return {{"PGHOST", socket_},
            {"PGPORT", port_},
            {"PGUSER", "tool"},
            {"PGPASSWORD", "tool"},
            {"PGDATABASE", database},
            {"TOOLS", std::filesystem::weakly_canonical(source_path(".deps/tools")).string()}};
  }

  /// What it wrote since the last call.
  std::string new_log() {
    const std::string all = read_file(server_.folder() + "/log");
    const std::string fresh = all.substr(read_);
    read_ = all.size();
    return fresh;
  }

 private:
  EphemeralServer& server_;
  std::string socket_, port_;
  std::size_t read_ = 0;
};

/// Without a terminal's colours, and without the line of the server's own source.
std::string without_noise(std::string_view line) {
  line = line.substr(0, line.find(" at line "));
  std::string out;
  for (std::size_t at = 0; at < line.size(); ++at)
    if (line.substr(at, 2) == "\x1b[")
      at = std::min(line.find('m', at), line.size());
    else
      out += line[at];
  return out;
}

/// The first line of a tool's output that says what is wrong.
std::string last_words(const ProgramRun& run, const std::string& folder) {
  const std::string output = run.out + "\n" + run.err;
  std::string last;
  for (const std::string_view line : split(std::string_view(output), '\n')) {
    const std::string shown = replace_all(without_noise(trim(line)), folder, ".");
    if (shown.empty() || shown.starts_with("WARNING") || shown.starts_with("at ") ||
        shown.find("Exception Details") != std::string::npos ||
        shown.find("Exception Primary") != std::string::npos ||
        shown.find("more information") != std::string::npos)
      continue;
    last = shown;
    const std::string words = to_lower(shown);
    for (const std::string_view word :
         {"error", "refuse", "not found", "cannot", "failed", "not run", "duplicate"})
      if (words.find(word) != std::string::npos && !words.ends_with(":")) return shown;
  }
  return last;
}

/// Lays out the files that differ and lets the tool run; what it did is the result.
std::string ran(const std::string& tool, const std::string& command, const TemporaryFolder& folder,
                const std::string& database, const Files& files, ToolServer& server) {
  ProgramSettings settings;
  settings.directory = folder.path().string();
  settings.environment = server.environment(database);
  server.new_log();
  const ProgramRun run = run_program(
      std::filesystem::absolute(source_path("tests/tools/" + tool)).string(), {command}, settings);
  std::string out;
  const std::string log = server.new_log();
  for (const std::string& line : statements_of_log(log, database, files)) out += line + "\n";
  UNSCOPED_INFO(run.out << run.err);
  if (std::getenv("SCHEMAGATE_SHOW_TOOLS") != nullptr) std::cerr << run.out << run.err << log;
  return out + (run.exit_code == 0 ? "done\n" : last_words(run, folder.path().string()) + "\n");
}

void lay_out(const Files& files, const TemporaryFolder& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    std::filesystem::remove_all(entry);
  for (const auto& [path, file] : files)
    if (file) folder.write(path, file->text);
}

bool is_here(const std::string& tool) {
  ProgramSettings settings;
  settings.environment["TOOLS"] = std::filesystem::weakly_canonical(source_path(".deps/tools"));
  return run_program(std::filesystem::absolute(source_path("tests/tools/" + tool)).string(),
                     {"here"}, settings)
             .exit_code == 0;
}

int run_cases(const std::filesystem::path& path, ToolServer& server) {
  const std::string tool = path.stem().string();
  CaseFile file(path);
  int number = 0;
  for (std::size_t i = 0; i < file.cases().size(); ++i) {
    const Case& one = file.cases()[i];
    INFO(path.filename().string() << ": " << one.title);
    const std::string database = replace_all(tool, "-", "_") + "_" + std::to_string(++number);
    server.make_database(database);
    const TemporaryFolder folder;
    const Files base = tool_files(one, false), head = tool_files(one, true);
    lay_out(base, folder);
    file.check_golden(i, "ran base", ran(tool, "up", folder, database, base, server));
    if (has_head(one)) {
      lay_out(head, folder);
      file.check_golden(i, "ran head", ran(tool, "up", folder, database, head, server));
    }
    if (one.part("ran down") != nullptr)
      file.check_golden(i, "ran down", ran(tool, "down", folder, database, base, server));
  }
  file.save();
  return number;
}

void say_missing(const std::string& tool) {
  INFO(tool << " is not installed (scripts/install-deps --migrations)");
  std::cerr << "NOT RUN: " << tool << " is not installed (scripts/install-deps --migrations)\n";
  CHECK_FALSE(all_is_wanted());
}

TEST_CASE("the real tools run their folders") {
  if (!updating() && !all_is_wanted()) SKIP("only scripts/test --all runs the tools themselves");
  const auto installed = postgres::installed_servers(source_path("").string());
  const postgres::Installation* newest = postgres::nearest(installed, 17);
  REQUIRE(newest != nullptr);
  postgres::ServerOptions options;
  options.settings = {{"log_statement", "all"},
                      {"log_line_prefix", std::string(tool_log_prefix)},
                      {"log_min_messages", "error"}};
  auto started = EphemeralServer::start(*newest, options);
  REQUIRE(std::holds_alternative<EphemeralServer>(started));
  ToolServer server(std::get<EphemeralServer>(started));
  const char* only = std::getenv("SCHEMAGATE_TOOL");
  int cases = 0;
  for (const auto& path : case_files("testdata/tools"))
    if (only != nullptr && path.stem() != only)
      continue;
    else if (is_here(path.stem().string()))
      cases += run_cases(path, server);
    else
      say_missing(path.stem().string());
  if (cases == 0) SKIP("none of the tools is installed (scripts/install-deps --migrations)");
}

}  // namespace
}  // namespace schemagate::testing
