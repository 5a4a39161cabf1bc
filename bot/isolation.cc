// SPDX-License-Identifier: MIT
#include "bot/isolation.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/error.h"

namespace schemagate {
namespace {

constexpr int out_of_memory = 3, threw = 4;

/// Bytes of address space that the process has.
std::size_t size_now() {
  std::size_t pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%zu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  if (setrlimit(static_cast<__rlimit_resource>(resource), &both) != 0) _exit(threw);
}

void apply(const Limits& limits) {
#if !defined(__SANITIZE_ADDRESS__)
  const rlim_t memory = size_now() + limits.memory;
  limit(RLIMIT_AS, memory, memory);
#endif
  const auto seconds = static_cast<rlim_t>(limits.processor.count());
  limit(RLIMIT_CPU, seconds, seconds + 1);
  limit(RLIMIT_CORE, 0, 0);
}

[[noreturn]] void be_the_child(const std::function<std::string()>& work, const Limits& limits,
                               int out) {
  for (const int one : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM})
    std::signal(one, SIG_DFL);
  apply(limits);
  try {
    const std::string result = work();
    for (std::size_t at = 0; at < result.size();) {
      const ssize_t written = write(out, result.data() + at, result.size() - at);
      if (written <= 0) _exit(threw);
      at += static_cast<std::size_t>(written);
    }
    _exit(0);
  } catch (const std::bad_alloc&) {
    _exit(out_of_memory);
  } catch (...) {
    _exit(threw);
  }
}

/// Until the other end is closed; false when the time is over before.
bool read_all(int in, std::chrono::milliseconds wall, std::string& result) {
  const auto end = std::chrono::steady_clock::now() + wall;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd waiting{in, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) == 0) return false;
    char buffer[4096];
    const ssize_t got = read(in, buffer, sizeof buffer);
    if (got == 0) return true;
    if (got > 0) result.append(buffer, static_cast<std::size_t>(got));
  }
}

std::string death_of(int status, const Limits& limits) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status))
    return WEXITSTATUS(status) == out_of_memory
               ? fmt::format("needed more than {} MB of memory", limits.memory >> 20)
               : "ended without an answer";
  const int signal = WTERMSIG(status);
  if (signal == SIGXCPU)
    return fmt::format("needed more than {} s of processor time", limits.processor.count());
  return fmt::format("crashed (signal {})", signal);
}

}  // namespace

Isolated run_isolated(const std::function<std::string()>& work, const Limits& limits) {
  int ends[2];
  std::fflush(nullptr);
  if (pipe(ends) != 0) throw Error(ErrorKind::internal, "no pipe to a child process");
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    throw Error(ErrorKind::internal, "no child process could be started");
  }
  if (child == 0) {
    close(ends[0]);
    be_the_child(work, limits, ends[1]);
  }
  close(ends[1]);
  Isolated isolated;
  const bool in_time = read_all(ends[0], limits.wall, isolated.result);
  if (!in_time) kill(child, SIGKILL);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  isolated.death = in_time ? death_of(status, limits)
                           : fmt::format("took longer than {} ms", limits.wall.count());
  isolated.ended = isolated.death.empty();
  return isolated;
}

Isolated ask_isolated(const std::function<std::string()>& work, const Limits& limits) {
  constexpr char answered = '.', failed = '!';
  Isolated isolated = run_isolated(
      [&] {
        try {
          return answered + work();
        } catch (const Error& error) {
          return failed + std::string(error.what());
        }
      },
      limits);
  if (!isolated.ended || isolated.result.empty()) return isolated;
  const bool has_failed = isolated.result.front() == failed;
  isolated.result.erase(0, 1);
  if (has_failed) isolated.error = std::exchange(isolated.result, {});
  return isolated;
}

}  // namespace schemagate
