// SPDX-License-Identifier: MIT
// What a publication contains: CREATE PUBLICATION and the ALTER PUBLICATIONs behind it as one
// statement.
#include <algorithm>

#include "base/text.h"
#include "schema/apply_parts.h"

namespace schemagate {
namespace {

/// The places of `mark` outside parentheses and quotes.
std::vector<std::size_t> places(const std::string& text, std::string_view mark) {
  std::vector<std::size_t> found;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (depth == 0 && quote == 0 && text.compare(i, mark.size(), mark) == 0) found.push_back(i);
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '(') ++depth;
    if (c == ')') --depth;
  }
  return found;
}

struct Publication {
  std::string head, options;         ///< "CREATE PUBLICATION p", " WITH (…)"
  std::vector<std::string> members;  ///< "TABLE public.t", "TABLES IN SCHEMA s", "ALL TABLES"
};

std::vector<std::string> members_of(const std::string& list) {
  std::vector<std::string> members;
  std::size_t begin = 0;
  auto ends = places(list, ", ");
  ends.push_back(list.size());
  for (const std::size_t end : ends) {
    std::string member(trim(list.substr(begin, end - begin)));
    if (member.starts_with("TABLE ONLY ")) member.erase(6, 5);
    members.push_back(std::move(member));
    begin = end + 2;
  }
  return members;
}

Publication taken_apart(const std::string& definition) {
  Publication result;
  std::string rest = definition;
  if (const auto with = places(rest, " WITH ("); !with.empty()) {
    result.options = rest.substr(with.front());
    rest.erase(with.front());
  }
  if (const auto list = places(rest, " FOR "); !list.empty()) {
    result.members = members_of(rest.substr(list.front() + 5));
    rest.erase(list.front());
  }
  result.head = rest;
  return result;
}

std::string put_together(Publication publication) {
  auto& members = publication.members;
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  return publication.head + (members.empty() ? "" : " FOR " + join(members, ", ")) +
         publication.options;
}

/// "TABLE public.t" of "TABLE public.t (a) WHERE (a > 1)".
std::string subject(const std::string& member) {
  const auto open = member.find(" (");
  const auto where = member.find(" WHERE ");
  return member.substr(0, std::min(open, where));
}

void remove(std::vector<std::string>& members, const std::vector<std::string>& gone) {
  for (const std::string& one : gone) {
    members.erase(
        std::remove_if(members.begin(), members.end(),
                       [&](const std::string& member) { return subject(member) == subject(one); }),
        members.end());
  }
}

}  // namespace

std::string canonical_publication(const std::string& definition) {
  return put_together(taken_apart(definition));
}

std::optional<std::string> altered_publication(const std::string& definition,
                                               const std::string& alter) {
  Publication publication = taken_apart(definition);
  for (const std::string_view action : {" ADD TABLE", " DROP TABLE", " SET TABLE"}) {
    const auto at = places(alter, action);
    if (at.empty()) continue;
    const std::string_view word = trim(action.substr(0, action.size() - 5));
    const auto named = members_of(alter.substr(at.front() + word.size() + 2));
    if (word == "SET") publication.members.clear();
    remove(publication.members, named);
    if (word != "DROP")
      publication.members.insert(publication.members.end(), named.begin(), named.end());
    return put_together(std::move(publication));
  }
  return std::nullopt;
}

}  // namespace schemagate
