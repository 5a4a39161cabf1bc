// SPDX-License-Identifier: MIT
// A GitHub on 127.0.0.1 for tests. It remembers what is posted and refuses what GitHub refuses: a
// line outside of the diff, too many annotations, a body that is too long, what the token may not.
// It gives lists in pages of two, keeps every request in order, and fails where it is told to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "github/checks.h"
#include "github/comments.h"
#include "github/pull_request.h"

namespace schemagate::testing {

struct FakeGitHubOptions {
  std::string repository = "acme/shop";
  std::string base_path = {};  ///< "/api/v3": as GitHub Enterprise Server
  std::string token = "ghs_fake";
  std::string viewer = "github-actions[bot]";  ///< who the token is
  std::int64_t viewer_id = 41898282;
  bool https = false;  ///< at localhost, with a certificate of its own (also for github.test)
  int page_size = 2;
};

/// Where lines of a file can be commented: "@@ -old_start,old_lines +new_start,new_lines @@".
struct FakeHunk {
  int old_start = 0, old_lines = 0, new_start = 0, new_lines = 0;
};
using FakeDiff = std::map<std::string, std::vector<FakeHunk>>;  ///< by path

/// Something goes wrong with a request that matches: the `skip` first ones pass, then `times` fail.
struct Fault {
  enum class Kind {
    answer,        ///< `status` with `message` and `headers`; nothing takes effect
    answer_after,  ///< the same, but the request took effect
    drop_before,   ///< the connection is closed; nothing took effect
    drop_after,    ///< the connection is closed; the request took effect
    silence,       ///< no answer until the client goes away
    garbage,       ///< 200 with a page that is no JSON, as of a proxy; nothing took effect
  };
  std::string method = {};  ///< empty: any
  std::string path = {};    ///< a part of the path; empty: any
  bool whole_path = false;  ///< … or all of it
  Kind kind = Kind::answer;
  int status = 500;
  std::string message = {};
  std::map<std::string, std::string> headers = {};
  int skip = 0;
  int times = 1;

  static Fault secondary_limit(int retry_after);
  static Fault no_permission();
};

struct SentRequest {
  std::string method;
  std::string target;  ///< with query, without the base path
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case
  int status = 0;                              ///< what was answered; 0: the connection was closed
};

class FakeGitHub {
 public:
  explicit FakeGitHub(FakeGitHubOptions options = {});
  /// Everything that is there and what the token may, at an address of its own; requests and faults
  /// begin anew.
  FakeGitHub(const FakeGitHub& other);
  ~FakeGitHub();

  std::string url() const;  ///< for GITHUB_API_URL
  int port() const;
  std::string certificate() const;  ///< a PEM file; of https only
  std::string token() const;

  /// Adds a pull request, and its base and head as known commits.
  void add(const github::PullRequest& pull_request, FakeDiff diff);
  /// The pull request has a new head. Comments on lines that are outside of the new diff lose
  /// their line; the others stay, on the line that `moved` gives for an id: 0 for one that changed.
  void push(int number, const std::string& sha, FakeDiff diff,
            const std::map<std::int64_t, int>& moved = {});
  void know_commit(const std::string& sha);  ///< statuses and check runs may be put on it
  void set_access(const std::string& login, const std::string& access);  ///< "write", "admin"

  /// From now on it tells the time, and this is it: seconds since 1970.
  void set_clock(std::int64_t seconds);
  void set_draft(int number, bool draft);

  /// From now on a ruleset of the branch asks for up-to-date branches.
  void require_up_to_date(const std::string& branch);
  /// From now on a ruleset of the branch has such a rule, "merge_queue".
  void add_rule(const std::string& branch, const std::string& type);
  /// A state that GitHub has not today; lists have it among the open ones.
  void set_state(int number, const std::string& word);
  /// From now on its older protection asks for a status, and shows not whether for the tip, too.
  void require_status(const std::string& branch);

  /// What people write: not through the interface, nothing is checked.
  std::int64_t add_comment(int number, const std::string& author, const std::string& body);
  /// A text of nothing: it is deleted.
  void change_comment(std::int64_t id, const std::string& body);
  std::int64_t add_reply(std::int64_t review_comment, const std::string& author,
                         const std::string& body);
  void add_review(int number, const std::string& author, const std::string& state);
  void add_statuses(const std::string& sha, const std::string& context, int count);

  /// Another token, and what it may.
  void know_token(const std::string& token, std::set<std::string> permissions);
  /// "pull-requests: write" and the like; everything until this is called.
  void allow_only(std::set<std::string> permissions);
  void fail(Fault fault);
  void forget_faults();
  /// Returns when every request that came had its effect: who sent it may be gone before that.
  void wait_until_idle() const;
  /// Called with the number of each request that comes, from 1, before it has its effect.
  void on_request(std::function<void(int)> callback);

  std::vector<SentRequest> requests() const;
  /// Every request in order, with its answer's status and its body's fields, a line each: for
  /// golden files.
  std::string transcript() const;
  void forget_requests();

  /// Everything that is there, as indented JSON without what differs by the order of events alone:
  /// numbers and times, and statuses that a newer one of the same context has replaced.
  std::string everything() const;
  std::vector<github::Comment> comments(int number) const;
  std::vector<github::ReviewComment> review_comments(int number) const;
  std::vector<github::Review> reviews(int number) const;
  std::vector<github::Status> statuses(const std::string& sha) const;  ///< newest first
  /// The one that holds, or a status whose context is empty.
  github::Status status(const std::string& sha, const std::string& context) const;
  /// With all their annotations.
  std::vector<github::CheckRun> check_runs(const std::string& sha) const;
  /// The commit a ref points to ("heads/main"), empty when there is none.
  std::string ref(const std::string& name) const;
  void set_ref(const std::string& name, const std::string& sha);

 private:
  struct Impl;
  void listen();

  std::unique_ptr<Impl> impl_;
};

}  // namespace schemagate::testing
