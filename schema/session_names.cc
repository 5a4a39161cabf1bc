// SPDX-License-Identifier: MIT
#include "schema/session_names.h"

#include <algorithm>

#include "base/text.h"
#include "schema/canonical_tree.h"

namespace schemagate {

std::string session_name(const OtherStatement& statement) {
  const auto tokens = canonical::tokenize(statement.definition);
  if (tokens.size() < 3) return {};  // the last one is the end
  const bool at_end =
      statement.tag == "FETCH" || statement.tag == "CLOSE CURSOR" || statement.tag == "DEALLOCATE";
  const std::string& name = at_end ? tokens[tokens.size() - 2].text : tokens[1].text;
  return at_end && statement.definition.ends_with(" ALL") ? std::string() : name;
}

std::string query_of(const OtherStatement& statement) {
  const std::string_view word = statement.tag == "PREPARE" ? " AS " : " FOR ";
  const auto at = statement.definition.find(word);
  return at == std::string::npos ? std::string() : statement.definition.substr(at + word.size());
}

Explained explained(const OtherStatement& statement) {
  const auto inner =
      statement.definition.find_first_not_of(' ', std::string_view("EXPLAIN").size());
  if (inner == std::string::npos) return {};
  Explained found{statement.definition.substr(inner), false};
  const auto end = found.sql.starts_with('(') ? found.sql.find(')') : std::string::npos;
  const std::string options = found.sql.substr(0, end == std::string::npos ? 0 : end);
  if (end != std::string::npos) found.sql.erase(0, end + 1);
  found.runs = to_lower(options).find("analyze") != std::string::npos;
  for (const std::string_view word : {"ANALYZE ", "VERBOSE "}) {
    if (!found.sql.starts_with(word)) continue;
    found.runs = found.runs || word == "ANALYZE ";
    found.sql.erase(0, word.size());
  }
  return found;
}

int count_parameters(const std::string& definition) {
  const auto open = definition.find('(');
  const auto query = definition.find(" AS ");
  int count = 0, depth = 0;
  if (open != std::string::npos && open < query) {
    bool quoted = false;
    for (std::size_t at = open; at < definition.size() && at < query; ++at) {
      const char c = definition[at];
      if (c == '\'') quoted = !quoted;
      if (quoted) continue;
      if (c == '(' || c == '[') ++depth;
      if ((c == ')' || c == ']') && --depth == 0) break;
      if (c == ',' && depth == 1) ++count;
    }
    return count + 1;
  }
  for (auto at = definition.find('$'); at != std::string::npos; at = definition.find('$', at + 1)) {
    int number = 0;
    for (std::size_t i = at + 1;
         i < definition.size() && std::isdigit(static_cast<unsigned char>(definition[i])) &&
         number < 1000;
         ++i)
      number = number * 10 + (definition[i] - '0');
    count = std::max(count, number);
  }
  return count;
}

void remember_session_name(Session& session, const OtherStatement& statement) {
  const std::string& tag = statement.tag;
  if (statement.definition == "DISCARD ALL") {
    session.prepared.clear();
    session.cursors.clear();
  }
  if (tag != "PREPARE" && tag != "DEALLOCATE" && tag != "DECLARE CURSOR" && tag != "FETCH" &&
      tag != "CLOSE CURSOR")
    return;
  const std::string name = session_name(statement);
  if (tag == "PREPARE") {
    session.prepared.emplace(name, statement.definition);
  } else if (tag == "DECLARE CURSOR") {
    const bool holds = statement.definition.find(" WITH HOLD ") != std::string::npos;
    session.cursors.emplace(name, Session::Cursor{query_of(statement), holds, false});
  } else if (tag == "FETCH") {
    if (const auto found = session.cursors.find(name); found != session.cursors.end())
      found->second.read = true;
  } else if (tag == "DEALLOCATE") {
    if (name.empty()) session.prepared.clear();
    session.prepared.erase(name);
  } else {
    if (name.empty()) session.cursors.clear();
    session.cursors.erase(name);
  }
}

}  // namespace schemagate
