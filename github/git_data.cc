// SPDX-License-Identifier: MIT
#include "github/git_data.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "base/text.h"
#include "github/address.h"
#include "github/answers.h"
#include "report/json_writer.h"

namespace schemagate::github {
namespace {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), from,
                  static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

std::string from_base64(std::string text) {
  text = replace_all(replace_all(std::move(text), "\n", ""), "\r", "");
  std::string out(text.size() / 4 * 3, '\0');
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), from,
                                   static_cast<int>(text.size()));
  if (size < 0) throw Error(ErrorKind::github, "GitHub's answer: content is not base64");
  const auto padding = text.ends_with("==") ? 2U : text.ends_with("=") ? 1U : 0U;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

/// "schemagate/ledger/release%2F1": slashes separate, the rest is encoded.
std::string ref_path(std::string_view ref) {
  std::string path;
  for (const auto part : split(ref, '/')) path += (path.empty() ? "" : "/") + url_encoded(part);
  return path;
}

Call writing(const Client& client, std::string_view method, std::string_view path,
             JsonWriter& json) {
  return {.method = std::string(method),
          .path = client.in_repository(path),
          .body = json.take(),
          .permission = permission::write_contents};
}

std::string read_sha(const JsonView& json) { return json.text("sha"); }

TreeEntry read_entry(const JsonView& json) {
  return {json.text("path"), json.text("mode"), json.text("type"), json.text_or("sha", "")};
}

/// Makes a ref point to `commit`, once: it may be there already from an attempt that seemed to
/// fail.
Outcome<Done> set_ref(Client& client, const Call& call, std::string_view ref,
                      std::string_view commit) {
  bool is_there = false;
  const auto answer = client.once(call, [&]() -> Outcome<bool> {
    const auto now = get_ref(client, ref);
    if (!now) return now.refusal();
    is_there = *now == commit;
    return is_there;
  });
  if (!answer) return answer.refusal();
  if (is_there) return Done{};
  const auto set =
      read_answer(answer, [](const JsonView& json) { return json.at("object").text("sha"); });
  if (!set) return set.refusal();
  return Done{};
}

}  // namespace

Outcome<std::optional<std::string>> get_ref(Client& client, std::string_view ref) {
  const auto answer =
      client.get(client.in_repository("/git/ref/" + ref_path(ref)), permission::read_contents);
  if (!answer && answer.refusal().kind == Refusal::Kind::not_found) return {std::nullopt};
  return read_answer(
      answer, [](const JsonView& json) { return std::optional(json.at("object").text("sha")); });
}

Outcome<Done> create_ref(Client& client, std::string_view ref, std::string_view commit) {
  JsonWriter json;
  json.begin_object().key("ref").string(fmt::format("refs/{}", ref));
  json.key("sha").string(commit).end_object();
  return set_ref(client, writing(client, "POST", "/git/refs", json), ref, commit);
}

Outcome<Done> move_ref(Client& client, std::string_view ref, std::string_view commit) {
  JsonWriter json;
  json.begin_object().key("sha").string(commit).key("force").boolean(false).end_object();
  return set_ref(client, writing(client, "PATCH", "/git/refs/" + ref_path(ref), json), ref, commit);
}

Outcome<GitCommit> get_commit(Client& client, std::string_view sha) {
  const auto path = client.in_repository("/git/commits/" + url_encoded(sha));
  return read_answer(client.get(path, permission::read_contents), [](const JsonView& json) {
    GitCommit commit{json.text("sha"), json.at("tree").text("sha"), {}, json.text("message")};
    for (const auto& parent : json.at("parents").elements()) {
      commit.parents.push_back(parent.text("sha"));
    }
    return commit;
  });
}

Outcome<std::vector<TreeEntry>> get_tree(Client& client, std::string_view sha) {
  const auto path = client.in_repository("/git/trees/" + url_encoded(sha));
  return read_answer(client.get(path, permission::read_contents), [](const JsonView& json) {
    if (json.truth_or("truncated", false)) {
      throw Error(ErrorKind::github, "GitHub's answer: the tree is cut off");
    }
    std::vector<TreeEntry> entries;
    for (const auto& entry : json.at("tree").elements()) entries.push_back(read_entry(entry));
    return entries;
  });
}

Outcome<std::string> get_blob(Client& client, std::string_view sha) {
  const auto path = client.in_repository("/git/blobs/" + url_encoded(sha));
  return read_answer(client.get(path, permission::read_contents), [](const JsonView& json) {
    const auto content = json.text("content");
    return json.text("encoding") == "base64" ? from_base64(content) : content;
  });
}

Outcome<std::string> create_blob(Client& client, std::string_view content) {
  JsonWriter json;
  json.begin_object().key("content").string(base64(content));
  json.key("encoding").string("base64").end_object();
  return read_answer(client.repeatable(writing(client, "POST", "/git/blobs", json)), read_sha);
}

Outcome<std::string> create_tree(Client& client, std::string_view base_tree,
                                 const std::vector<TreeEntry>& entries) {
  JsonWriter json;
  json.begin_object();
  if (!base_tree.empty()) json.key("base_tree").string(base_tree);
  json.key("tree").begin_array();
  for (const auto& entry : entries) {
    json.begin_object().key("path").string(entry.path).key("mode").string(entry.mode);
    json.key("type").string(entry.type).key("sha").string(entry.sha).end_object();
  }
  json.end_array().end_object();
  return read_answer(client.repeatable(writing(client, "POST", "/git/trees", json)), read_sha);
}

Outcome<std::string> create_commit(Client& client, std::string_view message, std::string_view tree,
                                   const std::vector<std::string>& parents, std::string_view date) {
  JsonWriter json;
  json.begin_object().key("message").string(message).key("tree").string(tree);
  json.key("parents").begin_array();
  for (const auto& parent : parents) json.string(parent);
  json.end_array().key("author").begin_object().key("name").string("schemagate");
  // A domain that is nobody's: the commit is no person's.
  json.key("email").string("schemagate@schemagate.invalid").key("date").string(date);
  json.end_object().end_object();
  return read_answer(client.repeatable(writing(client, "POST", "/git/commits", json)), read_sha);
}

}  // namespace schemagate::github
