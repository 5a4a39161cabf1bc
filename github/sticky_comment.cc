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

/// A section and what its heading says, which stands in a hidden line while the headline says it.
struct Titled {
  std::string title, rest;
};

constexpr std::string_view heading = "### ";
constexpr std::string_view hidden_begin = "<!-- schemagate:title ", hidden_end = " -->";

Titled titled(const std::string& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = std::string_view(text).substr(0, end);
  std::string_view title;
  if (line.starts_with(heading)) title = line.substr(heading.size());
  if (line.starts_with(hidden_begin) && line.ends_with(hidden_end))
    title = line.substr(hidden_begin.size(), line.size() - hidden_begin.size() - hidden_end.size());
  return title.empty() ? Titled{"", text}
                       : Titled{std::string(title), text.substr(std::min(end + 1, text.size()))};
}

/// "🔴 schemagate: 1 error" and "🟠 Gate: stale": "🔴 schemagate: 1 error · gate **stale**".
std::string headline(const std::string& findings, const std::string& gate) {
  constexpr std::array<std::string_view, 7> worst_first{"⛔", "🔴", "🟠", "⏳", "🔵", "🟢", ""};
  constexpr std::string_view gate_begins = "Gate: ";
  const auto dot = std::find_if(worst_first.begin(), worst_first.end(), [&](std::string_view one) {
    return findings.starts_with(one) || gate.starts_with(one);
  });
  const auto words = [&](const std::string& title) {
    for (const std::string_view one : worst_first)
      if (!one.empty() && title.starts_with(one))
        return std::string(trim(std::string_view(title).substr(one.size())));
    return title;
  };
  std::string of_gate = words(gate);
  if (of_gate.starts_with(gate_begins)) of_gate.erase(0, gate_begins.size());
  return fmt::format("{}{} {} · gate **{}**\n", heading, *dot, words(findings), of_gate);
}

/// GitHub may hand line ends back as \r\n.
std::string normal(std::string text) { return replace_all(std::move(text), "\r\n", "\n"); }

Outcome<std::optional<Comment>> find(Client& client, int number, std::string_view name,
                                     Identity& identity) {
  auto all = issue_comments(client, number);
  if (!all) return all.refusal();
  std::erase_if(
      *all, [&](const Comment& comment) { return !comment.body.starts_with(hidden_marker(name)); });
  if (all->empty()) return std::optional<Comment>();
  const Viewer& us = identity.viewer();
  if (std::any_of(all->begin(), all->end(),
                  [&](const Comment& comment) { return may_be_ours(comment, name, us); }))
    return who_we_are_is_unknown();
  // Of several the newest: an older one could not be edited.
  const auto ours = std::find_if(all->rbegin(), all->rend(), [&](const Comment& comment) {
    return is_ours(comment, name, us);
  });
  if (ours == all->rend()) return std::optional<Comment>();
  return std::optional<Comment>(*ours);
}

}  // namespace

std::string with_section(const std::string& body, std::string_view name, Section section,
                         std::string_view text) {
  const auto now = [&](Section one) {
    return one == section ? without_marks(text) : section_of(normal(body), one).value_or("");
  };
  const auto framed = [](Section one, const std::string& said) {
    return said.empty() ? ""
                        : begin_of(one) + said + (said.ends_with('\n') ? "" : "\n") + end_of(one);
  };
  const Titled findings = titled(now(Section::findings));
  const std::string gate = now(Section::gate), gate_title = titled(gate).title;
  std::string out = hidden_marker(name) + "\n", first_line;
  if (!findings.title.empty() && !gate_title.empty()) {
    out += headline(findings.title, gate_title);
    first_line = fmt::format("{}{}{}\n", hidden_begin, findings.title, hidden_end);
  } else if (!findings.title.empty()) {
    first_line = fmt::format("{}{}\n", heading, findings.title);
  }
  return out + framed(Section::findings, first_line + findings.rest) + framed(Section::gate, gate);
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
    // One that can't be edited (another app made it, somebody deleted it) is followed by a new one.
    const bool is_followed = !written && old &&
                             (written.refusal().kind == Refusal::Kind::permission ||
                              written.refusal().kind == Refusal::Kind::not_found);
    if (is_followed) written = create_issue_comment(client, number, body);
    if (!written) return written.refusal();
    if (!old || is_followed) identity.learn({written->author, written->author_id});
    if (is_followed) return std::optional<Comment>(*written);
    const auto after = find(client, number, name, identity);
    // The other writer has begun a comment at the same moment: its own stays, ours goes.
    if (!old && after && after->has_value() && (*after)->id > written->id)
      (void)delete_issue_comment(client, written->id);
    if (!after || last || !after->has_value() ||
        section_of(normal((*after)->body), section) == section_of(body, section))
      return std::optional<Comment>(*written);
  }
}

Outcome<std::optional<Comment>> replace_section(Client& client, int number, std::string_view name,
                                                Identity& identity, Section section,
                                                std::string_view text) {
  const auto found = find(client, number, name, identity);
  if (!found) return found.refusal();
  if (!found->has_value() || !section_of(normal((*found)->body), section))
    return std::optional<Comment>();
  return write_section(client, number, name, identity, section, text);
}

}  // namespace schemagate::github
