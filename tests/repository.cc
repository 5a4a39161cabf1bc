// SPDX-License-Identifier: MIT
#include "tests/repository.h"

#include <fmt/format.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>

#include <array>
#include <fstream>
#include <stdexcept>

namespace schemagate::testing {
namespace {

namespace fs = std::filesystem;

/// 2026-01-01 00:00:00 UTC, the first commit's time.
constexpr long long first_commit = 1767225600;

void check(int code) {
  if (code >= 0) return;
  const git_error* error = git_error_last();
  throw std::runtime_error(error ? error->message : "libgit2 failed");
}

template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

std::string hex(const git_oid& id) {
  std::string digits(GIT_OID_HEXSZ, '0');
  git_oid_fmt(digits.data(), &id);
  return digits;
}

git_oid to_oid(const std::string& digits) {
  git_oid id;
  check(git_oid_fromstr(&id, digits.c_str()));
  return id;
}

git_repository* init(const fs::path& folder) {
  git_libgit2_init();
  git_repository_init_options options;
  git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_MKDIR;
  options.initial_head = "main";
  git_repository* opened = nullptr;
  check(git_repository_init_ext(&opened, folder.c_str(), &options));
  return opened;
}

Handle<git_index> new_index() {
  git_index* opened = nullptr;
  check(git_index_new(&opened));
  return {opened, git_index_free};
}

Handle<git_commit> lookup_commit(git_repository* repository, const std::string& id) {
  const git_oid oid = to_oid(id);
  git_commit* found = nullptr;
  check(git_commit_lookup(&found, repository, &oid));
  return {found, git_commit_free};
}

std::string write_object(git_repository* repository, git_object_t type, const std::string& bytes) {
  git_odb* opened = nullptr;
  check(git_repository_odb(&opened, repository));
  const Handle<git_odb> objects(opened, git_odb_free);
  git_oid id;
  check(git_odb_write(&id, objects.get(), bytes.data(), bytes.size(), type));
  return hex(id);
}

void apply(git_repository* repository, git_index* index, const Files& changes) {
  for (const auto& [path, file] : changes) {
    if (!file) {
      check(git_index_remove(index, path.c_str(), 0));
      continue;
    }
    git_index_entry entry{};
    entry.path = path.c_str();
    entry.mode = file->mode;
    entry.id = to_oid(file->mode == GIT_FILEMODE_COMMIT
                          ? file->text
                          : write_object(repository, GIT_OBJECT_BLOB, file->text));
    check(git_index_add(index, &entry));
  }
}

std::string write_tree(git_repository* repository, git_index* index) {
  git_oid tree;
  check(git_index_write_tree_to(&tree, index, repository));
  return hex(tree);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "schemagate-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("can't make " + name);
  path_ = fs::canonical(name);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const auto path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("can't write " + path.string());
  return path.string();
}

std::string run_git(const fs::path& folder, const std::vector<std::string>& arguments) {
  std::string command =
      "GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 git -C '" +
      folder.string() + "' -c protocol.file.allow=always -c safe.directory='*'";
  for (const auto& argument : arguments) {
    if (argument.find('\'') != std::string::npos) throw std::invalid_argument(argument);
    command += " '" + argument + "'";
  }
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) throw std::runtime_error("can't run git");
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t count = 1; count != 0;) {
    count = fread(buffer.data(), 1, buffer.size(), pipe);
    output.append(buffer.data(), count);
  }
  if (pclose(pipe) != 0) throw std::runtime_error(command + ": " + output);
  return output;
}

TestRepository::TestRepository() : repository_(init(folder_.path()), git_repository_free) {}

bool TestRepository::has(const std::string& branch) const {
  git_oid id;
  return git_reference_name_to_id(&id, repository_.get(), ("refs/heads/" + branch).c_str()) == 0;
}

std::string TestRepository::tip(const std::string& branch) const {
  git_oid id;
  check(git_reference_name_to_id(&id, repository_.get(), ("refs/heads/" + branch).c_str()));
  return hex(id);
}

std::string TestRepository::commit(const std::string& branch, const Files& changes,
                                   const std::string& message) {
  const auto index = new_index();
  std::vector<std::string> parents;
  if (has(branch)) {
    parents.push_back(tip(branch));
    git_tree* found = nullptr;
    check(git_commit_tree(&found, lookup_commit(repository_.get(), parents[0]).get()));
    const Handle<git_tree> tree(found, git_tree_free);
    check(git_index_read_tree(index.get(), tree.get()));
  }
  apply(repository_.get(), index.get(), changes);
  const auto id = commit_tree(write_tree(repository_.get(), index.get()), parents, message);
  this->branch(branch, id);
  return id;
}

void TestRepository::branch(const std::string& branch, const std::string& commit) {
  reference("refs/heads/" + branch, commit);
}

void TestRepository::reference(const std::string& name, const std::string& commit) {
  const git_oid id = to_oid(commit);
  git_reference* made = nullptr;
  check(git_reference_create(&made, repository_.get(), name.c_str(), &id, 1, nullptr));
  git_reference_free(made);
}

std::string TestRepository::merge(const std::string& into, const std::string& from,
                                  const Files& resolution) {
  const auto ours = lookup_commit(repository_.get(), tip(into));
  const auto theirs = lookup_commit(repository_.get(), tip(from));
  git_index* merged = nullptr;
  check(git_merge_commits(&merged, repository_.get(), ours.get(), theirs.get(), nullptr));
  const Handle<git_index> index(merged, git_index_free);
  apply(repository_.get(), index.get(), resolution);
  const auto id = commit_tree(write_tree(repository_.get(), index.get()), {tip(into), tip(from)},
                              "Merge " + from);
  branch(into, id);
  return id;
}

std::string TestRepository::commit_tree(const std::string& tree,
                                        const std::vector<std::string>& parents,
                                        const std::string& message) {
  const auto who = fmt::format("Test <test@example.com> {} +0000", first_commit + 60 * commits_++);
  std::string text = fmt::format("tree {}\n", tree);
  for (const auto& parent : parents) text += fmt::format("parent {}\n", parent);
  text += fmt::format("author {}\ncommitter {}\n\n{}\n", who, who, message);
  return object("commit", text);
}

void TestRepository::checkout(const std::string& branch) {
  check(git_repository_set_head(repository_.get(), ("refs/heads/" + branch).c_str()));
  git_checkout_options options;
  git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
  options.checkout_strategy = GIT_CHECKOUT_FORCE | GIT_CHECKOUT_REMOVE_UNTRACKED;
  check(git_checkout_head(repository_.get(), &options));
}

std::string TestRepository::object(const std::string& type, const std::string& bytes) {
  return write_object(repository_.get(), git_object_string2type(type.c_str()), bytes);
}

std::string TestRepository::tree_entry(const std::string& mode, const std::string& name,
                                       const std::string& id) {
  const git_oid oid = to_oid(id);
  return mode + " " + name + '\0' +
         std::string(reinterpret_cast<const char*>(oid.id), GIT_OID_RAWSZ);
}

}  // namespace schemagate::testing
