// SPDX-License-Identifier: MIT
#include "github/sticky_comment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "github/comment_marker.h"

namespace schemagate::github {
namespace {

/// Another writer may come in between a look and a write: so often it is tried again.
constexpr int attempts = 3;

std::string_view word(Section section) {
  constexpr std::array<std::string_view, 2> words{"findings", "gate"};
  return words.at(static_cast<std::size_t>(section));
}
std::string begin_of(Section section) {
  return fmt::format("<!-- schemagate:begin {} -->\n", word(section));
}
std::string end_of(Section section) {
  return fmt::format("<!-- schemagate:end {} -->\n", word(section));
}

/// What stands in the section; nothing when there is none.
std::optional<std::string> section_of(const std::string& body, Section section) {
  const std::string begin = begin_of(section);
  const std::size_t at = body.find(begin);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t end = body.find(end_of(section), at);
  if (end == std::string::npos) return std::nullopt;
  return body.substr(at + begin.size(), end - at - begin.size());
}

/// SQL of the pull request that holds a mark of ours would end the section, or begin another's.
std::string without_marks(std::string_view text) {
  return replace_all(std::string(text), "<!-- schemagate:", "<!--\u200b schemagate:");
}

/// GitHub may hand line ends back as \r\n.
std::string normal(std::string text) { return replace_all(std::move(text), "\r\n", "\n"); }

Outcome<std::optional<Comment>> find(Client& client, int number, std::string_view name,
                                     Identity& identity) {
  auto all = issue_comments(client, number);
  if (!all) return all.refusal();
  // Of several the newest: an older one could not be edited.
  const auto ours = std::find_if(all->rbegin(), all->rend(), [&](const Comment& comment) {
    return comment.body.starts_with(hidden_marker(name)) &&
           is_ours(comment, name, identity.viewer());
  });
  if (ours == all->rend()) return std::optional<Comment>();
  return std::optional<Comment>(*ours);
}

}  // namespace

std::string with_section(const std::string& body, std::string_view name, Section section,
                         std::string_view text) {
  std::string out = hidden_marker(name) + "\n";
  for (const Section one : {Section::findings, Section::gate}) {
    const std::optional<std::string> old = section_of(normal(body), one);
    const std::string now = one == section ? without_marks(text) : old.value_or("");
    if (now.empty()) continue;
    out += begin_of(one) + now + (now.ends_with('\n') ? "" : "\n") + end_of(one);
  }
  return out;
}

Outcome<bool> has_sticky_comment(Client& client, int number, std::string_view name,
                                 Identity& identity) {
  const auto found = find(client, number, name, identity);
  if (!found) return found.refusal();
  return found->has_value();
}

Outcome<std::optional<Comment>> write_section(Client& client, int number, std::string_view name,
                                              Identity& identity, Section section,
                                              std::string_view text) {
  for (int attempt = 0;; ++attempt) {
    const auto found = find(client, number, name, identity);
    if (!found) return found.refusal();
    const std::optional<Comment>& old = *found;
    if (!old && text.empty()) return std::optional<Comment>();
    const std::string body = with_section(old ? old->body : "", name, section, text);
    if (old && normal(old->body) == body) return old;
    const bool last = attempt + 1 == attempts;
    auto written = old ? edit_issue_comment(client, old->id, body)
                       : create_issue_comment(client, number, body);
    if (!old && written) identity.learn({written->author, written->author_id});
    // One that can't be edited (another app made it, somebody deleted it) is followed by a new one.
    if (!written && old &&
        (written.refusal().kind == Refusal::Kind::permission ||
         written.refusal().kind == Refusal::Kind::not_found))
      written = create_issue_comment(client, number, body);
    if (!written) return written.refusal();
    const auto after = find(client, number, name, identity);
    // The other writer has begun a comment at the same moment: its own stays, ours goes.
    if (!old && after && after->has_value() && (*after)->id > written->id)
      (void)delete_issue_comment(client, written->id);
    if (!after || last || !after->has_value() ||
        section_of(normal((*after)->body), section) == section_of(body, section))
      return std::optional<Comment>(*written);
  }
}

}  // namespace schemagate::github
