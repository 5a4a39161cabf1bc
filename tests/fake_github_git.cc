// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <git2.h>

#include "tests/fake_github_state.h"

namespace schemagate::testing {
namespace {

/// An id that depends on the content only, as git's do.
std::string id_of(const std::string& kind, const json& content) {
  const auto text = kind + content.dump();
  git_oid id;
  if (git_odb_hash(&id, text.data(), text.size(), GIT_OBJECT_BLOB) < 0) {
    throw std::runtime_error("git_odb_hash failed");
  }
  char hex[GIT_OID_HEXSZ + 1] = {};
  git_oid_tostr(hex, sizeof hex, &id);
  return hex;
}

const json& object(const std::map<std::string, json>& all, const std::string& id) {
  const auto found = all.find(id);
  if (found == all.end() || found->second.is_null()) throw Refuse{404, "Not Found"};
  return found->second;
}

json shown_ref(const std::string& name, const std::string& sha) {
  return {{"ref", "refs/" + name}, {"object", {{"type", "commit"}, {"sha", sha}}}};
}

/// True when `ancestor` is reached from `from` by first and other parents.
bool reaches(const std::map<std::string, json>& commits, const std::string& from,
             const std::string& ancestor) {
  if (from == ancestor) return true;
  const auto found = commits.find(from);
  if (found == commits.end() || !found->second.contains("parents")) return false;
  for (const auto& parent : found->second["parents"]) {
    if (reaches(commits, parent["sha"], ancestor)) return true;
  }
  return false;
}

}  // namespace

FakeAnswer FakeState::get_object(const FakeCall& call) {
  const auto& kind = call.path[0];
  return {200, object(kind == "blobs" ? blobs : kind == "trees" ? trees : commits, call.path[1])};
}

FakeAnswer FakeState::create_blob(const FakeCall& call) {
  const auto encoding = call.body.value("encoding", "utf-8");
  require_one_of(encoding, {"utf-8", "base64"}, "encoding", "Blob");
  json blob = {{"content", call.body.value("content", "")}, {"encoding", encoding}};
  const auto id = id_of("blob", blob);
  blob["sha"] = id;
  blobs[id] = blob;
  return {201, {{"sha", id}}};
}

FakeAnswer FakeState::create_tree(const FakeCall& call) {
  std::map<std::string, json> entries;
  if (call.body.contains("base_tree")) {
    for (const auto& entry : object(trees, call.body["base_tree"])["tree"]) {
      entries[entry["path"]] = entry;
    }
  }
  for (const auto& entry : call.body.value("tree", json::array())) {
    const auto path = required_text(entry, "path", "Tree");
    require_one_of(entry.value("mode", ""), {"100644", "100755", "040000", "160000", "120000"},
                   "mode", "Tree");
    require_one_of(entry.value("type", ""), {"blob", "tree", "commit"}, "type", "Tree");
    const auto sha = required_text(entry, "sha", "Tree");
    if (!blobs.contains(sha) && !trees.contains(sha)) {
      throw Refuse{422, "tree.sha " + sha + " is not a valid blob"};
    }
    entries[path] = entry;
  }
  if (entries.empty()) throw Refuse{422, "Invalid tree info"};
  json tree = {{"tree", json::array()}, {"truncated", false}};
  for (const auto& [path, entry] : entries) tree["tree"].push_back(entry);
  const auto id = id_of("tree", tree);
  tree["sha"] = id;
  trees[id] = tree;
  return {201, tree};
}

FakeAnswer FakeState::create_commit(const FakeCall& call) {
  const auto tree = required_text(call.body, "tree", "Commit");
  if (!trees.contains(tree)) throw Refuse{422, "Tree SHA does not exist"};
  json commit = {{"message", required_text(call.body, "message", "Commit")},
                 {"tree", {{"sha", tree}}},
                 {"author", call.body.value("author", json::object())},
                 {"parents", json::array()}};
  for (const auto& parent : call.body.value("parents", json::array())) {
    if (!commits.contains(parent))
      throw Refuse{422, "Parent SHA does not exist or is not a commit object"};
    commit["parents"].push_back({{"sha", parent}});
  }
  const auto id = id_of("commit", commit);
  commit["sha"] = id;
  commits[id] = commit;
  return {201, commit};
}

FakeAnswer FakeState::get_ref(const FakeCall& call) {
  const auto found = refs.find(call.path[0]);
  if (found == refs.end()) throw Refuse{404, "Not Found"};
  return {200, shown_ref(call.path[0], found->second)};
}

FakeAnswer FakeState::create_ref(const FakeCall& call) {
  const auto name = required_text(call.body, "ref", "Reference");
  const auto sha = required_text(call.body, "sha", "Reference");
  if (!name.starts_with("refs/") || name.find('/', 5) == std::string::npos) {
    throw Refuse{422, "Reference name must start with 'refs/' and have two slashes"};
  }
  if (!commits.contains(sha)) throw Refuse{422, "Object does not exist"};
  if (refs.contains(name.substr(5))) throw Refuse{422, "Reference already exists"};
  refs[name.substr(5)] = sha;
  return {201, shown_ref(name.substr(5), sha)};
}

FakeAnswer FakeState::update_ref(const FakeCall& call) {
  const auto found = refs.find(call.path[0]);
  if (found == refs.end()) throw Refuse{422, "Reference does not exist"};
  const auto sha = required_text(call.body, "sha", "Reference");
  if (!commits.contains(sha)) throw Refuse{422, "Object does not exist"};
  if (!call.body.value("force", false) && !reaches(commits, sha, found->second)) {
    throw Refuse{422, "Update is not a fast forward"};
  }
  found->second = sha;
  return {200, shown_ref(call.path[0], sha)};
}

}  // namespace schemagate::testing
