// SPDX-License-Identifier: MIT
#include "github/transport.h"

namespace schemagate::github {

std::string Response::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

}  // namespace schemagate::github
