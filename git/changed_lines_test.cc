// SPDX-License-Identifier: MIT
#include "git/changed_lines.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <regex>

#include "tests/repository.h"

namespace schemagate::git {

std::ostream& operator<<(std::ostream& out, const Hunk& hunk) {
  return out << fmt::format("-{},{} +{},{}", hunk.old_start, hunk.old_lines, hunk.new_start,
                            hunk.new_lines);
}

namespace {

using Hunks = std::vector<Hunk>;

std::string lines(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += fmt::format("line {}\n", i);
  return text;
}

TEST_CASE("a changed line, and where it can be commented") {
  const auto found = changed_lines(lines(1, 20), lines(1, 9) + "changed\n" + lines(11, 20));
  CHECK(found.changes == Hunks{{10, 1, 10, 1}});
  CHECK(found.hunks == Hunks{{7, 7, 7, 7}});
  CHECK(found.is_added(10));
  CHECK_FALSE(found.is_added(9));
  CHECK(found.is_removed(10));
  CHECK_FALSE(found.is_removed(11));
  CHECK(found.can_comment(7, 13));
  CHECK_FALSE(found.can_comment(6, 7));
  CHECK_FALSE(found.can_comment(13, 14));
  CHECK_FALSE(found.can_comment(13, 7));
  CHECK(found.can_comment_old(10, 10));
  CHECK_FALSE(found.can_comment_old(9, 10));
}

TEST_CASE("added lines only, removed lines only") {
  const auto added = changed_lines(lines(1, 3), "new\n" + lines(1, 3) + "new\n");
  CHECK(added.changes == Hunks{{0, 0, 1, 1}, {3, 0, 5, 1}});
  CHECK(added.hunks == Hunks{{1, 3, 1, 5}});
  CHECK(added.is_added(1));
  CHECK(added.is_added(5));
  CHECK_FALSE(added.is_removed(1));
  const auto removed = changed_lines(lines(1, 9), lines(1, 4) + lines(7, 9));
  CHECK(removed.changes == Hunks{{5, 2, 4, 0}});
  CHECK(removed.hunks == Hunks{{2, 8, 2, 6}});
  CHECK(removed.can_comment_old(5, 6));
  CHECK_FALSE(removed.is_added(4));
}

TEST_CASE("a new file, a deleted file, and no difference") {
  CHECK(changed_lines("", lines(1, 3)).changes == Hunks{{0, 0, 1, 3}});
  CHECK(changed_lines("", lines(1, 3)).hunks == Hunks{{0, 0, 1, 3}});
  CHECK(changed_lines(lines(1, 3), "").hunks == Hunks{{1, 3, 0, 0}});
  CHECK(changed_lines(lines(1, 3), lines(1, 3)).changes.empty());
  CHECK(changed_lines("", "").hunks.empty());
}

TEST_CASE("a line end at the end of the file is a change of its line") {
  CHECK(changed_lines("a\nb", "a\nb\n").changes == Hunks{{2, 1, 2, 1}});
}

TEST_CASE("nobody can comment in a binary file, but its lines are compared") {
  const std::string binary("a\0b\n", 4);
  const auto found = changed_lines(binary, binary + "c\n");
  CHECK(found.changes == Hunks{{1, 0, 2, 1}});
  CHECK(found.hunks.empty());
}

/// Hunks as the git program prints them.
Hunks hunks_of_git(const testing::TemporaryFolder& folder, const std::string& before,
                   const std::string& after) {
  folder.write("a", before);
  folder.write("b", after);
  std::string printed;
  // diff --no-index exits with 1 when there is a difference: an alias hides that.
  printed =
      testing::run_git(folder.path(), {"-c", "alias.d=!git diff --no-index -U3 a b || true", "d"});
  Hunks hunks;
  static const std::regex header(R"(@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@)");
  for (auto at = std::sregex_iterator(printed.begin(), printed.end(), header);
       at != std::sregex_iterator(); ++at) {
    const auto number = [&](std::size_t group) {
      return (*at)[group].matched ? std::stoi((*at)[group].str()) : 1;
    };
    hunks.push_back({number(1), number(2), number(3), number(4)});
  }
  return hunks;
}

TEST_CASE("hunks are those that the git program prints, over random texts") {
  const testing::TemporaryFolder folder;
  std::mt19937 random(20260101);
  const auto below = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
  // Few different lines, some indented, some blank: what makes a diff ambiguous.
  const std::vector<std::string> words = {
      "CREATE TABLE t (\n", "  id integer,\n", "  name text\n", ");\n", "\n", "  -- note\n"};
  for (int round = 0; round < 150; ++round) {
    std::vector<std::string> text;
    for (int i = below(40); i > 0; --i) text.push_back(words[std::size_t(below(6))]);
    auto changed = text;
    for (int i = below(6); i > 0; --i) {
      const auto place = changed.begin() + below(int(changed.size()) + 1);
      if (below(2) && place != changed.end()) {
        changed.erase(place);
      } else {
        changed.insert(place, words[std::size_t(below(6))]);
      }
    }
    std::string before;
    std::string after;
    for (const auto& line : text) before += line;
    for (const auto& line : changed) after += line;
    if (below(5) == 0 && !after.empty()) after.pop_back();
    INFO("round " << round << "\n--- before\n" << before << "--- after\n" << after);
    CHECK(changed_lines(before, after).hunks == hunks_of_git(folder, before, after));
  }
}

}  // namespace
}  // namespace schemagate::git
