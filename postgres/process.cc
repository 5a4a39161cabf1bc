// SPDX-License-Identifier: MIT
#include "postgres/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/text.h"

namespace schemagate::postgres {
namespace {

using Clock = std::chrono::steady_clock;

/// What the keeper writes to the status pipe.
enum Event : char {
  own_network = 'N',
  shared_network = 'n',
  no_privilege_drop = 'P',
  not_started = 'S',
  exited = 'X',
  disk_limit = 'D',
  time_limit = 'T',
};

/// The exit code of a program that was not started because of that.
constexpr int privileges_kept = 126;
constexpr const char* words_of_privileges = "root's privileges can't be dropped here";

/// argv and envp as execve wants them, made before the fork: afterwards memory must not be
/// allocated.
class Strings {
 public:
  explicit Strings(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

Strings arguments_of(const Command& command) {
  std::vector<std::string> all{command.program};
  all.insert(all.end(), command.arguments.begin(), command.arguments.end());
  return Strings(std::move(all));
}

// ---- in the child, between fork and exec: system calls only
// --------------------------------------

bool drop_privileges(const Identity& identity) {
  if (identity.switch_user) {
    if (setgroups(0, nullptr) != 0 || setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
        setresuid(identity.uid, identity.uid, identity.uid) != 0)
      return false;
  }
  return geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

void limit(__rlimit_resource resource, rlim_t value) {
  rlimit now{};
  getrlimit(resource, &now);
  now.rlim_max = std::min(now.rlim_max, value);
  now.rlim_cur = now.rlim_max;
  setrlimit(resource, &now);
}

void set_limits(const Command& command) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 1024);
  limit(RLIMIT_CPU, 600);
  limit(RLIMIT_FSIZE, rlim_t{2} << 30);
  constexpr rlim_t memory = rlim_t{8} << 30;
  limit(command.reserves_memory ? RLIMIT_DATA : RLIMIT_AS, memory);
}

/// Standard streams: nothing in, `output` out; every other descriptor but those up to `last` is
/// closed.
void set_descriptors(int output, unsigned last) {
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, 0);
  dup2(output, 1);
  dup2(output, 2);
  close_range(last + 1, ~0U, 0);
}

void write_file(const char* path, const char* text) {
  const int file = open(path, O_WRONLY);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = write(file, text, std::strlen(text));
  close(file);
}

/// A network of its own with nothing in it but a loopback device, which PostgreSQL 14's statistics
/// need.
bool enter_own_network(const Identity& identity) {
  if (identity.switch_user) {
    if (unshare(CLONE_NEWNET) != 0) return false;
  } else {
    char map[64];
    std::snprintf(map, sizeof map, "%u %u 1", identity.uid, identity.uid);
    char group_map[64];
    std::snprintf(group_map, sizeof group_map, "%u %u 1", identity.gid, identity.gid);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_file("/proc/self/uid_map", map);
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/gid_map", group_map);
  }
  const int device = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (device >= 0 && ioctl(device, SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    ioctl(device, SIOCSIFFLAGS, &request);
  }
  close(device);
  return true;
}

void tell(int status, Event event) {
  const char letter = event;
  [[maybe_unused]] const ssize_t written = write(status, &letter, 1);
}

// ---- the keeper: a single-threaded process, so allocation is allowed again

/// Bytes below `path`, or, with `remove`, deletes all of it. Follows no links.
std::int64_t walk(const std::string& path, bool remove) {
  std::int64_t bytes = 0;
  if (DIR* folder = opendir(path.c_str())) {
    while (const dirent* entry = readdir(folder)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string inner = path + "/" + name;
      struct stat about {};
      if (lstat(inner.c_str(), &about) != 0) continue;
      bytes += about.st_blocks * 512;
      if (S_ISDIR(about.st_mode)) bytes += walk(inner, remove);
      if (remove && !S_ISDIR(about.st_mode)) unlink(inner.c_str());
    }
    closedir(folder);
  }
  if (remove) rmdir(path.c_str());
  return bytes;
}

bool has_ended(pid_t child) { return waitpid(child, nullptr, WNOHANG) != 0; }

/// Immediate shutdown: the postmaster takes its children along; then nobody asks politely any more.
void kill_program(pid_t child) {
  kill(child, SIGQUIT);
  for (int i = 0; i < 600; ++i) {
    if (has_ended(child)) return;
    usleep(5000);
  }
  kill(child, SIGKILL);
}

/// What the program left behind was handed to us, its subreaper. What forks on faster than it can
/// be killed is given up after some seconds.
void kill_orphans() {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  const auto patience = Clock::now() + std::chrono::seconds(5);
  while (Clock::now() < patience) {
    const pid_t ended = waitpid(-1, nullptr, WNOHANG);
    if (ended < 0) return;
    if (ended > 0) continue;
    if (FILE* children = std::fopen(path, "r")) {
      for (int pid = 0; std::fscanf(children, "%d", &pid) == 1;) kill(pid, SIGKILL);
      std::fclose(children);
    }
    usleep(500);
  }
}

struct Keeping {
  const Command& command;
  const std::string& folder;
  const Limits& limits;
  const Strings& arguments;
  const Strings& environment;
  int lifeline, status;  ///< descriptors 3 and 4 in the keeper
};

/// Waits until the lifeline breaks, then removes the folder. Ends the program earlier at a limit.
void keep(const Keeping& job, pid_t child) {
  const auto deadline = Clock::now() + job.limits.lifetime;
  bool running = true;
  const auto end = [&](Event why) {
    tell(job.status, why);  // first: whoever loses a connection asks why
    if (why != exited) kill_program(child);
    kill_orphans();
    running = false;
  };
  for (;;) {
    pollfd lifeline{.fd = job.lifeline, .events = POLLIN, .revents = 0};
    if (poll(&lifeline, 1, running ? 200 : -1) > 0) break;
    if (!running) continue;
    if (has_ended(child)) {
      end(exited);
    } else if (Clock::now() > deadline) {
      end(time_limit);
    } else if (walk(job.folder, false) > job.limits.disk_bytes) {
      end(disk_limit);
    }
  }
  if (running) {
    kill_program(child);
    kill_orphans();
  }
  walk(job.folder, true);
}

[[noreturn]] void be_keeper(const Keeping& job) {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const int log =
      open((job.folder + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
  if (log >= 0 && job.command.identity.switch_user) [[maybe_unused]]
    const int ignored = fchown(log, job.command.identity.uid, job.command.identity.gid);
  set_descriptors(log, 4);
  const bool has_own_network = enter_own_network(job.command.identity);
  if (!drop_privileges(job.command.identity)) {
    tell(job.status, no_privilege_drop);
    _exit(1);
  }
  tell(job.status, has_own_network ? own_network : shared_network);
  const pid_t keeper = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != keeper) _exit(127);
    set_limits(job.command);
    close_range(3, ~0U, 0);
    execve(job.command.program.c_str(), job.arguments.get(), job.environment.get());
    _exit(127);
  }
  if (child < 0) {
    tell(job.status, not_started);
    _exit(1);
  }
  keep(job, child);
  _exit(0);
}

bool wait_readable(int descriptor, std::chrono::milliseconds time) {
  pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, static_cast<int>(time.count())) > 0;
}

/// Reads one letter; 0 when there is none in that time. A keeper that is gone has ended.
char read_event(int status, std::chrono::milliseconds time) {
  char letter = 0;
  if (!wait_readable(status, time)) return 0;
  return read(status, &letter, 1) == 1 ? letter : static_cast<char>(exited);
}

/// Until nobody can write any more; false when the deadline comes first.
bool read_all(int descriptor, Clock::time_point deadline, std::string& output) {
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    if (!wait_readable(descriptor, left)) continue;
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count <= 0) return true;
    if (output.size() < 65536) output.append(buffer, static_cast<std::size_t>(count));
  }
}

// ---- run(): the keeper of a program that is waited for

struct Running {
  const Command& command;
  const Strings& arguments;
  const Strings& environment;
  int output;  ///< descriptor that the program writes to
  Clock::time_point deadline;
  pid_t parent;
};

[[noreturn]] void be_program(const Running& job, pid_t keeper) {
  setsid();
  set_descriptors(job.output, 2);
  if (!drop_privileges(job.command.identity)) _exit(privileges_kept);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // not earlier: a change of user would clear it
  if (getppid() != keeper) _exit(127);
  set_limits(job.command);
  execve(job.command.program.c_str(), job.arguments.get(), job.environment.get());
  _exit(127);
}

/// The status with which the program ended; nothing when the deadline came or our parent ended
/// first. What the program left behind and has ended is put away meanwhile. SIGCHLD must be
/// blocked.
std::optional<int> end_of(pid_t program, const Running& job) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  const timespec look_up{.tv_sec = 0, .tv_nsec = 50'000'000};
  while (Clock::now() < job.deadline && getppid() == job.parent) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended == program) return status;
    if (ended < 0) return std::nullopt;
    if (ended == 0) sigtimedwait(&child_ended, nullptr, &look_up);
  }
  return std::nullopt;
}

/// Ends as the program did or, when it had to be ended, by SIGALRM. Root's rights are kept: so the
/// program can't end its keeper.
[[noreturn]] void keep_running(const Running& job) {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  signal(SIGCHLD, SIG_DFL);
  const pid_t keeper = getpid();
  const pid_t program = fork();
  if (program == 0) be_program(job, keeper);
  close_range(0, ~0U, 0);  // the output ends with those that can write to it
  if (program < 0) _exit(127);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  const std::optional<int> status = end_of(program, job);
  if (!status) kill(-program, SIGKILL);
  kill_orphans();
  if (status) _exit(WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status));
  signal(SIGALRM, SIG_DFL);
  kill(keeper, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  _exit(127);
}

/// The status with which the keeper ended, which is killed at the deadline; nothing when there is
/// none to be had.
std::optional<int> end_of_keeper(pid_t keeper, Clock::time_point deadline) {
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(keeper, &status, WNOHANG);
    if (ended == keeper) return status;
    if (ended < 0 && errno != EINTR) return std::nullopt;
    if (Clock::now() >= deadline) kill(keeper, SIGKILL);
    usleep(500);
  }
}

}  // namespace

std::variant<Identity, Refused> unprivileged_identity() {
  if (geteuid() != 0) return Identity{.uid = geteuid(), .gid = getegid(), .switch_user = false};
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name); user && user->pw_uid != 0)
      return Identity{.uid = user->pw_uid, .gid = user->pw_gid, .switch_user = true};
  }
  setpwent();
  std::variant<Identity, Refused> found =
      Refused{"this is root, and there is no other user to run a server as"};
  while (const passwd* user = getpwent()) {
    if (user->pw_uid == 0 || user->pw_gid == 0) continue;
    found = Identity{.uid = user->pw_uid, .gid = user->pw_gid, .switch_user = true};
    break;
  }
  endpwent();
  return found;
}

Finished run(const Command& command, std::chrono::seconds time) {
  const Strings arguments = arguments_of(command);
  const Strings environment(command.environment);
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return {};
  const auto deadline = Clock::now() + time;
  const pid_t us = getpid();
  const pid_t keeper = fork();
  if (keeper == 0) keep_running({command, arguments, environment, output[1], deadline, us});
  close(output[1]);
  Finished finished;
  // The keeper ends the program at the deadline, and has this time to end all that it started.
  const auto patience = deadline + std::chrono::seconds(15);
  const bool all_read = keeper > 0 && read_all(output[0], patience, finished.output);
  close(output[0]);
  if (keeper < 0) return finished;
  const std::optional<int> status = end_of_keeper(keeper, patience);
  finished.timed_out = !all_read || (status && WIFSIGNALED(*status) && Clock::now() >= deadline);
  if (finished.timed_out || !status || !WIFEXITED(*status)) return finished;
  finished.succeeded = WEXITSTATUS(*status) == 0;
  if (WEXITSTATUS(*status) == privileges_kept && finished.output.empty())
    finished.output = words_of_privileges;
  return finished;
}

std::variant<Guarded, Refused> Guarded::start(const Command& command, const std::string& folder,
                                              const Limits& limits) {
  const Strings arguments = arguments_of(command);
  const Strings environment(command.environment);
  int lifeline[2], status[2];
  if (pipe2(lifeline, O_CLOEXEC) != 0) return Refused{"no pipe to be had"};
  if (pipe2(status, O_CLOEXEC) != 0) {
    close(lifeline[0]);
    close(lifeline[1]);
    return Refused{"no pipe to be had"};
  }
  Guarded guarded;
  guarded.folder_ = folder;
  guarded.limits_ = limits;
  guarded.lifeline_ = lifeline[1];
  guarded.status_ = status[0];
  guarded.keeper_ = fork();
  if (guarded.keeper_ == 0) {
    // First out of the way of 3 and 4, then there: either pipe may already own one of them.
    const int safe_lifeline = fcntl(lifeline[0], F_DUPFD, 10);
    const int safe_status = fcntl(status[1], F_DUPFD, 10);
    dup2(safe_lifeline, 3);
    dup2(safe_status, 4);
    be_keeper({command, folder, limits, arguments, environment, 3, 4});
  }
  close(lifeline[0]);
  close(status[1]);
  if (guarded.keeper_ < 0) return Refused{"no process to be had"};
  const char first = read_event(status[0], std::chrono::seconds(10));
  if (first == no_privilege_drop) return Refused{words_of_privileges};
  guarded.own_network_ = first == own_network;
  guarded.ended_ = read_event(status[0], std::chrono::milliseconds(0));
  return guarded;
}

Guarded::Guarded(Guarded&& other) noexcept { *this = std::move(other); }

Guarded& Guarded::operator=(Guarded&& other) noexcept {
  if (this == &other) return *this;
  stop();
  keeper_ = std::exchange(other.keeper_, -1);
  lifeline_ = std::exchange(other.lifeline_, -1);
  status_ = std::exchange(other.status_, -1);
  folder_ = std::exchange(other.folder_, {});
  limits_ = other.limits_;
  own_network_ = other.own_network_;
  ended_ = other.ended_;
  return *this;
}

Guarded::~Guarded() { stop(); }

void Guarded::stop() noexcept {
  if (lifeline_ >= 0) close(std::exchange(lifeline_, -1));
  if (status_ >= 0) close(std::exchange(status_, -1));
  if (keeper_ > 0) {
    while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
    }
    keeper_ = -1;
  }
  if (folder_.empty()) return;
  std::error_code ignored;  // the keeper did it; this is for a keeper that was killed
  std::filesystem::remove_all(folder_, ignored);
}

std::string Guarded::ended_because() const {
  if (ended_ == 0) ended_ = read_event(status_, std::chrono::milliseconds(0));
  switch (ended_) {
    case 0:
      return {};
    case disk_limit:
      return "used more than " + human_size(limits_.disk_bytes) + " of disk";
    case time_limit:
      return "ran longer than " + std::to_string(limits_.lifetime.count()) + " seconds";
    case no_privilege_drop:
      return words_of_privileges;
    default:
      return "ended by itself";
  }
}

}  // namespace schemagate::postgres
