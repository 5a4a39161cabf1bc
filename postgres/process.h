// SPDX-License-Identifier: MIT
// Programs that the rehearsal starts: without a shell, without our environment and descriptors,
// without root's rights, and never outliving us. A keeper process stands between us and the
// program: it notices when we end, in whatever way, and then kills the program with what it started
// and removes a guarded program's folder.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace schemagate::postgres {

/// Something of the world that is not as it must be; the caller has a plan B.
struct Refused {
  std::string because;  ///< lower case, no full stop
};

/// Who a child runs as. `switch_user` is set when we are root: then it becomes an unprivileged
/// user.
struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  bool switch_user = false;
};

/// Our own identity, or for root that of "postgres", else "nobody", else the first other user there
/// is.
std::variant<Identity, Refused> unprivileged_identity();

struct Command {
  std::string program;                   ///< path
  std::vector<std::string> arguments;    ///< without the program's name
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is passed on
  Identity identity;
  /// It asks for far more address space than it uses (Node, Java): what it uses is bounded.
  bool reserves_memory = false;
};

struct Finished {
  bool succeeded = false;
  bool timed_out = false;  ///< it was ended at the limit, with what it started
  std::string output;      ///< both streams, at most 64 kB
};

/// Runs a program to its end or to the limit. What it started and left behind, in whatever session,
/// is killed then: a program that is to live on is Guarded.
Finished run(const Command& command, std::chrono::seconds limit);

struct Limits {
  std::chrono::seconds lifetime{600};
  std::int64_t disk_bytes = std::int64_t{4} << 30;  ///< of the folder
};

/// A running program with its keeper. The folder belongs to it and is removed with it.
class Guarded {
 public:
  /// `folder` must exist and belong to the command's identity; output goes to `folder`/log.
  static std::variant<Guarded, Refused> start(const Command& command, const std::string& folder,
                                              const Limits& limits);
  Guarded(Guarded&& other) noexcept;
  Guarded& operator=(Guarded&& other) noexcept;
  /// Kills the program and waits until it and its folder are gone.
  ~Guarded();

  /// Empty while the program runs; else why it ended: "used more than 4.0 GB of disk".
  std::string ended_because() const;
  /// The program can't reach any network, not even this machine's.
  bool has_own_network() const { return own_network_; }

 private:
  Guarded() = default;
  void stop() noexcept;

  pid_t keeper_ = -1;
  int lifeline_ = -1;  ///< closing it is the keeper's signal to end
  int status_ = -1;    ///< the keeper reports one letter per event
  std::string folder_;
  Limits limits_;
  bool own_network_ = false;
  mutable char ended_ = 0;
};

}  // namespace schemagate::postgres
