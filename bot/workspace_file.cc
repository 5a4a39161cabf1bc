// SPDX-License-Identifier: MIT
#include "bot/workspace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "git/descriptor.h"

namespace schemagate {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::usage, fmt::format("can't write {}: {}", path, why),
              "is it a plain path inside the workspace?");
}

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t folder_mode = 0755, file_mode = 0644;

/// Only root can give files away; anybody else owns the workspace anyway.
void give_to_owner(int file, const struct stat& owner) {
  if (geteuid() == 0 && fchown(file, owner.st_uid, owner.st_gid) != 0) return;
}

void write_file(int folder, const std::string& name, const std::string& text,
                const struct stat& owner, const std::string& path) {
  const Descriptor file(openat(folder, name.c_str(),
                               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                               file_mode));
  if (file.get() < 0) refuse(path, std::strerror(errno));
  give_to_owner(file.get(), owner);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(file.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) refuse(path, std::strerror(errno));
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace

void write_below(const std::string& root, const std::string& path, const std::string& text) {
  Descriptor folder(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat owner {};
  if (folder.get() < 0 || fstat(folder.get(), &owner) != 0) refuse(path, std::strerror(errno));
  const auto parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string name(parts[i]);
    if (name.empty() || name == "." || name == ".." || name == ".git") refuse(path, "not allowed");
    if (i + 1 == parts.size()) return write_file(folder.get(), name, text, owner, path);
    const bool made = mkdirat(folder.get(), name.c_str(), folder_mode) == 0;
    folder = Descriptor(openat(folder.get(), name.c_str(), folder_flags));
    if (folder.get() < 0) refuse(path, std::strerror(errno));
    if (!made) continue;
    give_to_owner(folder.get(), owner);
    write_file(folder.get(), ".gitignore", "*\n", owner, path);
  }
}

}  // namespace schemagate
