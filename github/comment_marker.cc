// SPDX-License-Identifier: MIT
#include "github/comment_marker.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "base/text.h"

namespace schemagate::github {
namespace {

constexpr std::size_t hash_digits = 8;

struct EndingWord {
  Ending ending;
  std::string_view word;
};
constexpr std::array endings = std::to_array<EndingWord>({
    {Ending::gone, "gone"},
    {Ending::allowed, "allowed"},
    {Ending::note, "note"},
    {Ending::unconfigured, "unconfigured"},
    {Ending::gone, "fixed"},  // as it was before the endings were told apart
});

struct GroundWord {
  Ground ground;
  std::string_view word;
};
constexpr std::array grounds = std::to_array<GroundWord>({
    {Ground::facts, "on-facts"},
    {Ground::rehearsal, "on-rehearsal"},
    {Ground::landing, "on-landing"},
});

/// The marker's first part.
std::string marker_start(std::string_view name) {
  return fmt::format("<!-- schemagate:v1 {}", name.empty() ? "-" : std::string(name));
}

}  // namespace

std::string marker_hash(std::string_view text) {
  return text.empty() ? "" : sha256_hex(text).substr(0, hash_digits);
}

std::string to_text(const Marker& marker, std::string_view name) {
  std::string text = marker_start(name);
  const std::pair<std::string_view, const std::string&> parts[] = {{"fp", marker.fingerprint},
                                                                   {"db", marker.database},
                                                                   {"at", marker.statement},
                                                                   {"since", marker.since}};
  for (const auto& [key, value] : parts)
    if (!value.empty()) text += fmt::format(" {}={}", key, value);
  for (const auto& [ground, word] : grounds)
    if (marker.rests_on.count(ground) != 0) text += fmt::format(" {}", word);
  for (const auto& [ending, word] : endings) {
    if (ending != marker.ending) continue;
    text += fmt::format(" {}", word);
    break;
  }
  return text + " -->";
}

Marker read_marker(const std::string& body) {
  Marker marker;
  const std::string line = body.substr(0, body.find(" -->"));
  const std::vector<std::string_view> parts = split(line, ' ');
  for (std::size_t i = 3; i < parts.size(); ++i) {  // after "<!--", "schemagate:v1" and the name
    const std::string_view part = parts[i];
    const auto value_of = [&](std::string_view key, std::string& value) {
      if (part.starts_with(key)) value = part.substr(key.size());
    };
    value_of("fp=", marker.fingerprint);
    value_of("db=", marker.database);
    value_of("at=", marker.statement);
    value_of("since=", marker.since);
    for (const auto& [ending, word] : endings)
      if (part == word) marker.ending = ending;
    for (const auto& [ground, word] : grounds)
      if (part == word) marker.rests_on.insert(ground);
  }
  // Findings of one fingerprint were numbered before.
  marker.fingerprint = marker.fingerprint.substr(0, marker.fingerprint.find('-'));
  return marker;
}

std::string hidden_marker(std::string_view name) { return marker_start(name) + " -->"; }

bool has_marker(const Comment& comment, std::string_view name) {
  return comment.body.starts_with(marker_start(name) + " ");
}

bool is_ours(const Comment& comment, std::string_view name, const Viewer& viewer) {
  const bool author =
      viewer.id != 0 ? comment.author_id == viewer.id : comment.author == viewer.login;
  return author && has_marker(comment, name);
}

bool may_be_ours(const Comment& comment, std::string_view name, const Viewer& viewer) {
  return viewer.id == 0 && comment.author != viewer.login && comment.author.ends_with("[bot]") &&
         has_marker(comment, name);
}

Refusal who_we_are_is_unknown() {
  return {Refusal::Kind::unreadable, 0,
          "who am I can't be read, and another app's comments may be mine", "",
          "run the job again: GitHub did not tell whom the token belongs to"};
}

}  // namespace schemagate::github
