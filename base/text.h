// SPDX-License-Identifier: MIT
// Small text helpers that more than one folder needs.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace schemagate {

std::string to_lower(
    std::string_view text);  ///< ASCII only, as PostgreSQL folds identifiers in UTF-8 databases
std::string_view trim(std::string_view text);
/// Views of the text, which outlives them.
std::vector<std::string_view> split(std::string_view text, char separator);
template <class Text>
requires std::is_same_v<Text, std::string> std::vector<std::string_view> split(Text&& text,
                                                                               char separator)
= delete;
/// The words of a text in lower case, whatever stands between them: letters, digits, '_' and all
/// that is not ASCII.
std::set<std::string> lower_case_words(std::string_view text);
/// Calls `use` with each of those words, as it is written.
void for_each_word(std::string_view text, const std::function<void(std::string_view)>& use);
std::string join(std::span<const std::string> parts, std::string_view separator);
/// "db/a.sql" of "./db/a.sql": paths of a repository begin with a name.
std::string_view without_dots(std::string_view path);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// The candidate nearest to `word` by edit distance, when it is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "1,234,567"
std::string with_thousands(long long number);
/// "9.0 GB", "412 kB": powers of 1024, as PostgreSQL's pg_size_pretty speaks.
std::string human_size(long long bytes);
/// "1 row", "3,182 rows".
std::string counted(long long number, std::string_view noun);

/// True when `path` matches the glob: `*` and `?` stay within a folder, `**` crosses folders, {a,b}
/// alternates.
bool glob_match(std::string_view pattern, std::string_view path);

/// True when `text` is valid UTF-8.
bool is_utf8(std::string_view text);
/// The first byte at or after `from` where valid UTF-8 ends, `text.size()` when there is none.
std::size_t first_invalid_utf8(std::string_view text, std::size_t from);

}  // namespace schemagate
