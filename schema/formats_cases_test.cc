// SPDX-License-Identifier: MIT
// Every tool has a case for everything that can go wrong in its folder, or its row says why there
// can't be one. A case tells what it shows in a block "shows": "goose: order, up and down".
// docs/formats.md is written from the table.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/formats.h"
#include "tests/case_file.h"
#include "tests/format_proofs.h"

namespace schemagate {
namespace {

using testing::Case;
using testing::FormatCase;
using testing::FormatProof;

const std::span<const FormatProof> kinds = testing::format_proofs();

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

std::string reason_of(const MigrationFormat& format, const FormatProof& kind) {
  return kind.reason == nullptr ? std::string() : std::string(format.without.*kind.reason);
}

/// What all cases show together.
struct Table {
  /// Format and kind → the case files that show it, in order, each once.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> files;
  struct Ways {
    std::set<Sending> all, shown;  ///< how files are sent in any case, and in those for that
    bool concurrently_runs = false, concurrently_fails = false;
  };
  std::map<std::string, Ways> ways;  ///< by format
};

/// What a case says that it shows, when it does.
void add_shown(const std::string& path, const Case& of, const std::string& line, Table& table) {
  INFO(path << ": " << of.title << ": " << line);
  const std::size_t colon = line.find(": ");
  REQUIRE(colon != std::string::npos);
  const std::string name = line.substr(0, colon);
  const MigrationFormat* format = find_format(name);
  REQUIRE(format != nullptr);
  const FormatCase shown = testing::format_case(*format, of);
  for (const std::string_view word : split(std::string_view(line).substr(colon + 2), ',')) {
    const std::string kind_name(trim(word));
    INFO(kind_name);
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const FormatProof& one) { return one.name == kind_name; });
    REQUIRE(kind != kinds.end());
    CHECK(kind->is_shown(shown));
    Table::Ways& ways = table.ways[name];
    if (kind_name == "transaction") ways.shown.merge(testing::sendings_in(shown));
    if (kind_name == "CONCURRENTLY") {
      ways.concurrently_runs = ways.concurrently_runs || testing::shows_concurrently_runs(shown);
      ways.concurrently_fails = ways.concurrently_fails || testing::shows_concurrently_fails(shown);
    }
    std::vector<std::string>& files = table.files[{name, kind_name}];
    if (std::find(files.begin(), files.end(), path) == files.end()) files.push_back(path);
  }
}

/// How the files of a case are sent that shows how folders are read.
void add_ways(const Case& of, Table& table) {
  const std::string read = of.text("read");
  for (const MigrationFormat* format : formats())
    if (has(read, fmt::format(": {} (", format->name)))
      table.ways[std::string(format->name)].all.merge(
          testing::sendings_in(testing::format_case(*format, of)));
}

Table shown_in_testdata() {
  Table table;
  for (const std::string folder : {"formats", "history", "tools", "programs"})
    for (const auto& path : testing::case_files("testdata/" + folder)) {
      const testing::CaseFile file(path);
      const std::string shown = fmt::format("testdata/{}/{}", folder, path.filename().string());
      for (const Case& one : file.cases()) {
        add_ways(one, table);
        const std::string shows = one.text("shows");
        for (const std::string_view line : split(std::string_view(shows), '\n'))
          if (!trim(line).empty()) add_shown(shown, one, std::string(trim(line)), table);
      }
    }
  return table;
}

/// Where the real tool's own run is written down; empty: its folders are made by hand.
std::string recorded(const MigrationFormat& format) {
  constexpr std::pair<std::string_view, std::string_view> programs[] = {{"knex", "javascript"},
                                                                        {"sequelize", "javascript"},
                                                                        {"typeorm", "javascript"},
                                                                        {"django", "django"},
                                                                        {"rails", "rails"}};
  for (const auto& [name, file] : programs)
    if (name == format.name) return fmt::format("testdata/programs/{}.md", file);
  if (format.name == "alembic") return "tests/migration_command_test.cc";
  const std::string path = fmt::format("testdata/tools/{}.md", format.name);
  return std::filesystem::exists(testing::source_path(path)) ? path : std::string();
}

std::string link_to(std::string_view words, std::string_view path) {
  return fmt::format("[{}](../{})", words, path);
}

/// docs/formats.md: a row per tool, a column per kind.
std::string page_of(const Table& table) {
  std::string page =
      "<!-- generated from the table of formats by schema_test, do not edit: SCHEMAGATE_UPDATE=1 "
      "-->\n"
      "# What is known of each tool, and the case that shows it\n\n"
      "A folder of each tool, made by running the tool itself where Debian or npm has it, else by "
      "hand. Each link is a\ncase: a folder with what is read of it, a pull request with what is "
      "said about it, or what the tool sent to a server.\nWhere there is none, the tool's folder "
      "can't have it, for the reason given.\n\n| tool | `format` | run by the tool |";
  for (const FormatProof& kind : kinds) page += fmt::format(" {} |", kind.name);
  page += "\n|---|---|---|";
  for (std::size_t i = 0; i < kinds.size(); ++i) page += "---|";
  page += '\n';
  for (const MigrationFormat* format : formats()) {
    const std::string run = recorded(*format);
    page += fmt::format("| {} | `{}` | {} |", format->tool, format->name,
                        run.empty() ? "by hand" : link_to("recorded", run));
    for (const FormatProof& kind : kinds) {
      const auto at = table.files.find({std::string(format->name), std::string(kind.name)});
      page += at == table.files.end() ? fmt::format(" {} |", reason_of(*format, kind))
                                      : fmt::format(" {} |", link_to("case", at->second.front()));
    }
    page += '\n';
  }
  return page;
}

TEST_CASE("every tool has a case for everything that its folder can have") {
  const Table table = shown_in_testdata();
  for (const MigrationFormat* format : formats())
    for (const FormatProof& kind : kinds) {
      INFO(format->name << ": " << kind.name);
      const bool shown =
          table.files.count({std::string(format->name), std::string(kind.name)}) != 0;
      CHECK((shown || !reason_of(*format, kind).empty()));
      CHECK_FALSE((shown && !reason_of(*format, kind).empty()));
    }
}

TEST_CASE("every way in which a tool sends files has a case, and CONCURRENTLY where it can be") {
  for (const auto& [name, ways] : shown_in_testdata().ways) {
    INFO(name);
    CHECK(ways.shown == ways.all);
    const bool only_transactions = ways.all == std::set<Sending>{Sending::transaction};
    if (!find_format(name)->without.concurrently.empty() || find_format(name)->is_code) continue;
    CHECK((ways.concurrently_fails || ways.all == std::set<Sending>{Sending::statements}));
    CHECK((ways.concurrently_runs || only_transactions));
  }
}

TEST_CASE("docs/formats.md is the table of formats") {
  const std::filesystem::path path = testing::source_path("docs/formats.md");
  const std::string page = page_of(shown_in_testdata());
  if (testing::updating()) std::ofstream(path) << page;
  CHECK(testing::read_file(path) == page);
}

}  // namespace
}  // namespace schemagate
