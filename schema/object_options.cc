// SPDX-License-Identifier: MIT
#include "schema/object_options.h"

#include <vector>

#include "schema/canonical_tree.h"
#include "schema/name.h"

namespace schemagate {

bool has_object_options(ObjectKind kind) {
  return kind == ObjectKind::server || kind == ObjectKind::user_mapping ||
         kind == ObjectKind::foreign_data_wrapper;
}

ObjectOptions object_options(const std::string& sql) {
  using canonical::TokenKind;
  const std::string_view begin = " OPTIONS (";
  const auto at = sql.find(begin);
  ObjectOptions result{sql.substr(0, at), {}};
  if (at == std::string::npos) return result;
  std::vector<canonical::Token> one;  // [SET | ADD | DROP] name ['value']
  for (auto& token : canonical::tokenize(sql.substr(at + begin.size()))) {
    if (token.kind != TokenKind::symbol && token.kind != TokenKind::end) {
      one.push_back(std::move(token));
      continue;
    }
    const bool value = !one.empty() && one.back().kind == TokenKind::string;
    if (value && one.size() > 1)
      result.options.emplace_back(one[one.size() - 2].text, one.back().text);
    else if (!one.empty())
      result.options.emplace_back("-" + one.back().text, "");
    one.clear();
    if (token.text == ")") break;
  }
  return result;
}

std::string to_sql(const ObjectOptions& object) {
  std::string list;
  for (const auto& [name, value] : object.options)
    list += (list.empty() ? "" : ", ") + quote_identifier(name) + " " + quote_literal(value);
  return list.empty() ? object.head : object.head + " OPTIONS (" + list + ")";
}

}  // namespace schemagate
