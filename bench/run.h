// SPDX-License-Identifier: MIT
// What the benches share: running a program and measuring what it used.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace bench {

/// What one run of a program used.
struct Used {
  double seconds = -1;  ///< CPU, user and system; negative: it can't be run
  long kilobytes = 0;   ///< most memory in use
  int exit_code = 0;
};

/// Runs the program with these arguments, its output thrown away.
inline Used run(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::fflush(stdout);  // or the child prints what is still waiting once more
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execvp(program.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  Used used;
  used.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (used.exit_code == 127) return used;
  const auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  used.seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  used.kilobytes = usage.ru_maxrss;
  return used;
}

/// The run that took the least CPU.
inline Used best_of(int times, const std::string& program,
                    const std::vector<std::string>& arguments) {
  Used best = run(program, arguments);
  for (int i = 1; i < times && best.seconds >= 0; ++i) {
    const Used again = run(program, arguments);
    if (again.seconds < best.seconds) best = again;
  }
  return best;
}

/// The folder of this program: the others of the same build are beside it.
inline std::filesystem::path own_folder() {
  return std::filesystem::canonical("/proc/self/exe").parent_path();
}

/// A new folder for generated files, removed at the end.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("schemagate-bench-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
  return file.string();
}

}  // namespace bench
