// SPDX-License-Identifier: MIT
// From JSON that GitHub answered to values; an answer that is not what GitHub documents is a
// refusal like any other. Used by the functions that make calls.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "github/json_reader.h"
#include "github/outcome.h"
#include "github/transport.h"

namespace schemagate::github {

inline Refusal unreadable(const Error& error) {
  return {Refusal::Kind::unreadable, 200, error.what(), "",
          "is GITHUB_API_URL GitHub's REST interface, and is there a proxy in between?"};
}

/// What `read` makes of the answer.
template <class Read>
Outcome<std::invoke_result_t<Read, const JsonView&>> read_answer(const Outcome<Response>& answer,
                                                                 Read read) {
  if (!answer) return answer.refusal();
  try {
    const JsonDocument document(answer->body, "GitHub's answer");
    return read(document.root());
  } catch (const Error& error) {
    return unreadable(error);
  }
}

/// What `read` makes of each element of all pages. A page is an array, or an object that has the
/// array in the field `list`.
template <class Read>
Outcome<std::vector<std::invoke_result_t<Read, const JsonView&>>> read_pages(
    const Outcome<std::vector<std::string>>& pages, Read read, std::string_view list = {}) {
  if (!pages) return pages.refusal();
  std::vector<std::invoke_result_t<Read, const JsonView&>> all;
  try {
    for (const auto& page : *pages) {
      const JsonDocument document(page, "GitHub's answer");
      const auto root = document.root();
      for (const auto& element : (list.empty() ? root : root.at(list)).elements()) {
        all.push_back(read(element));
      }
    }
  } catch (const Error& error) {
    return unreadable(error);
  }
  return all;
}

}  // namespace schemagate::github
