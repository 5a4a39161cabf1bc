// SPDX-License-Identifier: MIT
#include "git/libgit2.h"

#include <fmt/format.h>
#include <git2.h>
#if __has_include(<git2/sys/errors.h>)  // since libgit2 1.8
#include <git2/sys/errors.h>
#endif
#include <stdlib.h>

#include <array>

namespace schemagate::git {
namespace {

/// Extensions of the repository format that change nothing for a reader of objects and references.
/// libgit2 refuses a repository with one that it was not told about.
constexpr std::array harmless_extensions = {"worktreeconfig", "partialclone", "preciousobjects",
                                            "relativeworktrees"};

bool configure() {
  if (git_libgit2_init() < 0) throw Error(ErrorKind::internal, "can't start libgit2");
  // A container's workspace belongs to another user; we run nothing that is found in it.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  auto extensions = harmless_extensions;
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
  for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                          GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  return true;
}

}  // namespace

void Free::operator()(git_config* handle) const noexcept { git_config_free(handle); }
void Free::operator()(git_diff* handle) const noexcept { git_diff_free(handle); }
void Free::operator()(git_index* handle) const noexcept { git_index_free(handle); }
void Free::operator()(git_index_conflict_iterator* handle) const noexcept {
  git_index_conflict_iterator_free(handle);
}
void Free::operator()(git_object* handle) const noexcept { git_object_free(handle); }
void Free::operator()(git_odb* handle) const noexcept { git_odb_free(handle); }
void Free::operator()(git_odb_object* handle) const noexcept { git_odb_object_free(handle); }
void Free::operator()(git_reference* handle) const noexcept { git_reference_free(handle); }
void Free::operator()(git_remote* handle) const noexcept { git_remote_free(handle); }
void Free::operator()(git_repository* handle) const noexcept { git_repository_free(handle); }
void Free::operator()(git_revwalk* handle) const noexcept { git_revwalk_free(handle); }
void Free::operator()(git_status_list* handle) const noexcept { git_status_list_free(handle); }
void Free::operator()(git_tree* handle) const noexcept { git_tree_free(handle); }

void start_libgit2() {
  static const bool started = configure();
  static_cast<void>(started);
}

std::string last_error() {
  const git_error* error = git_error_last();
  return error && error->message ? error->message : "unknown error";
}

void clear_error() { git_error_clear(); }

void set_error(const char* message) { git_error_set_str(GIT_ERROR_CALLBACK, message); }

MissingObject::MissingObject(const std::string& message)
    : Error(ErrorKind::repository, message,
            "does the clone have the whole history? actions/checkout needs `fetch-depth: 0` and no "
            "`filter`; elsewhere `git fetch --unshallow` gets the rest") {}

void check(int code, const std::string& doing) {
  if (code >= 0) return;
  const auto message = fmt::format("can't {}: {}", doing, last_error());
  if (code == GIT_ENOTFOUND) throw MissingObject(message);
  throw Error(ErrorKind::repository, message);
}

std::string hex(const git_oid& id) {
  std::string digits(GIT_OID_HEXSZ, '0');
  git_oid_fmt(digits.data(), &id);
  return digits;
}

bool is_full_id(std::string_view text) {
  return text.size() == GIT_OID_HEXSZ &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

git_oid to_oid(const std::string& digits) {
  git_oid id;
  if (!is_full_id(digits) || git_oid_fromstr(&id, digits.c_str()) < 0) {
    throw Error(ErrorKind::internal, fmt::format("\"{}\" is not a git object id", digits));
  }
  return id;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "schemagate-XXXXXX").string();
  if (!mkdtemp(name.data())) {
    throw Error(ErrorKind::repository, fmt::format("can't make a temporary folder {}", name),
                "is TMPDIR a folder that can be written to?");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace schemagate::git
