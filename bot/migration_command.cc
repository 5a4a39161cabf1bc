// SPDX-License-Identifier: MIT
#include "bot/migration_command.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "postgres/process.h"

namespace schemagate {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, removed with what is in it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "schemagate-command-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Symbolic links and names that can't be trusted are left out.
void write_tree(const git::Repository& repository, const std::vector<git::TreeEntry>& tree,
                const fs::path& folder) {
  for (const git::TreeEntry& entry : tree) {
    if (entry.kind != git::FileKind::file || !entry.problem.empty()) continue;
    const fs::path path = folder / entry.path;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << repository.read(entry.blob).value_or("");
    fs::permissions(path, fs::perms::owner_exec, fs::perm_options::add);
  }
}

void give_to(const postgres::Identity& identity, const fs::path& folder) {
  if (!identity.switch_user) return;
  const auto give = [&](const fs::path& path) {
    [[maybe_unused]] const int given = lchown(path.c_str(), identity.uid, identity.gid);
  };
  give(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) give(entry.path());
}

std::string from_environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string contents(const fs::path& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  std::string text(most, '\0');
  in.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

/// The first line that names an error at its start ("TypeError: …"), else the last line that says
/// something.
std::string reason_in(const std::string& text) {
  std::string last;
  for (const std::string_view whole : split(text, '\n')) {
    const std::string_view line = trim(whole);
    if (line.empty()) continue;
    last = line;
    const std::string_view first_word = line.substr(0, line.find_first_of(" :"));
    const std::string_view rest = line.substr(first_word.size());
    const bool named = rest.starts_with(':') || rest.starts_with(" [");
    if (named && (first_word.ends_with("Error") || first_word.ends_with("Exception") ||
                  first_word == "error"))
      break;
  }
  constexpr std::size_t longest = 300;
  return last.substr(0, longest);
}

postgres::Command command_in(const fs::path& folder, const std::string& command,
                             const postgres::Identity& identity, const CommandLimits& limits) {
  const std::string root = folder.string();
  postgres::Command run;
  run.program = "/bin/sh";
  // What is printed is cut off, files are not: a recipe may start a server.
  run.arguments = {"-c",
                   fmt::format("cd '{0}/tree' || exit; (\n(\n{1}\n)\necho $? > '{0}/status'\n) "
                               "2> '{0}/err' | head -c {2} > '{0}/out'",
                               root, command, limits.output_bytes + 1)};
  run.environment = {
      "PATH=" + from_environment("PATH", "/usr/local/bin:/usr/bin:/bin"), "HOME=" + root + "/home",
      "TMPDIR=" + root + "/home", "LANG=C.UTF-8",
      "SCHEMAGATE_WORKSPACE=" + from_environment("GITHUB_WORKSPACE", fs::current_path().string())};
  run.identity = identity;
  run.reserves_memory = true;
  return run;
}

}  // namespace

PrintedMigrations print_migrations(const git::Repository& repository,
                                   const std::vector<git::TreeEntry>& tree,
                                   const std::string& command, const CommandLimits& limits) {
  const auto identity = postgres::unprivileged_identity();
  if (const auto* refused = std::get_if<postgres::Refused>(&identity))
    return {std::nullopt, refused->because};
  const auto& user = std::get<postgres::Identity>(identity);
  const Folder folder;
  if (folder.path().empty()) return {std::nullopt, "no temporary folder could be made"};
  fs::create_directories(folder.path() / "tree");
  fs::create_directories(folder.path() / "home");
  write_tree(repository, tree, folder.path() / "tree");
  give_to(user, folder.path());
  // Who runs as the same user could read our environment otherwise, secrets and all.
  prctl(PR_SET_DUMPABLE, 0);
  const postgres::Finished finished =
      postgres::run(command_in(folder.path(), command, user, limits), limits.time);
  if (finished.timed_out)
    return {std::nullopt, fmt::format("took longer than {} s", limits.time.count())};
  std::string sql = contents(folder.path() / "out", limits.output_bytes + 1);
  if (sql.size() > limits.output_bytes)
    return {std::nullopt, fmt::format("printed more than {}",
                                      human_size(static_cast<long long>(limits.output_bytes)))};
  if (!finished.succeeded || trim(contents(folder.path() / "status", 16)) != "0") {
    const std::string reason = reason_in(contents(folder.path() / "err", 65536));
    return {std::nullopt, "ended with an error" + (reason.empty() ? std::string() : ": " + reason)};
  }
  return {std::move(sql), ""};
}

}  // namespace schemagate
