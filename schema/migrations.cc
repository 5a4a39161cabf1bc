// SPDX-License-Identifier: MIT
#include "schema/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "schema/formats.h"
#include "schema/formats_text.h"

namespace schemagate {
namespace {

/// The text with everything outside the ranges blanked, line ends kept: offsets stay true. A
/// statement ends with its range.
std::string keep(std::string_view text, const std::vector<TextRange>& ranges) {
  std::string kept(text);
  std::size_t from = 0;
  const auto blank = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      if (kept[i] != '\n' && kept[i] != '\r') kept[i] = ' ';
    if (begin > 0 && begin < end && end < kept.size() && kept[begin] == ' ') kept[begin] = ';';
  };
  for (const auto& [begin, end] : ranges) {
    blank(from, begin);
    from = end;
  }
  blank(from, kept.size());
  return kept;
}

std::optional<MigrationName> name_in(const FolderView& folder, const MigrationFormat& format,
                                     std::string_view path) {
  return format.name_in == nullptr ? format.name_of(path) : format.name_in(path, folder);
}

/// Every file that the row names, in its order.
Listing listed_files(const FolderView& folder, const MigrationFormat& format, bool down) {
  Listing listing;
  for (const FolderView::File& file : folder.files()) {
    if (!format.recursive && file.path.find('/') != std::string::npos) continue;
    auto name = name_in(folder, format, file.path);
    if (!name || name->down != down) continue;
    ListedMigration& listed = listing.migrations.emplace_back();
    listed.file = file.number;
    listed.path = file.path;
    listed.name = std::move(*name);
    listed.parts = format.parts_of(file.text);
  }
  std::stable_sort(listing.migrations.begin(), listing.migrations.end(),
                   [](const ListedMigration& a, const ListedMigration& b) {
                     return runs_before(a.name, b.name);
                   });
  return listing;
}

void find_duplicates(const Listing& listing, const MigrationFormat& format,
                     const SourceSet& sources, MigrationFolder& folder) {
  if (format.duplicate_message.empty()) return;
  std::map<std::string, std::uint32_t> seen;
  for (const ListedMigration& listed : listing.migrations) {
    const auto [at, added] = seen.emplace(listed.name.version, listed.file);
    if (added) continue;
    for (const std::uint32_t one : {at->second, listed.file}) {
      const std::uint32_t other = one == listed.file ? at->second : listed.file;
      folder.problems.push_back(
          {one, Span{one, 0, 0},
           fmt::format("version {} is also used by {}: {}", listed.name.version,
                       sources.file(other).path, format.duplicate_message),
           true});
    }
  }
}

SendingChoice overridden(SendingChoice choice, const std::string& transactions) {
  if (transactions == "none") return {Sending::statements, "transactions: none"};
  if (transactions == "file" || transactions == "all")
    return {Sending::transaction, "transactions: " + transactions};
  return choice;
}

const MigrationFormat& chosen_format(const std::string& name) {
  if (const MigrationFormat* format = find_format(name)) return *format;
  const std::vector<std::string> names = migration_formats();
  const auto near = nearest(name, names);
  throw Error(ErrorKind::config, fmt::format("unknown migration format '{}'", name),
              near ? fmt::format("did you mean '{}'?", *near)
                   : fmt::format("known: auto, {}", join(names, ", ")));
}

/// The path lies below the root, or beside it in a folder above.
bool is_near(const std::string& path, const std::string& root) {
  if (root.empty() || path.starts_with(root + "/")) return true;
  const std::string folder = folder_of(path);
  return folder.empty() || root == folder || root.starts_with(folder + "/");
}

/// The folder, and what lies above it.
class Surroundings {
 public:
  using TextOf = std::function<std::string(const std::string&)>;

  Surroundings(const SourceSet& sources, const std::vector<std::uint32_t>& files,
               const std::string& root, const std::vector<std::string>& other_paths,
               const TextOf& other_text)
      : text_of_([this, &sources, &other_text](const std::string& path) {
          const auto at = numbers_.find(path);
          if (at != numbers_.end()) return sources.file(at->second).text;
          return other_text ? other_text(path) : std::string();
        }) {
    for (const std::string& path : other_paths)
      if (is_near(path, root)) paths_.push_back(path);
    for (const std::uint32_t file : files) {
      const std::string& path = sources.file(file).path;
      if (numbers_.emplace(path, file).second) paths_.push_back(path);
    }
    std::sort(paths_.begin(), paths_.end());
    paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  /// What the folder's names and markers say.
  DetectedFolder recognise(const std::string& root) const {
    for (DetectedFolder& found : detect_migrations(paths_, text_of_))
      if (found.root == root) return std::move(found);
    return {root, "plain", "no tool's marker was found: as psql would run the files", ""};
  }

  RepositoryView view() const { return {paths_, text_of_}; }

 private:
  std::vector<std::string> paths_;
  std::map<std::string, std::uint32_t> numbers_;
  TextOf text_of_;
};

/// Lines up to one that ends in a semicolon are one query; that shows where two statements share
/// one.
void send_by_line_ends(Migration& migration) {
  const std::vector<Batch> chunks = line_end_chunks(migration.up);
  const bool shared = std::any_of(chunks.begin(), chunks.end(), [&](const Batch& chunk) {
    return statement_starts(
               std::string_view(migration.up).substr(chunk.begin, chunk.end - chunk.begin))
               .size() > 1;
  });
  if (!shared) return;
  migration.batches = chunks;
  migration.sending = Sending::simple_query;
  migration.sending_reason += ": statements that end at one line end are one query";
}

/// What is kept of a text, and where it begins. Of a file with many migrations each has its part
/// alone: copies of the whole would take the square of its size.
struct Kept {
  std::string text;
  std::size_t begin = 0;
};
Kept keep_part(std::string_view text, std::vector<TextRange> ranges, bool whole) {
  if (whole) return {keep(text, ranges), 0};
  if (ranges.empty()) return {};
  std::size_t begin = text.size(), end = 0;
  for (const auto& [from, to] : ranges) begin = std::min(begin, from), end = std::max(end, to);
  end = std::max(begin, std::min(end, text.size()));
  for (auto& [from, to] : ranges) from -= begin, to -= begin;
  return {keep(text.substr(begin, end - begin), ranges), begin};
}

std::string_view text_of(const ListedMigration& listed, const Listing& listing,
                         const SourceFile& source) {
  if (listed.shared_text) return listing.texts[*listed.shared_text];
  return listed.text.empty() ? std::string_view(source.text) : listed.text;
}

/// One migration as the rest of the program sees it.
Migration migration_of(const ListedMigration& listed, const Listing& listing,
                       const MigrationFormat& format, const SourceSet& sources,
                       const FolderView& folder, const std::string& transactions) {
  const SourceFile& source = sources.file(listed.file);
  const std::string_view text = text_of(listed, listing, source);
  Migration migration;
  migration.file = listed.file;
  migration.version = listed.name.version;
  migration.shares_file = listed.shares_file;
  migration.edits_allowed = listed.edits_allowed;
  migration.at = listed.at.end == 0 ? Span{listed.file, 0, 1} : listed.at;
  migration.key = listed.shares_file ? source.path + " " + listed.name.version : source.path;
  if (!listed.key.empty()) migration.key = listed.key;
  migration.own_id = listed.own_id;
  migration.own_id_at = listed.own_id_at;
  const bool whole = !listed.shares_file;
  Kept up = keep_part(text, listed.parts.up, whole);
  migration.up = std::move(up.text);
  migration.up_begin = up.begin;
  if (!listed.parts.down.empty()) {
    Kept down = keep_part(text, listed.parts.down, whole);
    migration.down = std::move(down.text);
    migration.down_begin = down.begin;
  }
  for (const auto& [begin, end] : listed.parts.up)
    if (format.each_section || listed.shares_file) migration.batches.push_back({begin, end});
  if (migration.batches.empty() && listed.shares_file) migration.batches.push_back({0, 0});
  if (migration.batches.empty()) migration.batches.push_back({0, source.text.size()});
  SendingChoice choice = overridden(
      listed.sending ? *listed.sending : format.sending_of(source.text, listed.path, folder),
      transactions);
  migration.sending = choice.sending;
  migration.sending_reason = std::move(choice.reason);
  migration.one_transaction =
      migration.sending == Sending::transaction &&
      (transactions == "all" || (transactions.empty() && format.one_transaction));
  if (format.cuts_at_line_ends && migration.sending == Sending::statements)
    send_by_line_ends(migration);
  migration.repeatable = listed.name.repeatable;
  migration.opaque = listed.opaque;
  migration.unread_part = listed.unread_part;
  migration.parents = listed.parents;
  return migration;
}

std::size_t common_prefix(std::string_view one, std::string_view two) {
  const auto [a, b] = std::mismatch(one.begin(), one.end(), two.begin(), two.end());
  return static_cast<std::size_t>(a - one.begin());
}

/// Of files sorted by their paths the first one whose path has the most in common with `path`.
std::uint32_t likest(const std::vector<std::uint32_t>& sorted, std::string_view path,
                     const SourceSet& sources) {
  const auto first_from = [&](std::string_view text) {
    return std::lower_bound(sorted.begin(), sorted.end(), text,
                            [&](std::uint32_t file, std::string_view wanted) {
                              return sources.file(file).path < wanted;
                            });
  };
  const auto behind = first_from(path);
  std::size_t shared = 0;
  if (behind != sorted.end()) shared = common_prefix(path, sources.file(*behind).path);
  if (behind != sorted.begin())
    shared = std::max(shared, common_prefix(path, sources.file(*std::prev(behind)).path));
  return *first_from(path.substr(0, shared));
}

/// Ways down in files of their own; of several with one version that of the likest name.
void add_down_files(const Listing& downs, const SourceSet& sources, MigrationFolder& folder) {
  std::map<std::string, std::vector<std::uint32_t>> files;
  for (const ListedMigration& down : downs.migrations)
    files[down.name.version].push_back(down.file);
  for (auto& [version, numbers] : files)
    std::sort(numbers.begin(), numbers.end(), [&](std::uint32_t one, std::uint32_t two) {
      return sources.file(one).path < sources.file(two).path;
    });
  std::map<std::string, int> ups;
  for (const Migration& migration : folder.migrations) ++ups[migration.version];
  std::set<std::uint32_t> taken;
  for (Migration& migration : folder.migrations) {
    const auto numbers = files.find(migration.version);
    if (numbers == files.end()) continue;
    const std::string& path = sources.file(migration.file).path;
    const std::uint32_t best = likest(numbers->second, path, sources);
    // Where two files have one version, only the pair of the same name is one.
    const std::string stem = path.substr(0, path.find('.', path.rfind('/') + 1) + 1);
    if (ups[migration.version] > 1 &&
        (!sources.file(best).path.starts_with(stem) || !taken.insert(best).second))
      continue;
    migration.down_file = best;
    migration.down = sources.file(best).text;
  }
}

/// A migration without a way down among others that nearly all have one, or where its tool fails
/// without: an empty way down is one.
void find_missing_downs(const MigrationFormat& format, MigrationFolder& folder) {
  const bool needed = format.downs == Downs::needed;
  if (format.downs != Downs::wanted && !needed) return;
  const auto has_down = [](const Migration& migration) { return !migration.down.empty(); };
  const auto with = std::count_if(folder.migrations.begin(), folder.migrations.end(), has_down);
  constexpr std::ptrdiff_t custom = 3;
  const auto without = static_cast<std::ptrdiff_t>(folder.migrations.size()) - with;
  if (needed ? with == 0 : with < custom || with < 9 * without) return;
  for (const Migration& migration : folder.migrations)
    if (!has_down(migration) && !migration.repeatable && !migration.opaque)
      folder.problems.push_back({migration.file, Span{migration.file, 0, 0},
                                 "there is no way down, and the folder's other migrations have one",
                                 false});
}

/// SQL in a folder of migrations that is none of the migrations, nor a way down.
std::vector<std::uint32_t> unused_files(const FolderView& view, const MigrationFormat& format,
                                        const Listing& listing) {
  std::set<std::uint32_t> used(listing.read.begin(), listing.read.end());
  std::set<std::string> folders;
  for (const ListedMigration& listed : listing.migrations) {
    used.insert(listed.file);
    folders.insert(folder_of(listed.path));
  }
  std::vector<std::uint32_t> unused;
  for (const FolderView::File& file : view.files()) {
    if (!to_lower(file.path).ends_with(".sql") || used.count(file.number) != 0 ||
        folders.count(folder_of(file.path)) == 0)
      continue;
    const auto name = name_in(view, format, file.path);
    if (!name || !name->down) unused.push_back(file.number);
  }
  return unused;
}

}  // namespace

std::string_view to_string(Sending sending) {
  switch (sending) {
    case Sending::transaction:
      return "in a transaction";
    case Sending::statements:
      return "statement by statement";
    case Sending::simple_query:
      return "as one query";
    case Sending::pipeline:
      return "as a pipeline";
    case Sending::psql:
      return "as psql does";
  }
  return "";
}

std::string in_place(std::string_view file, std::size_t begin, std::string_view part) {
  std::string text(file.substr(0, begin));
  for (char& c : text)
    if (c != '\n' && c != '\r') c = ' ';
  return text.append(part);
}

std::string content_of(const Migration& migration) {
  std::string content;
  for (const Batch& batch : migration.batches) {
    bool blank = true;
    const std::size_t begin = batch.begin - std::min(batch.begin, migration.up_begin),
                      end = batch.end - std::min(batch.end, migration.up_begin);
    for (std::size_t i = begin; i < std::min(end, migration.up.size()); ++i) {
      const char c = migration.up[i];
      const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (is_blank && !blank) content += ' ';
      if (!is_blank) content += c;
      blank = is_blank;
    }
    content += '\n';
  }
  if (!migration.unread_part.empty()) content += '\n' + migration.unread_part;
  return content;
}

std::vector<std::string> migration_formats() {
  std::vector<std::string> names;
  for (const MigrationFormat* format : formats()) names.emplace_back(format->name);
  return names;
}

std::string_view late_migration_message(const MigrationFolder& folder) {
  const MigrationFormat* found = find_format(folder.format);
  return found == nullptr || folder.takes_late ? std::string_view() : found->late_message;
}

std::string_view gone_migration_message(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found == nullptr ? std::string_view() : found->gone_message;
}

bool keeps_checksums(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found != nullptr && found->checksums;
}

bool keeps_paths(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found != nullptr && found->keeps_paths;
}

bool has_same_checksum(std::string_view format, std::string_view one, std::string_view other) {
  const MigrationFormat* found = find_format(format);
  if (found == nullptr || found->summed_text == nullptr) return one == other;
  return found->summed_text(one) == found->summed_text(other);
}

std::string edited_migration_message(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  if (found != nullptr && !found->edit_message.empty()) return std::string(found->edit_message);
  return fmt::format("{} refuses to go on where it ran before", format);
}

std::string_view tool_of(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found == nullptr ? format : found->tool;
}

std::string_view code_hint(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found == nullptr ? std::string_view() : found->code_hint;
}

bool includes_files(const MigrationFolder& folder, const Migration& migration) {
  const MigrationFormat* found = find_format(folder.format);
  return migration.sending == Sending::psql || (found != nullptr && found->includes_files);
}

bool has_include_folder(const MigrationFolder& folder) {
  const MigrationFormat* found = find_format(folder.format);
  return found != nullptr && !found->include_folder.empty();
}

std::optional<std::string> included_path(const MigrationFolder& folder, const std::string& path) {
  const MigrationFormat* found = find_format(folder.format);
  if (found == nullptr || found->include_folder.empty()) return path;
  const std::string above = folder.root == "." ? std::string() : folder.root + "/";
  if (!path.starts_with(above)) return std::nullopt;
  return above + std::string(found->include_folder) + "/" + path.substr(above.size());
}

std::string included_text(const MigrationFolder& folder, std::string_view text) {
  const MigrationFormat* found = find_format(folder.format);
  if (found == nullptr || found->included_text == nullptr) return std::string(text);
  return found->included_text(text);
}

std::vector<std::string> code_folders(std::string_view root) {
  std::vector<std::string> all;
  for (const MigrationFormat* format : formats())
    if (format->code_folders != nullptr)
      for (std::string& folder : format->code_folders(root)) all.push_back(std::move(folder));
  return all;
}

std::string schema_beside(std::string_view format, std::string_view root) {
  const MigrationFormat* found = find_format(format);
  return found == nullptr || found->schema_beside == nullptr ? std::string()
                                                             : found->schema_beside(root);
}

bool is_code(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found != nullptr && found->is_code;
}

MigrationFolder read_migrations(
    const SourceSet& sources, const std::vector<std::uint32_t>& files, const std::string& path,
    const std::string& format_name, const std::vector<std::string>& other_paths,
    const std::string& transactions,
    const std::function<std::string(const std::string& path)>& other_text) {
  const std::string root = path == "." ? "" : path;
  MigrationFolder folder;
  folder.root = path;
  folder.format = format_name;
  folder.reason = "as configured";
  const Surroundings around(sources, files, root, other_paths, other_text);
  if (format_name == "auto") {
    const DetectedFolder found = around.recognise(root);
    folder.format = found.format;
    folder.reason = found.reason;
  }
  const MigrationFormat& format = chosen_format(folder.format);
  const RepositoryView repository = around.view();
  FolderView view(sources, files, root, repository);
  if (format.settings_of != nullptr) view.set_settings(format.settings_of(view));
  Listing listing = listed_files(view, format, false);
  if (format.arrange != nullptr) format.arrange(view, listing);
  find_duplicates(listing, format, sources, folder);
  folder.problems.insert(folder.problems.end(), listing.problems.begin(), listing.problems.end());
  for (const ListedMigration& listed : listing.migrations) {
    folder.migrations.push_back(migration_of(listed, listing, format, sources, view, transactions));
    const std::string& text = sources.file(listed.file).text;
    const std::size_t known = folder.problems.size();
    if (format.check_file != nullptr && !listed.opaque)
      format.check_file(listed, text, folder.problems);
    if (format.sends_mark && !listed.opaque && text.starts_with("\xEF\xBB\xBF"))
      folder.problems.push_back(
          {listed.file, Span{listed.file, 0, 3},
           fmt::format("{} sends the byte order mark at the file's begin to the server, which "
                       "refuses it as a syntax error: save the file without it",
                       format.tool),
           true});
    const bool refused = folder.problems.size() > known;
    if (listed.parts.up.empty() && !text.empty() && !listed.opaque && !refused)
      folder.problems.push_back({listed.file, Span{listed.file, 0, 0},
                                 fmt::format("{} finds nothing to run in this file", format.tool),
                                 false});
  }
  add_down_files(listed_files(view, format, true), sources, folder);
  find_missing_downs(format, folder);
  folder.unused = unused_files(view, format, listing);
  folder.takes_late = listing.takes_late;
  return folder;
}

}  // namespace schemagate
