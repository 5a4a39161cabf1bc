// SPDX-License-Identifier: MIT
#include "schema/options.h"

#include <algorithm>

namespace schemagate {
namespace {

auto named(Options& options, const std::string& name) {
  return std::find_if(options.begin(), options.end(),
                      [&](const auto& option) { return option.first == name; });
}

}  // namespace

Options by_name(Options options) {
  std::sort(options.begin(), options.end());
  return options;
}

bool same_options(const Options& a, const Options& b) { return a == b || by_name(a) == by_name(b); }

Options set_options(Options options, const Options& written) {
  options = without_options(std::move(options), written);
  options.insert(options.end(), written.begin(), written.end());
  return options;
}

Options altered_foreign_options(Options options, const Options& written) {
  for (const auto& [name, value] : written) {
    const bool drops = name.starts_with("-");
    const auto at = named(options, drops ? name.substr(1) : name);
    if (at == options.end()) {
      if (!drops) options.emplace_back(name, value);
    } else if (drops) {
      options.erase(at);
    } else {
      at->second = value;
    }
  }
  return options;
}

Options without_options(Options options, const Options& written) {
  std::erase_if(options, [&](const auto& option) {
    return std::any_of(written.begin(), written.end(),
                       [&](const auto& one) { return one.first == option.first; });
  });
  return options;
}

}  // namespace schemagate
