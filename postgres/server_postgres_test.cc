// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "postgres/server.h"

namespace schemagate::postgres {
namespace {

EphemeralServer started(const Installation& installation, const ServerOptions& options = {}) {
  auto server = EphemeralServer::start(installation, options);
  if (const auto* refused = std::get_if<Refused>(&server)) FAIL(refused->because);
  return std::get<EphemeralServer>(std::move(server));
}

Session administered(const EphemeralServer& server) {
  auto opened = server.administer();
  if (const auto* error = std::get_if<SqlError>(&opened)) FAIL(error->message);
  return std::get<Session>(std::move(opened));
}

std::string value(Session& session, const std::string& sql) {
  const Answer answer = session.run(sql);
  if (answer.error) FAIL(answer.error->message);
  return answer.value().value_or("NULL");
}

std::vector<Installation> all_installed() {
  auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  return installed;
}

}  // namespace

TEST_CASE("every installed major starts, says its version and leaves nothing behind") {
  for (const Installation& installation : all_installed()) {
    INFO(installation.bin);
    std::string folder;
    {
      const EphemeralServer server = started(installation);
      folder = server.folder();
      Session session = administered(server);
      CHECK(session.major() == installation.major);
      CHECK(value(session, "SHOW listen_addresses").empty());
      CHECK(server.ended_because().empty());
      struct stat about {};
      REQUIRE(stat((folder + "/data").c_str(), &about) == 0);
      CHECK(about.st_uid != 0);
      CHECK((about.st_mode & 077) == 0);
    }
    CHECK_FALSE(std::filesystem::exists(folder));
  }
}

TEST_CASE("a server sees nothing of our environment and has no descriptor of ours") {
  setenv("SCHEMAGATE_TEST_SECRET", "hush", 1);
  REQUIRE(dup2(1, 77) == 77);
  const auto installed = all_installed();
  const EphemeralServer server = started(installed.back());
  Session session = administered(server);
  // As superuser, to look from inside; the sandbox's role can't do this.
  const std::string variables =
      value(session, "SELECT encode(pg_read_binary_file('/proc/self/environ'), 'escape')");
  CHECK(variables.find("SCHEMAGATE") == std::string::npos);
  CHECK(variables.find("HOME=") == std::string::npos);
  CHECK(value(session, "SELECT count(*) FROM pg_ls_dir('/proc/self/fd') f WHERE f = '77'") == "0");
  if (server.has_own_network()) {
    const std::string devices = value(session, "SELECT pg_read_file('/proc/self/net/dev')");
    CHECK(devices.find("lo:") != std::string::npos);
    CHECK(devices.find("eth") == std::string::npos);
  }
}

TEST_CASE("a second start takes the cluster from the cache") {
  const auto installed = all_installed();
  // Each initdb gives its cluster an identifier of its own.
  const auto identifier = [&](bool use_cache) {
    const EphemeralServer server =
        started(installed.back(), {.limits = {}, .use_cache = use_cache, .settings = {}});
    Session session = administered(server);
    return value(session, "SELECT system_identifier FROM pg_control_system()");
  };
  const std::string first = identifier(true);
  CHECK(identifier(true) == first);
  CHECK(identifier(false) != first);
}

TEST_CASE("a server without the cache starts as well") {
  const auto installed = all_installed();
  const EphemeralServer server =
      started(installed.front(), {.limits = {}, .use_cache = false, .settings = {}});
  Session session = administered(server);
  CHECK(value(session, "SELECT 1") == "1");
}

TEST_CASE("a server ends at its time limit and says so") {
  const auto installed = all_installed();
  const EphemeralServer server =
      started(installed.back(),
              {.limits = {.lifetime = std::chrono::seconds(5)}, .use_cache = true, .settings = {}});
  Session session = administered(server);
  const Answer answer = session.run("SELECT pg_sleep(60)");
  REQUIRE(answer.error);
  CHECK_FALSE(session.is_open());
  for (int i = 0; i < 100 && server.ended_because().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(server.ended_because() == "ran longer than 5 seconds");
}

TEST_CASE("a server ends when it fills the disk and says so") {
  const auto installed = all_installed();
  ServerOptions options;
  options.limits.disk_bytes = 200 << 20;
  const EphemeralServer server = started(installed.back(), options);
  Session session = administered(server);
  const Answer answer =
      session.run("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 3000000)");
  REQUIRE(answer.error);
  for (int i = 0; i < 100 && server.ended_because().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(server.ended_because() == "used more than 200 MB of disk");
}

TEST_CASE("a parent that is killed leaves no server and no folder") {
  const auto installed = all_installed();
  int report[2];
  REQUIRE(pipe(report) == 0);
  const pid_t parent = fork();
  if (parent == 0) {
    auto server = EphemeralServer::start(installed.back());
    const std::string folder = std::holds_alternative<EphemeralServer>(server)
                                   ? std::get<EphemeralServer>(server).folder()
                                   : "";
    if (write(report[1], folder.data(), folder.size()) < 0) _exit(1);
    close(report[1]);
    pause();
    _exit(0);
  }
  close(report[1]);
  std::string folder;
  char buffer[256];
  for (ssize_t count; (count = read(report[0], buffer, sizeof buffer)) > 0;)
    folder.append(buffer, static_cast<std::size_t>(count));
  close(report[0]);
  REQUIRE_FALSE(folder.empty());
  std::ifstream pid_file(folder + "/data/postmaster.pid");
  pid_t postmaster = 0;
  pid_file >> postmaster;
  REQUIRE(postmaster > 1);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  for (int i = 0; i < 200 && std::filesystem::exists(folder); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_FALSE(std::filesystem::exists(folder));
  CHECK(kill(postmaster, 0) != 0);
}

TEST_CASE("programs in a folder that is closed to other users start as well") {
  const auto installed = all_installed();
  const auto movable =
      std::find_if(installed.begin(), installed.end(), [](const Installation& one) {
        return one.bin.find("/.deps/") !=
               std::string::npos;  // Debian's look for their files in fixed places
      });
  if (movable == installed.end()) SKIP("no server that can be moved is installed");
  namespace fs = std::filesystem;
  std::string closed = "/tmp/sg-test-XXXXXX";
  REQUIRE(mkdtemp(closed.data()));  // mode 0700
  fs::copy(fs::path(movable->bin).parent_path(), closed + "/programs",
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  Installation moved = *movable;
  moved.bin = closed + "/programs/bin";
  {
    const EphemeralServer server = started(moved);
    Session session = administered(server);
    CHECK(session.major() == moved.major);
  }
  fs::remove_all(closed);
}

TEST_CASE("servers are not looked for below the current folder unless it is asked for") {
  for (const Installation& installation : installed_servers())
    CHECK(installation.bin.find("/.deps/") == std::string::npos);
}

TEST_CASE("the nearest major is the same, else the next one, rather newer than older") {
  const std::vector<Installation> installed{{15, "15.1", ""}, {17, "17.1", ""}};
  CHECK(nearest(installed, 15)->major == 15);
  CHECK(nearest(installed, 14)->major == 15);
  CHECK(nearest(installed, 16)->major == 17);
  CHECK(nearest(installed, 18)->major == 17);
  const std::vector<Installation> apart{{15, "15.1", ""}, {18, "18.1", ""}};
  CHECK(nearest(apart, 16)->major == 15);
  CHECK(nearest(apart, 17)->major == 18);
  CHECK(nearest({}, 17) == nullptr);
}

}  // namespace schemagate::postgres
