// SPDX-License-Identifier: MIT
#include "git/changed_lines.h"

#include <git2.h>

#include <algorithm>

#include "git/libgit2.h"

namespace schemagate::git {
namespace {

/// https://docs.github.com/en/rest/pulls/comments: a comment's line must be part of the diff, and
/// the diff of a pull request has three lines of context.
constexpr int context = 3;

/// As git's buffer_is_binary(): GitHub shows no lines of such a file.
bool is_binary(std::string_view text) {
  constexpr std::size_t bytes_looked_at = 8000;
  return text.substr(0, bytes_looked_at).find('\0') != std::string_view::npos;
}

int collect(const git_diff_delta*, const git_diff_hunk* hunk, void* payload) {
  static_cast<std::vector<Hunk>*>(payload)->push_back(
      {hunk->old_start, hunk->old_lines, hunk->new_start, hunk->new_lines});
  return 0;
}

std::vector<Hunk> diff(std::string_view before, std::string_view after) {
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
  options.context_lines = 0;
  std::vector<Hunk> hunks;
  check(git_diff_buffers(before.data(), before.size(), nullptr, after.data(), after.size(), nullptr,
                         &options, nullptr, nullptr, collect, nullptr, &hunks),
        "compare two texts");
  return hunks;
}

int count_lines(std::string_view text) {
  const auto ends = std::count(text.begin(), text.end(), '\n');
  return static_cast<int>(ends) + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

/// The first line of one side, also when that side has none: then the line that would follow.
int first_line(int start, int lines) { return lines ? start : start + 1; }

/// `changes` with the lines around them; changes whose surroundings touch share a hunk.
std::vector<Hunk> with_context(const std::vector<Hunk>& changes, int old_total) {
  std::vector<Hunk> hunks;
  for (const auto& change : changes) {
    const int old_first = first_line(change.old_start, change.old_lines);
    const int new_first = first_line(change.new_start, change.new_lines);
    const int after = std::min(context, old_total - (old_first + change.old_lines - 1));
    if (!hunks.empty() && old_first - context <= hunks.back().old_start + hunks.back().old_lines) {
      Hunk& last = hunks.back();
      last.old_lines = old_first + change.old_lines + after - last.old_start;
      last.new_lines = new_first + change.new_lines + after - last.new_start;
    } else {
      const int around = std::min(context, old_first - 1);
      hunks.push_back({old_first - around, around + change.old_lines + after, new_first - around,
                       around + change.new_lines + after});
    }
  }
  for (auto& hunk : hunks) {
    if (hunk.old_lines == 0) --hunk.old_start;
    if (hunk.new_lines == 0) --hunk.new_start;
  }
  return hunks;
}

bool holds(int start, int lines, int first, int last) {
  return start <= first && first <= last && last < start + lines;
}

}  // namespace

bool ChangedLines::is_added(int new_line) const {
  return std::any_of(changes.begin(), changes.end(), [&](const Hunk& hunk) {
    return holds(hunk.new_start, hunk.new_lines, new_line, new_line);
  });
}

bool ChangedLines::is_removed(int old_line) const {
  return std::any_of(changes.begin(), changes.end(), [&](const Hunk& hunk) {
    return holds(hunk.old_start, hunk.old_lines, old_line, old_line);
  });
}

bool ChangedLines::can_comment(int first, int last) const {
  return std::any_of(hunks.begin(), hunks.end(), [&](const Hunk& hunk) {
    return holds(hunk.new_start, hunk.new_lines, first, last);
  });
}

bool ChangedLines::can_comment_old(int first, int last) const {
  return is_removed(first) && is_removed(last) &&
         std::any_of(hunks.begin(), hunks.end(), [&](const Hunk& hunk) {
           return holds(hunk.old_start, hunk.old_lines, first, last);
         });
}

ChangedLines changed_lines(std::string_view before, std::string_view after) {
  start_libgit2();
  ChangedLines result;
  result.changes = diff(before, after);
  if (!is_binary(before) && !is_binary(after)) {
    result.hunks = with_context(result.changes, count_lines(before));
  }
  return result;
}

}  // namespace schemagate::git
