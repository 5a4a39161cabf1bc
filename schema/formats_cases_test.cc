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
#include <regex>

#include "base/text.h"
#include "schema/formats.h"
#include "tests/case_file.h"

namespace schemagate {
namespace {

using testing::Case;

struct Shown {
  const MigrationFormat* format;
  const Case* of;
  std::string golden;  ///< what is written down of it, all together
};

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

std::string files_text(const Case& of) {
  std::string all;
  for (const testing::CasePart& part : of.parts)
    if (has(part.name, "file ")) all += part.text;
  return all;
}

/// How often a line of what was read is a migration: "1 db/1_a.sql: in a transaction (…)".
std::ptrdiff_t migrations_in(const std::string& golden) {
  static const std::regex sending(
      ": (in a transaction|statement by statement|as one query|as a pipeline|as psql does) \\(");
  return std::distance(std::sregex_iterator(golden.begin(), golden.end(), sending), {});
}

/// A file that the base has is in the head with another text, or is gone.
bool changes_a_file(const Case& of) {
  for (const testing::CasePart& part : of.parts) {
    const std::size_t at = part.name.find("file base ");
    if (at == std::string::npos) continue;
    const std::string path = part.name.substr(at + 10);
    for (const testing::CasePart& other : of.parts)
      if (other.name.ends_with("file head " + path) || other.name == "gone " + path) return true;
  }
  return false;
}

bool has_run_by_tool(const Case& of) { return of.part("ran base") != nullptr; }

bool shows_order(const Shown& shown) {
  if (has_run_by_tool(*shown.of))
    return std::count(shown.golden.begin(), shown.golden.end(), '\n') > 2;
  return migrations_in(shown.golden) > 1;
}

bool shows_down(const Shown& shown) {
  return has(shown.golden, "\n  down\n") || shown.of->part("ran down") != nullptr;
}

bool shows_transaction(const Shown& shown) { return migrations_in(shown.golden) > 0; }

/// What is said about it, or what the tool itself did, which is held against what is said.
bool has_outcome(const Shown& shown) {
  return has(shown.golden, "verdict: ") || has_run_by_tool(*shown.of);
}

bool shows_concurrently(const Shown& shown) {
  return has(to_lower(files_text(*shown.of)), "concurrently") && has_outcome(shown);
}

bool shows_templates(const Shown& shown) {
  static const std::regex placeholder(
      R"(\$\{|\{\{|\$[A-Z]|[^:]:["']?[A-Za-z_]|"\{[a-z]+\}"|%\([a-z]\)s)");
  return std::regex_search(files_text(*shown.of), placeholder);
}

bool shows_edited(const Shown& shown) {
  return changes_a_file(*shown.of) && has(shown.golden, "verdict: ");
}

/// The tool's own words, or that there are none.
bool says(const Shown& shown, std::string_view message, std::string_view otherwise) {
  if (message.empty()) return !has(shown.golden, otherwise) && has_outcome(shown);
  return has(shown.golden, message) || has_run_by_tool(*shown.of);
}

bool shows_duplicate(const Shown& shown) {
  return says(shown, shown.format->duplicate_message, "is also used by");
}

bool shows_late(const Shown& shown) {
  return says(shown, shown.format->late_message, ", which may have run already: ");
}

struct Kind {
  std::string_view name;
  bool (*is_shown)(const Shown& shown);
  std::string_view WithoutCase::*reason;  ///< null: every tool has it
};

constexpr Kind kinds[] = {
    {"order", shows_order, nullptr},
    {"up and down", shows_down, &WithoutCase::up_and_down},
    {"transaction", shows_transaction, &WithoutCase::transaction},
    {"CONCURRENTLY", shows_concurrently, &WithoutCase::concurrently},
    {"templates", shows_templates, &WithoutCase::templates},
    {"edited", shows_edited, nullptr},
    {"duplicate", shows_duplicate, &WithoutCase::duplicate},
    {"late", shows_late, &WithoutCase::late},
};

std::string reason_of(const MigrationFormat& format, const Kind& kind) {
  return kind.reason == nullptr ? std::string() : std::string(format.without.*kind.reason);
}

/// Format and kind → the case files that show it, in order, each once.
using Table = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

std::string golden_of(const Case& of) {
  std::string golden;
  for (const std::string_view part : {"read", "judged", "ran base", "ran head", "ran down"})
    golden += of.text(part);
  return golden;
}

/// What a case says that it shows, when it does.
void add_shown(const std::string& path, const Case& of, const std::string& line, Table& table) {
  INFO(path << ": " << of.title << ": " << line);
  const std::size_t colon = line.find(": ");
  REQUIRE(colon != std::string::npos);
  const std::string name = line.substr(0, colon);
  const MigrationFormat* format = find_format(name);
  REQUIRE(format != nullptr);
  const Shown shown{format, &of, golden_of(of)};
  const bool is_its = has(shown.golden, ": " + name + " (") ||
                      has(shown.golden, "(" + name + ": ") || has(shown.golden, ".hcl, env ") ||
                      has(shown.golden, "read as " + name) || path.ends_with("/" + name + ".md") ||
                      has(path, "/programs/");
  CHECK(is_its);
  for (const std::string_view word : split(std::string_view(line).substr(colon + 2), ',')) {
    const std::string kind_name(trim(word));
    INFO(kind_name);
    const auto kind = std::find_if(std::begin(kinds), std::end(kinds),
                                   [&](const Kind& one) { return one.name == kind_name; });
    REQUIRE(kind != std::end(kinds));
    CHECK(kind->is_shown(shown));
    std::vector<std::string>& files = table[{name, kind_name}];
    if (std::find(files.begin(), files.end(), path) == files.end()) files.push_back(path);
  }
}

Table shown_in_testdata() {
  Table table;
  for (const std::string folder : {"formats", "history", "tools", "programs"})
    for (const auto& path : testing::case_files("testdata/" + folder)) {
      const testing::CaseFile file(path);
      const std::string shown = fmt::format("testdata/{}/{}", folder, path.filename().string());
      for (const Case& one : file.cases()) {
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
  for (const Kind& kind : kinds) page += fmt::format(" {} |", kind.name);
  page += "\n|---|---|---|";
  for (std::size_t i = 0; i < std::size(kinds); ++i) page += "---|";
  page += '\n';
  for (const MigrationFormat* format : formats()) {
    const std::string run = recorded(*format);
    page += fmt::format("| {} | `{}` | {} |", format->tool, format->name,
                        run.empty() ? "by hand" : link_to("recorded", run));
    for (const Kind& kind : kinds) {
      const auto at = table.find({std::string(format->name), std::string(kind.name)});
      page += at == table.end() ? fmt::format(" {} |", reason_of(*format, kind))
                                : fmt::format(" {} |", link_to("case", at->second.front()));
    }
    page += '\n';
  }
  return page;
}

TEST_CASE("every tool has a case for everything that its folder can have") {
  const Table table = shown_in_testdata();
  for (const MigrationFormat* format : formats())
    for (const Kind& kind : kinds) {
      INFO(format->name << ": " << kind.name);
      const bool shown = table.count({std::string(format->name), std::string(kind.name)}) != 0;
      CHECK((shown || !reason_of(*format, kind).empty()));
      CHECK_FALSE((shown && !reason_of(*format, kind).empty()));
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
