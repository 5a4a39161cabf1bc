// SPDX-License-Identifier: MIT
#include "bot/action_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace schemagate {
namespace {

constexpr std::array names{"github-token", "ledger-token",    "command",     "working-directory",
                           "config",       "schema",          "databases",   "base",
                           "postgres",     "fail-on",         "draft",       "name",
                           "reporters",    "max-comments",    "report-file", "sarif-file",
                           "post-failure", "api-time-budget", "ca-file"};

class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  /// The runner writes INPUT_ and the name in upper case, dashes kept.
  std::string text(const std::string& name) const {
    std::string variable = "INPUT_" + name;
    std::transform(variable.begin(), variable.end(), variable.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return std::string(trim(environment_(variable)));
  }

  std::string one_of(const std::string& name, const std::vector<std::string>& words) const {
    const std::string value = text(name);
    if (value.empty() || std::find(words.begin(), words.end(), value) != words.end()) return value;
    const auto near = nearest(value, words);
    throw Error(ErrorKind::usage, fmt::format("input {} can't be '{}'", name, value),
                near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("it is one of {}", join(words, ", ")));
  }

  int number(const std::string& name, int least, int most, int otherwise) const {
    const std::string value = text(name);
    if (value.empty()) return otherwise;
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < least ||
        number > most)
      throw Error(ErrorKind::usage, fmt::format("input {} can't be '{}'", name, value),
                  fmt::format("it is a number from {} to {}", least, most));
    return number;
  }

  /// Words apart by commas or line ends.
  std::vector<std::string> list(const std::string& name) const {
    std::vector<std::string> words;
    const std::string value = replace_all(text(name), "\n", ",");
    for (const std::string_view word : split(value, ','))
      if (!trim(word).empty()) words.emplace_back(trim(word));
    return words;
  }

 private:
  const Environment& environment_;
};

FailOn fail_on_of(const std::string& word) {
  if (word == "warning") return FailOn::warning;
  return word == "never" ? FailOn::never : FailOn::error;
}

void check_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  if (!plain || name == "gate")
    throw Error(ErrorKind::usage, fmt::format("input name can't be '{}'", name),
                "letters, digits, '-' and '_'; 'gate' is the gate's");
}

std::set<std::string> reporters_of(const std::vector<std::string>& words) {
  const std::vector<std::string> known{"review", "comment", "check-run",
                                       "status", "summary", "annotations"};
  for (const std::string& word : words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const auto near = nearest(word, known);
    throw Error(ErrorKind::usage, fmt::format("there is no reporter '{}'", word),
                near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("known: {}", join(known, ", ")));
  }
  if (words.empty()) return {"review", "comment", "check-run", "status", "summary"};
  return {words.begin(), words.end()};
}

}  // namespace

std::vector<std::string> input_names() { return {names.begin(), names.end()}; }

ActionInputs read_inputs(const Environment& environment) {
  const Reader reader(environment);
  ActionInputs inputs;
  inputs.token = reader.text("github-token");
  inputs.ledger_token = reader.text("ledger-token");
  const std::string command = reader.one_of("command", {"auto", "check", "gate"});
  if (command == "check") inputs.command = ActionCommand::check;
  if (command == "gate") inputs.command = ActionCommand::gate;
  if (const std::string path = reader.text("working-directory"); !path.empty())
    inputs.working_directory = path;
  if (const std::string path = reader.text("config"); !path.empty()) inputs.config = path;
  inputs.schema = reader.list("schema");
  inputs.databases = reader.list("databases");
  inputs.base = reader.text("base");
  if (const int major = reader.number("postgres", 14, 18, 0); major != 0) inputs.postgres = major;
  const std::string fail_on = reader.one_of("fail-on", {"error", "warning", "never"});
  if (!fail_on.empty()) inputs.fail_on = fail_on_of(fail_on);
  inputs.skip_drafts = reader.one_of("draft", {"check", "skip"}) == "skip";
  inputs.name = reader.text("name");
  check_name(inputs.name);
  inputs.reporters = reporters_of(reader.list("reporters"));
  inputs.max_comments = reader.number("max-comments", 0, 100, inputs.max_comments);
  if (const std::string file = reader.text("report-file"); !file.empty()) inputs.report_file = file;
  inputs.sarif_file = reader.text("sarif-file");
  inputs.post_failure_is_error = reader.one_of("post-failure", {"warn", "error"}) == "error";
  inputs.api_seconds = reader.number("api-time-budget", 1, 3600, inputs.api_seconds);
  inputs.ca_file = reader.text("ca-file");
  return inputs;
}

}  // namespace schemagate
