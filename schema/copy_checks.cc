// SPDX-License-Identifier: MIT
#include "schema/copy_checks.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

struct KnownOption {
  std::string_view name;
  int since = 14;
};
constexpr std::array<KnownOption, 14> known_options{{{"format"},
                                                     {"freeze"},
                                                     {"delimiter"},
                                                     {"null"},
                                                     {"default", 16},
                                                     {"header"},
                                                     {"quote"},
                                                     {"escape"},
                                                     {"force_quote"},
                                                     {"force_not_null"},
                                                     {"force_null"},
                                                     {"encoding"},
                                                     {"on_error", 17},
                                                     {"log_verbosity", 17}}};

/// The tokens of the list in parentheses behind TO or FROM and its target.
std::vector<Token> option_tokens(const std::string& sql) {
  std::vector<Token> tokens;
  int depth = 0;
  bool behind = false, inside = false;
  for (Token token = next_significant(sql, 0); token.kind != TokenKind::end;
       token = next_significant(sql, token.end)) {
    if (depth == 0 && (is_word(sql, token, "to") || is_word(sql, token, "from"))) behind = true;
    if (depth == 0 && is_word(sql, token, "where")) break;
    if (token.is('(', sql) && ++depth == 1 && behind) {
      inside = true;
      continue;
    }
    if (token.is(')', sql) && --depth == 0 && inside) break;
    if (inside) tokens.push_back(token);
  }
  return tokens;
}

}  // namespace

void check_copy_options(ImpactBuilder& b, const DataStatement& s) {
  const std::vector<Token> tokens = option_tokens(s.sql);
  int depth = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is('(', s.sql)) ++depth;
    if (tokens[i].is(')', s.sql)) --depth;
    const bool first = depth == 0 && (i == 0 || tokens[i - 1].is(',', s.sql));
    if (!first) continue;
    const std::string name =
        to_lower(s.sql.substr(tokens[i].begin, tokens[i].end - tokens[i].begin));
    const auto known = std::find_if(known_options.begin(), known_options.end(),
                                    [&](const KnownOption& one) { return one.name == name; });
    const bool here = (known != known_options.end() && known->since <= b.major()) ||
                      (name == "reject_limit" && b.major() >= 18);
    if (!here) {
      b.fail("42601", "option " + quoted(name) + " not recognized");
      return;
    }
    if (name != "format" || i + 1 >= tokens.size()) continue;
    const Token& value = tokens[i + 1];
    const std::string format = value.kind == TokenKind::string
                                   ? literal_value(s.sql, value)
                                   : to_lower(s.sql.substr(value.begin, value.end - value.begin));
    if (format == "text" || format == "csv" || format == "binary") continue;
    b.fail("22023", "COPY format " + quoted(format) + " not recognized");
    return;
  }
}

}  // namespace schemagate
