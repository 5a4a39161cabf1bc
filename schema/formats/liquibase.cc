// SPDX-License-Identifier: MIT
// https://www.liquibase.com: changesets in formatted SQL, or in XML, YAML and JSON as far as they
// hold SQL or include files. What the other changes do is Liquibase's own business.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "schema/formats/liquibase_changelog.h"
#include "schema/formats/liquibase_includes.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

/// Behind a byte order mark and blank lines.
std::string_view first_line(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text.substr(0, std::min(text.find('\n'), text.size()));
}

bool is_formatted_sql(std::string_view text) {
  std::string first = to_lower(first_line(text));
  std::erase_if(first, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
  return first.starts_with("--liquibaseformatted");
}

bool is_markup(std::string_view path) {
  return path.ends_with(".xml") || path.ends_with(".yaml") || path.ends_with(".yml") ||
         path.ends_with(".json");
}

bool is_changelog(std::string_view path, std::string_view text) {
  return is_markup(path) && text.find("databaseChangeLog") != std::string_view::npos;
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string name(path);
  if (path.ends_with(".sql") && is_formatted_sql(repository.text_of(name)))
    return FolderSign{folder_of(path), name + " has --liquibase formatted sql",
                      Certainty::convention};
  if (to_lower(file_of(path)).find("changelog") == std::string::npos ||
      !is_changelog(path, repository.text_of(name)))
    return std::nullopt;
  return FolderSign{folder_of(path), name, Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql") && !is_markup(path)) return std::nullopt;
  return ordered_by_name(std::string(path), path);
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::transaction, "Liquibase runs each changeset in a transaction"};
}

/// What stands behind "--word" in a line that may be indented.
std::optional<std::string> annotation(std::string_view line, std::string_view word) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return marked(line, word);
}

/// What stands behind "--changeset".
std::optional<std::string> changeset_header(std::string_view line) {
  if (auto header = annotation(line, "changeset ")) return header;
  return annotation(line, "changeset\t");
}

/// "runInTransaction:false" of a changeset's attributes; empty when it is not there.
std::string attribute(std::string_view attributes, std::string_view name) {
  const std::string lower = to_lower(attributes);
  const std::string wanted = to_lower(name) + ":";
  std::size_t at = std::string::npos;
  bool quoted_text = false;  // context:"not dbms:mysql" is no dbms
  for (std::size_t i = 0; i < lower.size() && at == std::string::npos; ++i) {
    if (lower[i] == '"') quoted_text = !quoted_text;
    const bool begins = i == 0 || lower[i - 1] == ' ' || lower[i - 1] == '\t';
    if (!quoted_text && begins && lower.compare(i, wanted.size(), wanted) == 0) at = i;
  }
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  const bool quoted = lower.compare(begin, 1, "\"") == 0;
  if (quoted) return lower.substr(begin + 1, lower.find('"', begin + 1) - begin - 1);
  return lower.substr(begin, lower.find_first_of(" \t", begin) - begin);
}

void set_sending(ListedMigration& changeset, bool in_transaction, bool split, bool psql) {
  if (psql) {
    changeset.sending = SendingChoice{Sending::psql, "runWith: psql"};
    return;
  }
  if (!in_transaction)
    changeset.sending =
        split ? SendingChoice{Sending::statements, "runInTransaction:false"}
              : SendingChoice{Sending::pipeline,
                              "runInTransaction:false splitStatements:false: the driver sends the "
                              "statements as one pipeline"};
}

/// "endDelimiter:\\n/" as it is written; empty when there is none.
std::string delimiter_of(std::string_view attributes) {
  const std::size_t at = to_lower(attributes).find("enddelimiter:");
  if (at == std::string::npos) return {};
  std::string_view value = attributes.substr(at + 13);
  const bool quoted = value.starts_with('"');
  if (quoted) value.remove_prefix(1);
  return std::string(
      value.substr(0, std::min(value.find_first_of(quoted ? "\"" : " \t"), value.size())));
}

/// Where the line of `at` begins, as far as it belongs to what begins at `begin`: a document in one
/// line has many of those.
std::size_t line_begin(std::string_view text, std::size_t begin, std::size_t at) {
  const std::size_t newline = text.substr(begin, at - begin).rfind('\n');
  return newline == std::string_view::npos ? begin : begin + newline + 1;
}

/// What ends a statement: anywhere, or as a line of its own.
struct EndMark {
  std::string mark;  ///< in lower case
  bool alone = false;
};

/// Without a delimiter lines that are "go" or "/" end statements, beside semicolons. Liquibase
/// takes a delimiter for a regular expression; of those the ones that people write are read: words
/// and signs with a line's begin or end around them. Others are none, and so is what is longer than
/// any that somebody writes: each byte of the text is compared with it.
std::vector<EndMark> end_marks(std::string delimiter) {
  if (delimiter.empty()) return {{"go", true}, {"/", true}};
  for (const std::string_view around : {"\\r", "\\n", "\\s*", "^", "$"})
    delimiter = replace_all(delimiter, around, "");
  delimiter = to_lower(replace_all(delimiter, "\\", ""));
  constexpr std::size_t longest = 100;
  if (delimiter.empty() || delimiter == ";" || delimiter.size() > longest) return {};
  const bool alone =
      delimiter == "/" || std::isalnum(static_cast<unsigned char>(delimiter.front())) != 0;
  return {{std::move(delimiter), alone}};
}

/// The last line that is no comment is a slash: then only such lines end statements of a changeset
/// in formatted SQL.
bool ends_in_slash(std::string_view text) {
  std::string_view last;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    if (!trim(line).empty() && !trim(line).starts_with("--")) last = line;
  });
  return trim(last) == "/";
}

bool same_in_lower_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
  });
}

/// What stands between `begin` and `end`, with semicolons where `marks` end statements.
std::string with_semicolons(std::string_view text, std::size_t begin, std::size_t end,
                            const std::vector<EndMark>& marks) {
  std::string out(text.substr(begin, end - begin));
  if (marks.empty()) return out;
  std::size_t line_end = begin;
  std::string_view line;  // the one of `at`, as far as it lies in the part
  const auto fits = [&](std::size_t at) -> const EndMark* {
    for (const EndMark& mark : marks)
      if (same_in_lower_case(text.substr(at, mark.mark.size()), mark.mark) &&
          (!mark.alone || line.size() == mark.mark.size()))
        return &mark;
    return nullptr;
  };
  for (std::size_t at = begin; at < end;) {
    if (at >= line_end) {
      const std::size_t from = line_begin(text, begin, at);
      line_end = std::min(text.substr(0, end).find('\n', at), end - 1) + 1;
      line = trim(text.substr(from, line_end - from));
    }
    const EndMark* mark = fits(at);
    if (mark == nullptr) {
      const std::size_t next = std::min(skip_literal(text, at), end);
      at = next == at ? at + 1 : next;
      continue;
    }
    const std::size_t stop = std::min(at + mark->mark.size(), end);
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at - begin),
              out.begin() + static_cast<std::ptrdiff_t>(stop - begin), ' ');
    out[at - begin] = ';';
    at = stop;
  }
  return out;
}

/// --ignoreLines:start to --ignoreLines:end, or --ignoreLines:3 with the lines behind it: blank.
std::string without_ignored(std::string_view text) {
  std::string out(text);
  bool inside = false;
  long long left = 0;
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t) {
    const std::string word = to_lower(annotation(line, "ignoreLines:").value_or(""));
    const bool counts = !inside && left == 0 && all_digits(word);
    const bool ignored = inside || left > 0 || !word.empty();
    if (left > 0 && !inside) --left;
    if (counts) left = std::stoll("0" + word.substr(0, 9));
    if (word == "start") inside = true;
    if (word == "end") inside = false;
    if (ignored) std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(begin), line.size(), ' ');
  });
  return out;
}

class Reader {
 public:
  Reader(const FolderView& folder, Listing& listing) : folder_(folder), listing_(listing) {}

  void read(const FolderView::File& file, int depth) {
    if (read_.count(file.path) != 0) return;
    if (depth > most_nested_includes) {
      listing_.problems.push_back({file.number, Span{file.number, 0, 0},
                                   fmt::format("is included by more than {} changelogs, one inside "
                                               "of the other: what it runs was not judged",
                                               most_nested_includes),
                                   false, true});
      return;
    }
    read_.insert(file.path);
    if (is_formatted_sql(file.text))
      formatted(file);
    else if (is_changelog(file.path, file.text))
      markup(file, depth);
    else if (depth > 0 && to_lower(file.path).ends_with(".sql"))
      raw(file);
  }

 private:
  /// SQL that a changelog includes and that has no changesets is one.
  void raw(const FolderView::File& file) {
    ListedMigration changeset;
    changeset.name = ordered_by_name("includeAll:raw", file.path);
    changeset.parts = all_up(file.text);
    add(file, std::move(changeset), "");
  }

  /// `logical_path` is what the history has instead of the file's path; empty: that.
  void add(const FolderView::File& file, ListedMigration changeset,
           const std::string& logical_path) {
    changeset.file = file.number;
    changeset.path = file.path;
    const std::string& path = logical_path.empty() ? file.path : logical_path;
    if (!logical_path.empty() && changeset.shares_file)
      changeset.key = logical_path + " " + changeset.name.version;
    if (changeset.shares_file && !known_.emplace(path, changeset.name.version).second)
      listing_.problems.push_back({file.number, changeset.at,
                                   fmt::format("Liquibase refuses the changelog: {} is there twice",
                                               changeset.name.version),
                                   true});
    listing_.migrations.push_back(std::move(changeset));
  }

  std::size_t add_text(std::string text) {
    listing_.texts.push_back(std::move(text));
    return listing_.texts.size() - 1;
  }

  /// Where statements end in a part of a shared text that is split.
  void set_ends(const FolderView::File& file, std::size_t number, std::size_t begin,
                std::size_t end, const std::string& delimiter) {
    std::string& text = listing_.texts[number];
    text.replace(begin, end - begin, with_semicolons(text, begin, end, end_marks(delimiter)));
    if (delimiter.empty()) check_cuts(file, text, begin, end);
  }

  /// "--changeset author:id attributes" opens a changeset; its --rollback lines are comments.
  void formatted(const FolderView::File& file) {
    const std::size_t number = add_text(without_ignored(file.text));
    ListedMigration open;
    bool is_open = false, split = true;
    std::string delimiter, logical_path;
    const std::string of_file = attribute(trim(first_line(file.text)), "logicalFilePath");
    std::size_t begin = 0, first = file.text.size();
    const auto close = [&](std::size_t end) {
      if (!is_open) return;
      open.parts.up = {{begin, end}};
      open.shared_text = number;
      const std::string_view all = listing_.texts[number];
      if (delimiter.empty() && ends_in_slash(all.substr(begin, end - begin))) delimiter = "/";
      if (split) set_ends(file, number, begin, end, delimiter);
      add(file, std::move(open), logical_path.empty() ? of_file : logical_path);
    };
    each_line(listing_.texts[number], [&](std::string_view line, std::size_t at, std::size_t end) {
      if (const auto rollback = annotation(line, "rollback "); rollback && is_open) {
        const std::size_t sql = at + line.find(*rollback);
        if (*rollback != "empty" && *rollback != "not required")
          open.parts.down.emplace_back(sql, sql + rollback->size());
      }
      if (annotation(line, "validCheckSum")) open.edits_allowed = true;
      const auto header = changeset_header(line);
      if (!header) return;
      close(at);
      const std::size_t space = header->find_first_of(" \t");
      const std::string attributes = space == std::string::npos ? "" : header->substr(space);
      open = ListedMigration{};
      open.name = ordered_by_name(header->substr(0, space), file.path);
      open.name.repeatable = attribute(attributes, "runOnChange") == "true" ||
                             attribute(attributes, "runAlways") == "true";
      open.shares_file = true;
      open.at = Span{file.number, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)};
      open.edits_allowed = !attribute(attributes, "validCheckSum").empty();
      split = attribute(attributes, "splitStatements") != "false";
      delimiter = delimiter_of(attributes);
      logical_path = attribute(attributes, "logicalFilePath");
      first = std::min(first, at);
      set_sending(open, attribute(attributes, "runInTransaction") != "false", split,
                  attribute(attributes, "runWith") == "psql");
      is_open = is_for_postgresql(attribute(attributes, "dbms")) &&
                attribute(attributes, "ignore") != "true";
      begin = end;
    });
    close(listing_.texts[number].size());
    check_before(file, std::string_view(listing_.texts[number]).substr(0, first));
  }

  /// SQL before the first changeset, or in a file that has none, is no changeset's.
  void check_before(const FolderView::File& file, std::string_view text) {
    const std::size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    const std::vector<StatementStart> starts = statement_starts(text.substr(mark));
    if (starts.empty()) return;
    const auto at = static_cast<std::uint32_t>(mark + starts.front().at);
    listing_.problems.push_back({file.number, Span{file.number, at, at + 1},
                                 "Liquibase never runs this: no --changeset stands above it",
                                 true});
  }

  /// Liquibase knows no dollar quotes: it cuts at every semicolon, but between the words BEGIN and
  /// END, whatever END belongs to.
  void check_cuts(const FolderView::File& file, std::string_view text, std::size_t begin,
                  std::size_t end) {
    for (std::size_t at = begin; at < end;) {
      const std::size_t next = std::min(skip_literal(text, at), end);
      const std::size_t cut = next != at && text[at] == '$' ? cut_in(text, at, next) : next;
      if (cut < next) {
        const auto where = static_cast<std::uint32_t>(cut);
        listing_.problems.push_back(
            {file.number, Span{file.number, where, where + 1},
             "Liquibase cuts the statement at this semicolon: add splitStatements:false or an "
             "endDelimiter to the changeset",
             true});
      }
      at = next == at ? at + 1 : next;
    }
  }

  /// The first semicolon of a body at which it is cut, or `end`.
  static std::size_t cut_in(std::string_view text, std::size_t begin, std::size_t end) {
    const auto is_letter = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    };
    int open = 0;
    for (std::size_t at = text.find('$', begin + 1) + 1; at < end;) {
      const std::size_t next = text[at] == '$' ? at : std::min(skip_literal(text, at), end);
      if (next != at) {
        at = next;
        continue;
      }
      if (text[at] == ';' && open == 0) return at;
      std::size_t stop = at;
      while (stop < end && is_letter(text[stop])) ++stop;
      const std::string word = to_lower(text.substr(at, stop - at));
      if (word == "begin") ++open;
      if (word == "end" && open > 0) --open;
      at = std::max(stop, at + 1);
    }
    return end;
  }

  void markup(const FolderView::File& file, int depth) {
    Changelog log = read_changelog(file.path, file.text);
    if (log.unread) not_read(file, *log.unread, "YAML that is not read here");
    const std::size_t number = add_text(std::move(log.text));
    for (const ChangelogItem& item : log.items) {
      if (!item.include.empty()) {
        include(file, item, depth);
        continue;
      }
      if (!is_for_postgresql(item.dbms) || item.is_ignored) continue;
      changeset(file, number, item);
    }
  }

  void changeset(const FolderView::File& file, std::size_t number, const ChangelogItem& item) {
    ListedMigration made;
    made.name = ordered_by_name(item.author + ":" + item.id, file.path);
    made.name.repeatable = item.run_on_change;
    made.edits_allowed = item.edits_allowed;
    made.at = Span{file.number, static_cast<std::uint32_t>(item.at.first),
                   static_cast<std::uint32_t>(item.at.second)};
    set_sending(made, item.in_transaction, item.splits, item.runs_psql);
    ListedMigration inline_sql = made;
    inline_sql.shares_file = true;
    inline_sql.shared_text = number;
    inline_sql.parts.up = item.up;
    inline_sql.parts.down = item.down;
    inline_sql.opaque = item.has_abstract_changes;
    if (inline_sql.opaque) inline_sql.unread_part = item.abstract_changes;
    if (!std::is_sorted(item.up.begin(), item.up.end())) {
      not_read(file, item.at, "aliases in another order than what they stand for");
      std::sort(inline_sql.parts.up.begin(), inline_sql.parts.up.end());
    }
    for (const auto& [begin, end] : item.up)
      if (item.splits) set_ends(file, number, begin, end, item.delimiter);
    if (!item.up.empty() || item.has_abstract_changes || item.sql_files.empty())
      add(file, std::move(inline_sql), item.logical_path);
    for (const std::string& path : item.sql_files) {
      const FolderView::File* sql = included_changelog(folder_, file, path);
      if (sql == nullptr) {
        missing(file, path);
        continue;
      }
      if (!may_copy(file, *sql)) continue;
      ListedMigration of_file = made;
      of_file.parts = all_up(sql->text);
      if (path != item.sql_files.front() || sql != &file) of_file.at = Span{};
      if (item.splits && item.delimiter.empty()) check_cuts(*sql, sql->text, 0, sql->text.size());
      if (item.splits)
        of_file.text = with_semicolons(sql->text, 0, sql->text.size(), end_marks(item.delimiter));
      add(*sql, std::move(of_file), item.logical_path);
    }
  }

  void include(const FolderView::File& file, const ChangelogItem& item, int depth) {
    if (!item.includes_all) {
      const FolderView::File* target = included_changelog(folder_, file, item.include);
      if (target == nullptr) return missing(file, item.include);
      return read(*target, depth + 1);
    }
    const std::string from = folder_of(file.path);
    if (depth < most_nested_includes &&
        !read_folders_.emplace(from, item.include, item.ending, item.min_depth, item.max_depth)
             .second)
      return;
    for (const FolderView::File* one : included_changelogs(folder_, file, item))
      read(*one, depth + 1);
  }

  /// Text of a pull request: one file may be named by thousands of changesets.
  bool may_copy(const FolderView::File& file, const FolderView::File& named) {
    constexpr std::size_t most_bytes = std::size_t{8} << 20;  // of what was named before
    if (named_.insert(named.number).second) return true;
    copied_ += named.text.size();
    if (copied_ <= most_bytes) return true;
    if (!std::exchange(told_, true))
      listing_.problems.push_back({file.number, Span{file.number, 0, 0},
                                   fmt::format("{} and others are named too often here: what they "
                                               "run was not judged",
                                               named.path),
                                   false, true});
    return false;
  }

  void not_read(const FolderView::File& file, TextRange at, std::string_view what) {
    MigrationProblem problem{file.number,
                             Span{file.number, static_cast<std::uint32_t>(at.first),
                                  static_cast<std::uint32_t>(at.second)},
                             fmt::format("{}: what Liquibase makes of it was not judged", what)};
    problem.unread = true;
    listing_.problems.push_back(std::move(problem));
  }

  void missing(const FolderView::File& file, const std::string& path) {
    listing_.problems.push_back(
        {file.number, Span{file.number, 0, 0},
         fmt::format("{} is named here and is not in the folder: nobody looked at it", path),
         false});
  }

  const FolderView& folder_;
  Listing& listing_;
  std::set<std::string> read_;
  std::set<std::tuple<std::string, std::string, std::string, int, int>> read_folders_;
  std::set<std::uint32_t> named_;  // by changesets
  std::size_t copied_ = 0;
  bool told_ = false;
  std::set<std::pair<std::string, std::string>> known_;
};

/// What changelogs include, by names alone: whatever path leads there.
struct Named {
  std::set<std::string, std::less<>> files, folders;

  void add(const ChangelogItem& item) {
    const std::string path = replace_all(item.include, ":", "/");  // classpath:db/a.xml
    std::vector<std::string_view> parts = split(path, '/');
    if (!item.includes_all) {
      files.emplace(parts.back());
      parts.pop_back();
    }
    folders.insert(parts.begin(), parts.end());
  }
  bool has(std::string_view path) const {
    const std::string folder = folder_of(path);
    return files.count(file_of(path)) != 0 ||
           (!folder.empty() && folders.count(file_of(folder)) != 0);
  }
};

/// Files that Liquibase decodes and that are not decoded here.
void find_utf16(const FolderView& folder, Listing& listing) {
  for (const FolderView::File& file : folder.files()) {
    if (!file.text.starts_with("\xFF\xFE") && !file.text.starts_with("\xFE\xFF")) continue;
    if (!name_of(file.path)) continue;
    MigrationProblem problem{file.number, Span{file.number, 0, 1},
                             "the file is UTF-16, what Liquibase makes of it was not judged: save "
                             "it as UTF-8"};
    problem.unread = true;
    listing.problems.push_back(std::move(problem));
  }
}

/// Changelogs that no other names are where Liquibase starts.
void arrange(const FolderView& folder, Listing& listing) {
  listing.migrations.clear();
  find_utf16(folder, listing);
  Reader reader(folder, listing);
  std::vector<const FolderView::File*> roots, plain;
  Named named;
  for (const FolderView::File& file : folder.files())
    if (is_changelog(file.path, file.text))
      for (const ChangelogItem& item : read_changelog(file.path, file.text).items)
        if (!item.include.empty()) named.add(item);
  for (const FolderView::File& file : folder.files()) {
    if (is_changelog(file.path, file.text) && !named.has(file.path)) roots.push_back(&file);
    if (is_formatted_sql(file.text)) plain.push_back(&file);
  }
  const auto by_path = [](const auto* one, const auto* two) { return one->path < two->path; };
  std::vector<const FolderView::File*>& first = roots.empty() ? plain : roots;
  std::sort(first.begin(), first.end(), by_path);
  for (const FolderView::File* file : first) reader.read(*file, 0);
}

}  // namespace

std::optional<PostgresPart> postgres_part(std::string_view text) {
  if (!is_formatted_sql(text)) return std::nullopt;
  PostgresPart part;
  bool kept = true;
  int ours = 0, others = 0;
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    if (const auto header = changeset_header(line)) {
      const std::string dbms = attribute(*header, "dbms");
      kept = is_for_postgresql(dbms);
      ++(kept ? ours : others);
      part.is_named = part.is_named || (kept && dbms.find("postgresql") != std::string::npos);
    }
    if (kept) part.text += text.substr(begin, end - begin);
    if (kept && !part.text.ends_with('\n')) part.text += '\n';
  });
  part.is_others = ours == 0 && others > 0;
  if (part.is_others) part.text = text;
  return part;
}

extern const MigrationFormat liquibase{
    .name = "liquibase",
    .tool = "Liquibase",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .downs = Downs::optional,
    .checksums = true,
    .keeps_paths = true,
    .code_hint = "`liquibase update-sql` prints it: migrations: {command: …}",
};

}  // namespace schemagate::format_rows
