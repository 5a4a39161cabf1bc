// SPDX-License-Identifier: MIT
#include "tests/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace schemagate::testing {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read() {
    if (read_end >= 0) close(read_end);
    read_end = -1;
  }
  void close_write() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

std::vector<std::string> environment_of(const ProgramSettings& settings) {
  std::map<std::string, std::string> variables{{"LANG", "C.UTF-8"}};
  for (const char* name : {"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "SCHEMAGATE_POSTGRES_BIN",
                           "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) variables[name] = value;
  for (const auto& [name, value] : settings.environment) variables[name] = value;
  std::vector<std::string> words;
  for (const auto& [name, value] : variables) words.push_back(name + "=" + value);
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// The program in a process of its own, or -1. The child lives on our memory until it is another
/// program: a copy of all that a test holds takes longer than many a program runs.
pid_t start(std::vector<std::string> words, std::vector<std::string> variables,
            const ProgramSettings& settings, const std::array<Pipe, 3>& pipes) {
  const std::vector<char*> arguments = pointers(words), environment = pointers(variables);
  const char* const directory = settings.directory.empty() ? "." : settings.directory.c_str();
  const rlim_t bytes = static_cast<rlim_t>(settings.memory_limit_megabytes) << 20;
  const rlimit limit{bytes, bytes};
  const pid_t child = vfork();
  if (child != 0) return child;
  dup2(pipes[0].read_end, STDIN_FILENO);
  dup2(pipes[1].write_end, STDOUT_FILENO);
  dup2(pipes[2].write_end, STDERR_FILENO);
  if (chdir(directory) != 0) _exit(126);
  if (bytes > 0) setrlimit(RLIMIT_AS, &limit);
  execve(arguments.front(), arguments.data(), environment.data());
  _exit(127);
}

/// Moves bytes both ways until the program closed its outputs or the time is over.
void exchange(std::array<Pipe, 3>& pipes, const ProgramSettings& settings, ProgramRun& run,
              pid_t child) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(settings.timeout_seconds);
  std::size_t written = 0;
  fcntl(pipes[0].write_end, F_SETFL, O_NONBLOCK);
  if (settings.input.empty()) pipes[0].close_write();
  while (pipes[1].read_end >= 0 || pipes[2].read_end >= 0) {
    pollfd waiting[3] = {{pipes[1].read_end, POLLIN, 0},
                         {pipes[2].read_end, POLLIN, 0},
                         {pipes[0].write_end, POLLOUT, 0}};
    poll(waiting, 3, 200);
    if (std::chrono::steady_clock::now() > deadline) kill(child, SIGKILL);
    for (const int which : {0, 1}) {
      if (!waiting[which].revents) continue;
      char buffer[65536];
      const ssize_t count = read(waiting[which].fd, buffer, sizeof buffer);
      std::string& to = which == 0 ? run.out : run.err;
      if (count > 0)
        to.append(buffer, static_cast<std::size_t>(count));
      else
        pipes[static_cast<std::size_t>(which) + 1].close_read();
    }
    if (pipes[0].write_end >= 0 && waiting[2].revents) {
      const ssize_t count = write(pipes[0].write_end, settings.input.data() + written,
                                  settings.input.size() - written);
      if (count > 0) written += static_cast<std::size_t>(count);
      if (count <= 0 || written == settings.input.size()) pipes[0].close_write();
    }
  }
}

}  // namespace

ProgramRun run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const ProgramSettings& settings) {
  std::array<Pipe, 3> pipes;
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const pid_t child = start(std::move(words), environment_of(settings), settings, pipes);
  if (child < 0) throw std::runtime_error("vfork failed");
  if (settings.started) settings.started(child);
  pipes[0].close_read();
  pipes[1].close_write();
  pipes[2].close_write();
  ProgramRun run;
  const auto ignored = std::signal(SIGPIPE, SIG_IGN);
  exchange(pipes, settings, run, child);
  std::signal(SIGPIPE, ignored);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  run.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  run.peak_kilobytes = usage.ru_maxrss;
  return run;
}

}  // namespace schemagate::testing
