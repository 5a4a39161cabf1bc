// SPDX-License-Identifier: MIT
#include "base/error.h"

namespace schemagate {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::config:
      return "config";
    case ErrorKind::repository:
      return "repository";
    case ErrorKind::source:
      return "source";
    case ErrorKind::database:
      return "database";
    case ErrorKind::github:
      return "github";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace schemagate
