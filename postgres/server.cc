// SPDX-License-Identifier: MIT
#include "postgres/server.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"

namespace schemagate::postgres {
namespace {

namespace fs = std::filesystem;
constexpr int oldest_major = 14, newest_major = 18;
constexpr std::string_view superuser = "schemagate";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// ---- which servers are there
// ---------------------------------------------------------------------

/// The number at the start of `text`, 0 when there is none.
int leading_number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<fs::path> subfolders(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code unreadable;
  for (fs::directory_iterator it(folder, unreadable), end; !unreadable && it != end;
       it.increment(unreadable))
    found.push_back(it->path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> candidate_folders(const std::string& root) {
  std::vector<fs::path> folders;
  const std::string listed = variable("SCHEMAGATE_POSTGRES_BIN"), path = variable("PATH");
  for (std::string_view folder : split(listed, ':')) folders.emplace_back(folder);
  if (!root.empty())
    for (const fs::path& major : subfolders(fs::path(root) / ".deps/postgresql"))
      folders.push_back(major / "bin");
  for (std::string_view folder : split(path, ':'))
    if (folder.starts_with('/')) folders.emplace_back(folder);
  for (const fs::path& major : subfolders("/usr/lib/postgresql")) folders.push_back(major / "bin");
  for (const fs::path& entry : subfolders("/usr"))
    if (entry.filename().string().starts_with("pgsql-")) folders.push_back(entry / "bin");
  return folders;
}

std::vector<std::string> environment(const std::string& bin, const std::string& data) {
  return {"PATH=" + bin + ":/usr/bin:/bin", "LANG=C", "LC_ALL=C", "TZ=UTC", "PGDATA=" + data};
}

/// "18.4", which the program holds as the text "postgres (PostgreSQL) 18.4 (Debian …)"; empty when
/// it does not. Nothing is run to find out.
std::string version_of(const fs::path& program) {
  std::ifstream file(program, std::ios::binary);
  constexpr std::string_view mark = "postgres (PostgreSQL) ";
  std::string buffer;
  for (std::string block(1 << 20, '\0'); file.read(block.data(), 1 << 20) || file.gcount() > 0;) {
    buffer.append(block, 0, static_cast<std::size_t>(file.gcount()));
    const auto at = buffer.find(mark);
    if (at != std::string::npos && at + 64 < buffer.size()) {
      const std::string_view rest = std::string_view(buffer).substr(at + mark.size(), 32);
      return std::string(rest.substr(0, rest.find_first_not_of("0123456789.betarc")));
    }
    // The mark may lie across two blocks.
    if (at == std::string::npos && buffer.size() > 128) buffer.erase(0, buffer.size() - 128);
  }
  return {};
}

// ---- the cluster
// ---------------------------------------------------------------------------------

/// A folder that goes away unless it is kept.
struct Scratch {
  std::string path;
  explicit Scratch(std::string folder) : path(std::move(folder)) {}
  Scratch(Scratch&& other) noexcept : path(std::exchange(other.path, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
  std::string keep() { return std::exchange(path, {}); }
};

bool may_pass(const fs::path& folder, const Identity& identity) {
  if (!identity.switch_user) return true;
  for (fs::path part = folder; !part.empty(); part = part.parent_path()) {
    struct stat about {};
    if (stat(part.c_str(), &about) != 0 || !(about.st_mode & S_IXOTH)) return false;
    if (part == part.root_path()) break;
  }
  return true;
}

/// Memory is several times as fast as a disk, for a server that lives for seconds.
const std::string memory = "/dev/shm";
constexpr std::int64_t enough_memory = std::int64_t{1} << 30;

std::int64_t free_bytes(const std::string& folder) {
  std::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  return failed ? 0 : static_cast<std::int64_t>(space.available);
}

/// Where temporary folders may be made, best first.
std::vector<std::string> temporary_places() {
  std::vector<std::string> places;
  if (const std::string told = variable("TMPDIR"); told.starts_with('/') && told.size() <= 60)
    places.push_back(told);
  else if (free_bytes(memory) >= enough_memory)
    places.push_back(memory);
  places.emplace_back("/tmp");
  return places;
}

/// A new folder that only `identity` can read. Short: a socket's path has at most 107 bytes.
std::variant<Scratch, Refused> scratch_folder(const Identity& identity) {
  for (const std::string& place : temporary_places()) {
    std::string path = place + "/sg-XXXXXX";
    if (!may_pass(place, identity) || !mkdtemp(path.data())) continue;
    Scratch folder(path);
    if (!identity.switch_user || chown(path.c_str(), identity.uid, identity.gid) == 0)
      return folder;
  }
  return Refused{"no temporary folder can be made: is /tmp writable?"};
}

void give_to(const std::string& folder, const Identity& identity) {
  if (!identity.switch_user) return;
  const auto own = [&](const fs::path& path) {
    return lchown(path.c_str(), identity.uid, identity.gid) == 0;
  };
  own(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) own(entry.path());
}

bool write_private(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool done = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(file) == 0 && done;
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The programs where `identity` can reach them: a home folder may be closed to the user that root
/// becomes.
Installation reachable(const Installation& installation, const std::string& folder,
                       const Identity& identity) {
  if (may_pass(installation.bin, identity)) return installation;
  const fs::path from = fs::path(installation.bin).parent_path(), to = folder + "/programs";
  fs::create_directory(to);
  for (const char* part : {"bin", "lib", "share"})
    if (fs::exists(from / part))
      fs::copy(from / part, to / part,
               fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  give_to(folder, identity);
  Installation copy = installation;
  copy.bin = to / "bin";
  return copy;
}

/// Runs initdb in `folder`/data. Returns why it failed, or nothing.
std::optional<std::string> initialise(const Installation& installation, const std::string& folder,
                                      const std::string& password, const Identity& identity) {
  const std::string data = folder + "/data", password_file = folder + "/password";
  if (!write_private(password_file, password)) return "can't write " + password_file;
  give_to(folder, identity);
  Finished done;
  // C.UTF-8 knows upper and lower case of all letters; where the system lacks it, C does.
  for (const char* locale : {"C.UTF-8", "C"}) {
    std::vector<std::string> arguments{"--pgdata=" + data,
                                       "--username=" + std::string(superuser),
                                       "--pwfile=" + password_file,
                                       "--auth=scram-sha-256",
                                       "--encoding=UTF8",
                                       std::string("--locale=") + locale,
                                       "--no-sync",
                                       "--no-instructions",
                                       "--wal-segsize=1"};
    if (installation.major >= 18) arguments.emplace_back("--no-data-checksums");
    done = run(
        {installation.bin + "/initdb", arguments, environment(installation.bin, data), identity},
        std::chrono::seconds(120));
    if (done.succeeded) break;
  }
  fs::remove(password_file);
  if (done.succeeded) return std::nullopt;
  return "initdb failed: " + std::string(trim(done.output));
}

/// Ours alone: nobody else may have put a cluster there for us to start.
bool is_private(const std::string& folder) {
  struct stat about {};
  return lstat(folder.c_str(), &about) == 0 && S_ISDIR(about.st_mode) &&
         about.st_uid == geteuid() && (about.st_mode & 077) == 0;
}

/// Where initialised clusters are kept between runs; empty when there is no safe place.
std::string cache_folder() {
  std::vector<std::string> places;
  if (const std::string xdg = variable("XDG_CACHE_HOME"); xdg.starts_with('/'))
    places.push_back(xdg + "/schemagate");
  if (const std::string home = variable("HOME"); home.starts_with('/'))
    places.push_back(home + "/.cache/schemagate");
  places.push_back("/tmp/schemagate-" + std::to_string(geteuid()));
  for (const std::string& place : places) {
    std::error_code failed;
    if (place != places.back()) fs::create_directories(fs::path(place).parent_path(), failed);
    mkdir(place.c_str(), 0700);
    if (is_private(place)) return place;
  }
  return {};
}

void copy_cluster(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  fs::permissions(to, fs::perms::owner_all);
}

/// Makes `folder`/data, from the cache if there is one. Returns the superuser's password.
std::variant<std::string, Refused> make_cluster(const Installation& installation,
                                                const std::string& folder, const Identity& identity,
                                                bool use_cache) {
  const std::string cache = use_cache ? cache_folder() : "";
  // Whatever changes the cluster is in the key: a newer minor version may initialise differently.
  const std::string entry =
      cache.empty()
          ? ""
          : cache + "/cluster-" + installation.version + "-" +
                sha256_hex("1 " + installation.version + " " + std::to_string(identity.uid))
                    .substr(0, 16);
  try {
    if (!entry.empty() && is_private(entry)) {
      copy_cluster(entry + "/data", folder + "/data");
      give_to(folder, identity);
      return read_whole(entry + "/secret");
    }
  } catch (const fs::filesystem_error&) {  // another run removed it, or the disk is full: initdb
                                           // will tell
    std::error_code ignored;
    fs::remove_all(folder + "/data", ignored);
  }
  const std::string password = random_password();
  if (auto failure = initialise(installation, folder, password, identity)) return Refused{*failure};
  if (entry.empty()) return password;
  try {
    std::string fresh = cache + "/new-XXXXXX";
    if (!mkdtemp(fresh.data())) return password;
    Scratch scratch(fresh);
    copy_cluster(folder + "/data", fresh + "/data");
    if (write_private(fresh + "/secret", password) && rename(fresh.c_str(), entry.c_str()) == 0)
      scratch.keep();
  } catch (const fs::filesystem_error&) {  // no room for a cache: the next run is slower
  }
  return password;
}

// ---- the server
// ----------------------------------------------------------------------------------

/// The server's settings. None of them changes what a statement locks, scans or rewrites; all that
/// a role without superuser rights could set back to do harm is limited elsewhere as well.
std::vector<std::string> settings(const Installation& installation, const std::string& folder,
                                  const std::map<std::string, std::string>& wanted) {
  std::map<std::string, std::string> values{
      // nobody but us
      {"listen_addresses", ""},
      {"unix_socket_directories", folder},
      {"unix_socket_permissions", "0700"},
      {"max_connections", "30"},
      {"ssl", "off"},
      {"bonjour", "off"},
      {"max_replication_slots", "0"},
      {"max_logical_replication_workers", "0"},
      {"temp_file_limit", "1GB"},
      {"restart_after_crash", "off"},
      // fast, not safe: it lives for seconds
      {"fsync", "off"},
      {"full_page_writes", "off"},
      {"synchronous_commit", "off"},
      {"autovacuum", "off"},
      {"jit", "off"},
      {"shared_buffers", "64MB"},
      {"checkpoint_timeout", "1h"},
      {"max_wal_size", "256MB"},
      {"huge_pages", "off"},
      {"update_process_title", "off"},
      // deterministic: one process does the work of one statement
      {"max_parallel_workers", "0"},
      {"max_parallel_workers_per_gather", "0"},
      {"max_parallel_maintenance_workers", "0"},
      {"timezone", "UTC"},
      {"log_timezone", "UTC"},
      {"datestyle", "ISO"},
      {"intervalstyle", "postgres"},
      {"lc_messages", "C"},
      {"track_counts", "on"},
      // thousands of tables in one transaction; tablespaces without a folder of their own
      {"max_locks_per_transaction", "2048"},
      {"allow_in_place_tablespaces", "on"},
      // A session that sets synchronous_commit = on stops at each commit with its locks still held
      // until it is told to go on: that is how measure() sees what a statement that manages its own
      // transactions holds.
      {"wal_level", "replica"},
      {"max_wal_senders", "1"},
      {"synchronous_standby_names", "nobody"},
  };
  if (installation.major >= 18) values["io_method"] = "sync";
  for (const auto& [name, value] : wanted) values[name] = value;
  std::vector<std::string> arguments;
  for (const auto& [name, value] : values) {
    arguments.emplace_back("-c");
    arguments.push_back(name + "=" + value);
  }
  return arguments;
}

/// The log's last lines, for a server that did not start.
std::string last_words(const std::string& folder) {
  const std::string log = read_whole(folder + "/log");
  return std::string(trim(log.size() > 500 ? std::string_view(log).substr(log.size() - 500) : log));
}

}  // namespace

std::vector<Installation> installed_servers(const std::string& root) {
  std::map<int, Installation> found;
  for (const fs::path& folder : candidate_folders(root)) {
    std::error_code unreadable;
    const fs::path bin = fs::canonical(folder, unreadable);
    if (unreadable || access((bin / "postgres").c_str(), X_OK) != 0 ||
        access((bin / "initdb").c_str(), X_OK) != 0)
      continue;
    const std::string version = version_of(bin / "postgres");
    const int major = leading_number(version);
    if (major >= oldest_major && major <= newest_major)
      found.try_emplace(major, Installation{major, version, bin.string()});
  }
  std::vector<Installation> all;
  for (auto& [major, installation] : found) all.push_back(std::move(installation));
  return all;
}

const Installation* nearest(const std::vector<Installation>& installed, int major) {
  const Installation* best = nullptr;
  for (const Installation& one : installed)  // ascending: of two that are as near, the newer wins
    if (!best || std::abs(one.major - major) <= std::abs(best->major - major)) best = &one;
  return best;
}

std::string random_password() {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) std::abort();
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::variant<EphemeralServer, Refused> EphemeralServer::start(const Installation& installation,
                                                              const ServerOptions& options) {
  const auto who = unprivileged_identity();
  if (const auto* refused = std::get_if<Refused>(&who)) return *refused;
  const Identity identity = std::get<Identity>(who);
  auto made = scratch_folder(identity);
  if (const auto* refused = std::get_if<Refused>(&made)) return *refused;
  Scratch& scratch = std::get<Scratch>(made);
  const Installation programs = reachable(installation, scratch.path, identity);
  auto cluster = make_cluster(programs, scratch.path, identity, options.use_cache);
  if (const auto* refused = std::get_if<Refused>(&cluster)) return *refused;

  const std::string folder = scratch.path, data = folder + "/data";
  Limits limits = options.limits;
  if (folder.starts_with(memory))
    limits.disk_bytes = std::min(limits.disk_bytes, free_bytes(memory) / 2);
  auto program =
      Guarded::start({programs.bin + "/postgres", settings(installation, folder, options.settings),
                      environment(programs.bin, data), identity},
                     folder, limits);
  if (const auto* refused = std::get_if<Refused>(&program)) return *refused;
  scratch.keep();  // it belongs to the program now
  EphemeralServer server(installation, folder, std::get<std::string>(cluster),
                         std::get<Guarded>(std::move(program)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    if (access((folder + "/.s.PGSQL.5432").c_str(), F_OK) == 0) {
      auto opened = server.administer();
      if (auto* session = std::get_if<Session>(&opened)) {
        if (const Answer role = session->run(server.sandbox_role_sql()); role.error)
          return Refused{role.error->message};
        return server;
      }
    }
    if (!server.ended_because().empty() || std::chrono::steady_clock::now() > deadline)
      return Refused{"PostgreSQL " + installation.version +
                     " did not start: " + last_words(folder)};
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

EphemeralServer::EphemeralServer(Installation installation, std::string folder,
                                 std::string password, Guarded program)
    : installation_(std::move(installation)),
      folder_(std::move(folder)),
      password_(std::move(password)),
      sandbox_password_(random_password()),
      program_(std::move(program)) {}

std::string EphemeralServer::conninfo(const std::string& database, std::string_view role,
                                      const std::string& password) const {
  // Every setting that libpq would else take from our environment is named.
  return "host=" + folder_ + " port=5432 dbname=" + database + " user=" + std::string(role) +
         " password=" + password +
         " options='' sslmode=disable gssencmode=disable application_name=schemagate "
         "connect_timeout=30"
         " client_encoding=UTF8";
}

Opened EphemeralServer::administer() const { return administer("postgres"); }

Opened EphemeralServer::administer(const std::string& database) const {
  return Session::open(conninfo(database, superuser, password_));
}

Opened EphemeralServer::connect_sandboxed(const std::string& database) const {
  return Session::open(conninfo(database, sandbox_role, sandbox_password_));
}

std::string EphemeralServer::sandbox_role_sql() const {
  const std::string role(sandbox_role);
  return "CREATE ROLE " + role +
         " LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 10"
         " PASSWORD '" +
         sandbox_password_ +
         "';"
         "ALTER ROLE " +
         role +
         " SET statement_timeout = '30s';"
         "ALTER ROLE " +
         role +
         " SET lock_timeout = '10s';"
         "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC";
}

}  // namespace schemagate::postgres
