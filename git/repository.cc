// SPDX-License-Identifier: MIT
#include "git/repository.h"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <fstream>
#include <unordered_set>

#include "base/text.h"
#include "git/libgit2.h"

namespace schemagate::git {
namespace {

std::string short_id(const std::string& id) { return id.substr(0, 12); }

/// What was not found is an object, not a name for one.
bool lacks_object() {
  const git_error* error = git_error_last();
  return error && error->klass == GIT_ERROR_ODB;
}

/// Every branch, tag and remote branch by the short name that people type.
std::vector<std::string> reference_names(git_repository* repository) {
  std::vector<std::string> names;
  git_strarray found{};
  if (git_reference_list(&found, repository) < 0) return names;
  for (std::size_t i = 0; i < found.count; ++i) {
    const std::string_view name = found.strings[i];
    for (const std::string_view folder : {"refs/heads/", "refs/tags/", "refs/remotes/"}) {
      if (name.starts_with(folder)) names.emplace_back(name.substr(folder.size()));
    }
  }
  git_strarray_dispose(&found);
  return names;
}

/// What to do about a revision that is not there, in a clone with its whole history.
std::string hint_for_unknown(git_repository* repository, const std::string& revision) {
  if (git_repository_head_unborn(repository) == 1) return "the repository has no commit yet";
  const auto names = reference_names(repository);
  const auto remote = "origin/" + revision;
  if (std::find(names.begin(), names.end(), remote) != names.end()) {
    return fmt::format("did you mean \"{}\"?", remote);
  }
  if (const auto name = nearest(revision, names)) return fmt::format("did you mean \"{}\"?", *name);
  return "is it fetched? `git branch --all` lists what there is";
}

/// The commits where a shallow clone's history ends, as the file `shallow` lists them.
std::unordered_set<std::string> shallow_commits(git_repository* repository) {
  std::ifstream file(std::string(git_repository_commondir(repository)) + "shallow");
  std::unordered_set<std::string> ids;
  for (std::string line; std::getline(file, line);) ids.insert(line);
  return ids;
}

/// True when a commit at which the history ends can be reached from one of `tips` without passing
/// through `base`: what lies behind it may hold another, better merge base.
bool is_cut_above(git_repository* repository, const std::string& base,
                  const std::vector<std::string>& tips) {
  git_revwalk* opened = nullptr;
  check(git_revwalk_new(&opened, repository), "walk the history");
  const Handle<git_revwalk> walk(opened);
  const auto ends = shallow_commits(repository);
  git_oid id = to_oid(base);
  int code = git_revwalk_hide(walk.get(), &id);
  for (const auto& tip : tips) {
    id = to_oid(tip);
    if (code == 0) code = git_revwalk_push(walk.get(), &id);
  }
  while (code == 0) {
    code = git_revwalk_next(&id, walk.get());
    if (code == 0 && ends.contains(hex(id))) return true;
  }
  return code != GIT_ITEROVER;
}

std::string without_userinfo(std::string url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto begin = scheme + 3;
  const auto at = url.substr(0, url.find('/', begin)).rfind('@');
  if (at != std::string::npos && at >= begin) url.erase(begin, at + 1 - begin);
  return url;
}

}  // namespace

Repository::Repository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Repository::Impl::Impl(Handle<git_repository> opened) : repository(std::move(opened)) {
  git_odb* found = nullptr;
  check(git_repository_odb(&found, repository.get()), "open the object database");
  objects.reset(found);
}

bool Repository::Impl::is_shallow() const {
  return git_repository_is_shallow(repository.get()) == 1;
}

bool Repository::Impl::is_partial() const {
  const auto packs =
      std::filesystem::path(git_repository_commondir(repository.get())) / "objects/pack";
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(packs, error)) {
    if (file.path().extension() == ".promisor") return true;
  }
  return false;
}

Repository Repository::open(const std::string& path) {
  start_libgit2();
  git_repository* opened = nullptr;
  const int code =
      git_repository_open_ext(&opened, path.c_str(), GIT_REPOSITORY_OPEN_CROSS_FS, nullptr);
  Handle<git_repository> repository(opened);
  if (code == 0) return Repository(std::make_unique<Impl>(std::move(repository)));
  std::error_code ignored;
  const auto file = std::filesystem::path(path) / ".git";
  if (std::filesystem::is_regular_file(file, ignored)) {
    throw Error(ErrorKind::repository, fmt::format("can't open the repository: {}", last_error()),
                fmt::format("{} points to another folder: is that one there too?", file.string()));
  }
  if (code != GIT_ENOTFOUND) {
    throw Error(ErrorKind::repository,
                fmt::format("can't open the repository at {}: {}", path, last_error()));
  }
  throw Error(ErrorKind::repository, fmt::format("{} is not in a git repository", path),
              "has actions/checkout run before this step? elsewhere: --repo DIR");
}

std::string Repository::resolve(const std::string& revision) const {
  git_repository* repository = impl_->repository.get();
  git_object* found = nullptr;
  clear_error();
  const bool is_text = !revision.empty() && revision.find('\0') == std::string::npos;
  const int code = is_text ? git_revparse_single(&found, repository, revision.c_str())
                           : static_cast<int>(GIT_EINVALIDSPEC);
  const Handle<git_object> object(found);
  if (code == GIT_ENOTFOUND) {
    const auto message = fmt::format("revision \"{}\" is not in this clone", revision);
    if (lacks_object() || is_full_id(revision) || is_incomplete()) throw MissingObject(message);
    throw Error(ErrorKind::repository, message, hint_for_unknown(repository, revision));
  }
  if (code == GIT_EAMBIGUOUS) {
    throw Error(ErrorKind::repository, fmt::format("revision \"{}\" is ambiguous", revision),
                "name it by more digits, or in full");
  }
  if (code < 0) {
    throw Error(ErrorKind::repository,
                is_text ? fmt::format("\"{}\" is not a revision: {}", revision, last_error())
                        : "the revision is empty or holds a NUL",
                "a branch, a tag or a commit's id is expected");
  }
  git_object* peeled = nullptr;
  const int peel_code = git_object_peel(&peeled, object.get(), GIT_OBJECT_COMMIT);
  const Handle<git_object> commit(peeled);
  if (peel_code == GIT_ENOTFOUND) {
    throw MissingObject(fmt::format("the commit of \"{}\" is not in this clone", revision));
  }
  if (peel_code < 0) {
    throw Error(ErrorKind::repository,
                fmt::format("\"{}\" is a {}, not a commit", revision,
                            git_object_type2string(git_object_type(object.get()))));
  }
  return hex(*git_object_id(commit.get()));
}

std::vector<std::string> Repository::merge_bases(const std::string& one,
                                                 const std::string& two) const {
  git_repository* repository = impl_->repository.get();
  const git_oid first = to_oid(one);
  const git_oid second = to_oid(two);
  git_oidarray found{};
  clear_error();
  const int code = git_merge_bases(&found, repository, &first, &second);
  const bool is_damaged = code < 0 && (code != GIT_ENOTFOUND || lacks_object());
  const auto reason = is_damaged ? last_error() : "";
  std::vector<std::string> bases;
  for (std::size_t i = 0; i < found.count; ++i) bases.push_back(hex(found.ids[i]));
  git_oidarray_dispose(&found);

  const auto pair = fmt::format("{} and {}", short_id(one), short_id(two));
  const bool is_cut =
      impl_->is_shallow() && (bases.size() != 1 || is_cut_above(repository, bases[0], {one, two}));
  if (is_cut) throw MissingObject(fmt::format("the history between {} is cut off", pair));
  if (is_damaged) {
    throw MissingObject(fmt::format("can't find the merge base of {}: {}", pair, reason));
  }
  if (bases.empty()) {
    throw Error(ErrorKind::repository, fmt::format("{} have unrelated histories", pair),
                "was the branch started from this repository's?");
  }
  std::sort(bases.begin(), bases.end());
  return bases;
}

bool Repository::is_incomplete() const { return impl_->is_shallow() || impl_->is_partial(); }

std::string Repository::root() const {
  const char* path = git_repository_workdir(impl_->repository.get());
  return path ? path : "";
}

std::optional<std::string> Repository::origin_url() const {
  git_config* found = nullptr;
  if (git_repository_config_snapshot(&found, impl_->repository.get()) < 0) return std::nullopt;
  const Handle<git_config> config(found);
  const char* url = nullptr;
  if (git_config_get_string(&url, config.get(), "remote.origin.url") < 0) return std::nullopt;
  return without_userinfo(url);
}

}  // namespace schemagate::git
