// SPDX-License-Identifier: MIT
#include "tests/format_proofs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

#include "base/text.h"
#include "schema/formats_text.h"
#include "tests/tool_cases.h"

namespace schemagate::testing {
namespace {

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

/// The base's files, with the head's over them when `head`; files of neither side are both's.
Files tree_of(const Case& of, bool head) {
  Files files;
  for (const CasePart& part : of.parts) {
    const std::size_t at = part.name.find("file ");
    if (head && part.name.starts_with("gone ")) files.erase(part.name.substr(5));
    if (at == std::string::npos) continue;
    const std::string path = part.name.substr(at + 5);
    if (path.starts_with("head ") && !head) continue;
    const bool sided = path.starts_with("base ") || path.starts_with("head ");
    files[sided ? path.substr(5) : path] = File(part.text);
  }
  return files;
}

/// Folders that the configuration names, with this tool's name or none.
std::vector<std::string> configured(const Files& files, std::string_view format) {
  std::vector<std::string> roots;
  const auto config = files.find(".schemagate.yml");
  if (config == files.end() || !config->second) return roots;
  static const std::regex entry(R"(\{path: ([^,}]+)(, format: ([a-z-]+))?)");
  const std::string& text = config->second->text;
  for (std::sregex_iterator at(text.begin(), text.end(), entry), end; at != end; ++at)
    if (!(*at)[2].matched || (*at)[3].str() == format) roots.push_back((*at)[1].str());
  return roots;
}

FormatFolders folders_of(const Files& files, const MigrationFormat& format) {
  FormatFolders read;
  std::vector<std::string> paths;
  std::map<std::string, std::uint32_t> numbers;
  for (const auto& [path, file] : files) {
    paths.push_back(path);
    numbers[path] = read.sources.add({path, file->text, ""});
  }
  const auto text_of = [&](const std::string& path) {
    const auto at = numbers.find(path);
    return at == numbers.end() ? std::string() : read.sources.file(at->second).text;
  };
  const auto add = [&](const std::string& root, const std::string& name) {
    std::vector<std::uint32_t> below;
    for (const auto& [path, number] : numbers)
      if (root.empty() || path.starts_with(root + "/")) below.push_back(number);
    MigrationFolder folder = read_migrations(read.sources, below, root, name, paths, "", text_of);
    if (folder.format == format.name) read.folders.push_back(std::move(folder));
  };
  for (const DetectedFolder& found : detect_migrations(paths, text_of)) add(found.root, "auto");
  for (const std::string& root : configured(files, format.name))
    add(root, std::string(format.name));
  return read;
}

template <typename Visit>
void each_migration(const FormatFolders& of, const Visit& visit) {
  for (const MigrationFolder& folder : of.folders)
    for (const Migration& migration : folder.migrations) visit(migration, folder);
}

std::set<std::string> keys_of(const FormatFolders& of) {
  std::set<std::string> keys;
  each_migration(of, [&](const Migration& one, const MigrationFolder&) { keys.insert(one.key); });
  return keys;
}

/// A line of what was judged: "db/1_a.sql:3 error drop-column public.t.a".
struct SaidLine {
  std::string path, rule, object;
  int line = 0;
};
std::vector<SaidLine> said_lines(const std::string& judged) {
  static const std::regex said(R"(([^ \n]+):(\d+) (?:error|warning|note) ([a-z-]+) ([^\n]*))");
  std::vector<SaidLine> lines;
  for (const std::string_view line : split(std::string_view(judged), '\n')) {
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_match(line.begin(), line.end(), match, said))
      lines.push_back({match[1].str(), match[3].str(), match[4].str(), std::stoi(match[2].str())});
  }
  return lines;
}

/// What the server refused to do in a transaction, by what the tool did or what was said.
constexpr std::string_view in_transaction = "fails 25001";

/// The digits at the start of a path's last part that has some.
std::string number_of(const std::string& key) {
  std::string number;
  for (const std::string_view part : split(std::string_view(key), '/'))
    if (const auto digits = leading_digits(part); !digits.empty())
      number = without_leading_zeros(digits);
  return number;
}

/// Two orders that people could mistake for the tool's; the case tells them from each other, or
/// from it.
bool shows_order(const FormatCase& of) {
  for (const MigrationFolder& folder : of.head.folders) {
    std::vector<std::string> order;
    for (const Migration& one : folder.migrations) order.push_back(one.key);
    std::vector<std::string> by_bytes = order;
    std::sort(by_bytes.begin(), by_bytes.end());
    std::vector<std::string> by_numbers = by_bytes;
    std::stable_sort(by_numbers.begin(), by_numbers.end(),
                     [](const std::string& one, const std::string& two) {
                       const std::string a = number_of(one), b = number_of(two);
                       return std::pair(a.size(), a) < std::pair(b.size(), b);
                     });
    if (order.size() > 1 && (order != by_bytes || order != by_numbers)) return true;
  }
  return false;
}

std::set<std::string> statements_in(std::string_view text) {
  std::set<std::string> all;
  for (const StatementStart& start : statement_starts(text)) all.insert(start.words);
  return all;
}

bool shows_down(const FormatCase& of) {
  bool shown = false;
  each_migration(of.head, [&](const Migration& one, const MigrationFolder&) {
    const std::set<std::string> up = statements_in(one.up), down = statements_in(one.down);
    shown = shown || (!down.empty() && std::none_of(down.begin(), down.end(), [&](const auto& sql) {
              return up.count(sql) != 0;
            }));
  });
  return shown && (has(of.read, "\n  down\n") || !of.ran.empty());
}

/// What is written down of the case is how the row sends each of its files.
bool shows_transaction(const FormatCase& of) {
  bool shown = !of.head.folders.empty();
  each_migration(of.head, [&](const Migration& one, const MigrationFolder&) {
    shown = shown &&
            has(of.read, fmt::format(": {} ({})\n", to_string(one.sending), one.sending_reason));
  });
  return shown;
}

/// Files with CONCURRENTLY that this change brings, or that are there at all.
std::set<std::string> concurrent_files(const FormatCase& of) {
  const std::set<std::string> before = keys_of(of.base);
  std::set<std::string> paths;
  each_migration(of.head, [&](const Migration& one, const MigrationFolder&) {
    if (before.count(one.key) != 0) return;
    bool concurrent = false;
    for (const StatementStart& start : statement_starts(one.up))
      concurrent = concurrent || has(start.words, "concurrently");
    const SourceFile& file = of.head.sources.file(one.file);
    if (concurrent || (one.opaque && has(to_lower(file.text), "concurrent")))
      paths.insert(file.path);
  });
  return paths;
}

/// By how its row sends it, a file's CONCURRENTLY can't run.
bool fails_by_sending(const Migration& one) {
  for (const Batch& batch : one.batches) {
    const std::size_t begin =
        std::min(batch.begin - std::min(batch.begin, one.up_begin), one.up.size());
    const std::vector<StatementStart> starts =
        statement_starts(std::string_view(one.up).substr(begin, batch.end - batch.begin));
    bool in_block = one.sending == Sending::transaction ||
                    (one.sending == Sending::simple_query && starts.size() > 1);
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::string& words = starts[i].words;
      const bool concurrent = has(words, "concurrently");
      if (concurrent && (in_block || (one.sending == Sending::pipeline && i > 0))) return true;
      if (words.starts_with("begin") || words.starts_with("start transaction")) in_block = true;
      if (words.starts_with("commit") && one.sending != Sending::transaction) in_block = false;
    }
  }
  return false;
}

/// What was said of files with CONCURRENTLY, or done with them, is what their row makes of them.
bool is_as_sent(const FormatCase& of, const std::set<std::string>& files) {
  std::set<std::string> said, by_row;
  for (const SaidLine& line : said_lines(of.judged))
    if (line.rule == "concurrent-command-in-transaction") said.insert(line.path);
  bool is_code = false;
  each_migration(of.head, [&](const Migration& one, const MigrationFolder&) {
    const std::string& path = of.head.sources.file(one.file).path;
    if (files.count(path) == 0) return;
    is_code = is_code || one.opaque;
    if (fails_by_sending(one)) by_row.insert(path);
  });
  if (!of.ran.empty()) return by_row.empty() != has(of.ran, in_transaction);
  return is_code || said == by_row;
}

std::set<std::string> refused_concurrently(const FormatCase& of) {
  std::set<std::string> paths;
  for (const SaidLine& line : said_lines(of.judged))
    if (line.rule == "concurrent-command-in-transaction" ||
        (line.rule == "refused-migration" && has(of.judged, "CONCURRENTLY")))
      paths.insert(line.path);
  return paths;
}

}  // namespace

bool shows_concurrently_fails(const FormatCase& of) {
  const std::set<std::string> files = concurrent_files(of), refused = refused_concurrently(of);
  return (!files.empty() && has(of.ran, in_transaction)) ||
         std::any_of(files.begin(), files.end(),
                     [&](const std::string& path) { return refused.count(path) != 0; });
}

bool shows_concurrently_runs(const FormatCase& of) {
  const std::set<std::string> files = concurrent_files(of), refused = refused_concurrently(of);
  const bool ran = has(to_lower(of.ran), "concurrently") && !has(of.ran, "  fails ");
  return (!files.empty() && ran) ||
         (has(of.judged, "verdict: ") &&
          std::any_of(files.begin(), files.end(),
                      [&](const std::string& path) { return refused.count(path) == 0; }));
}

namespace {

bool shows_concurrently(const FormatCase& of) {
  if (!is_as_sent(of, concurrent_files(of))) return false;
  return shows_concurrently_fails(of) || shows_concurrently_runs(of);
}

const std::regex& placeholder() {
  static const std::regex pattern(
      R"(\$\{|\{\{|\$[A-Z]|[^:]:["']?[A-Za-z_]|"\{[a-z]+\}"|%\([a-z]+\)s)");
  return pattern;
}

/// What a statement behind a placeholder does is said, at its line; or the tool sent it on.
bool shows_templates(const FormatCase& of) {
  if (std::regex_search(of.ran, std::regex(R"(\$\{|"\{[a-z]+\}"|%\([a-z]+\)s|:[a-z]+)")) &&
      !std::regex_search(of.ran, std::regex("fails 42601")))
    return true;
  bool shown = false;
  const auto look = [&](std::string_view text, const SaidLine& said) {
    int number = 0;
    each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
      ++number;
      shown = shown ||
              (number <= said.line && std::regex_search(line.begin(), line.end(), placeholder()));
    });
  };
  const bool by_hcl = has(of.judged, ".hcl, env ");  // which folder it is says a file of settings
  for (const SaidLine& said : said_lines(of.judged)) {
    if (said.rule == "not-understood" || said.rule == "unread-migration" ||
        said.rule == "refused-migration" || said.rule == "edited-migration")
      continue;
    if (const auto file = of.head_files.find(said.path); by_hcl && file != of.head_files.end())
      look(file->second->text, said);
    each_migration(of.head, [&](const Migration& one, const MigrationFolder&) {
      const SourceFile& file = of.head.sources.file(one.file);
      if (file.path == said.path) look(file.text, said);
    });
  }
  return shown;
}

/// A file of a migration that may have run has another text, or is gone; that is said at it, with
/// the tool's own refusal where it keeps checksums.
bool shows_edited(const FormatCase& of) {
  if (of.base.folders.empty()) return false;
  const MigrationFormat& format = *of.format;
  for (const SaidLine& said : said_lines(of.judged)) {
    const auto was = of.base_files.find(said.object);
    if (said.rule != "edited-migration" || was == of.base_files.end()) continue;
    const auto is = of.head_files.find(said.object);
    if (is == of.head_files.end()) return true;
    const bool refuses = !format.checksums || has(of.judged, " may have run already and is gone") ||
                         has(of.judged, edited_migration_message(format.name)) ||
                         (!format.gone_message.empty() && has(of.judged, format.gone_message));
    if (is->second->text != was->second->text && refuses) return true;
  }
  return false;
}

/// The tool's own words about two of one version, or that it has none and runs both.
bool shows_duplicate(const FormatCase& of) {
  const std::string_view message = of.format->duplicate_message;
  for (const MigrationFolder& folder : of.head.folders) {
    const bool is_refused =
        std::any_of(folder.problems.begin(), folder.problems.end(),
                    [](const MigrationProblem& problem) { return problem.certain_failure; });
    for (const MigrationProblem& problem : folder.problems)
      if (problem.certain_failure &&
          (message.empty() ? has(problem.message, "twice") || has(problem.message, "duplicates")
                           : has(problem.message, message)))
        return true;
    std::map<std::string, int> numbers;
    for (const Migration& one : folder.migrations) ++numbers[number_of(one.key)];
    const bool twice = std::any_of(numbers.begin(), numbers.end(), [](const auto& number) {
      return !number.first.empty() && number.second > 1;
    });
    if (message.empty() && twice && !is_refused && !has(of.judged, " is also used by ") &&
        (has(of.judged, "verdict: ") || !of.ran.empty()))
      return true;
  }
  return false;
}

/// A migration comes before one that the base has.
bool comes_late(const FormatCase& of) {
  const std::set<std::string> before = keys_of(of.base);
  for (const MigrationFolder& folder : of.head.folders) {
    bool added = false;
    for (const Migration& one : folder.migrations) {
      if (before.count(one.key) == 0)
        added = true;
      else if (added)
        return true;
    }
  }
  return false;
}

bool shows_late(const FormatCase& of) {
  constexpr std::string_view late = ", which may have run already: ";
  const std::string_view message = of.format->late_message;
  if (message.empty())
    return comes_late(of) && !has(of.judged, late) && has(of.judged, "verdict: ");
  return comes_late(of) && has(of.judged, late) && has(of.judged, message);
}

}  // namespace

FormatCase format_case(const MigrationFormat& format, const Case& of) {
  FormatCase shown;
  shown.format = &format;
  if (has_head(of)) shown.base_files = tree_of(of, false);
  shown.head_files = tree_of(of, true);
  shown.base = folders_of(shown.base_files, format);
  shown.head = folders_of(shown.head_files, format);
  shown.read = of.text("read");
  shown.judged = of.text("judged");
  for (const std::string_view part : {"ran base", "ran head", "ran down"})
    shown.ran += of.text(part);
  return shown;
}

std::set<Sending> sendings_in(const FormatCase& of) {
  std::set<Sending> all;
  each_migration(of.head, [&](const Migration& one, const MigrationFolder&) {
    if (!one.opaque) all.insert(one.sending);
  });
  return all;
}

std::span<const FormatProof> format_proofs() {
  static constexpr FormatProof proofs[] = {
      {"order", shows_order, nullptr},
      {"up and down", shows_down, &WithoutCase::up_and_down},
      {"transaction", shows_transaction, &WithoutCase::transaction},
      {"CONCURRENTLY", shows_concurrently, &WithoutCase::concurrently},
      {"templates", shows_templates, &WithoutCase::templates},
      {"edited", shows_edited, nullptr},
      {"duplicate", shows_duplicate, &WithoutCase::duplicate},
      {"late", shows_late, &WithoutCase::late},
  };
  return proofs;
}

}  // namespace schemagate::testing
