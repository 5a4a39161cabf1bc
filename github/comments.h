// SPDX-License-Identifier: MIT
// What is written below a pull request and beside its lines. Bodies are Markdown of at most
// `max_body` bytes. Creating looks first whether an attempt that seemed to fail did succeed:
// nothing is posted twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "github/client.h"

namespace schemagate::github {

/// GitHub takes 65,536 characters; bytes are counted, with room for the footer it may add.
inline constexpr std::size_t max_body = 65'000;

struct Comment {
  std::int64_t id = 0;
  std::string author;
  std::int64_t author_id = 0;
  bool by_program = false;  ///< an app's
  std::string body;
  std::string url;  ///< for people
  std::string created_at, updated_at;
};

/// As GitHub keeps it: it may change line ends and cut spaces at the end.
bool same_text(std::string_view a, std::string_view b);

/// All of them, oldest first.
Outcome<std::vector<Comment>> issue_comments(Client& client, int number);
/// Nothing when it is gone.
Outcome<std::optional<Comment>> issue_comment(Client& client, std::int64_t id);
Outcome<Comment> create_issue_comment(Client& client, int number, std::string_view body);
Outcome<Comment> edit_issue_comment(Client& client, std::int64_t id, std::string_view body);
/// One that is gone already is no refusal.
Outcome<Done> delete_issue_comment(Client& client, std::int64_t id);

enum class Side { left, right };  ///< left: the line as it was, of what is gone

struct ReviewComment : Comment {
  std::int64_t review = 0;  ///< 0: a comment of its own
  std::int64_t reply_to = 0;
  std::string path;
  std::string commit;           ///< the newest commit it is shown on
  std::string original_commit;  ///< the commit it was made on
  int line = 0;                 ///< 0: outdated, or on the file
  int start_line = 0;           ///< 0: on one line
  Side side = Side::right;
  bool on_file = false;
};

/// All of them, replies included, oldest first.
Outcome<std::vector<ReviewComment>> review_comments(Client& client, int number);
Outcome<ReviewComment> edit_review_comment(Client& client, std::int64_t id, std::string_view body);
/// A comment on a file of the pull request, for what has no line in the diff.
Outcome<ReviewComment> create_file_comment(Client& client, int number, std::string_view commit,
                                           std::string_view path, std::string_view body);

/// A comment of a review that is about to be posted.
struct LineComment {
  std::string path;
  int line = 1;
  int start_line = 0;  ///< 0: `line` alone. Requires otherwise: below `line`, in the same hunk
  Side side = Side::right;
  std::string body;
};

struct NewReview {
  std::string commit;
  std::string body;  ///< may be empty when there are comments
  std::vector<LineComment> comments;
};
/// Posts with event COMMENT: a program neither approves nor blocks. All or nothing: one comment
/// outside of the diff and GitHub refuses the whole (Refusal::Kind::invalid). Returns its id.
Outcome<std::int64_t> create_review(Client& client, int number, const NewReview& review);

}  // namespace schemagate::github
