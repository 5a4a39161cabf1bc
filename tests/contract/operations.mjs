// SPDX-License-Identifier: MIT
// What the program asks GitHub for, in the words of GitHub's description. The contract test fails
// when one of these was never asked for, and when something else was.
export const operations = [
  "GET /repos/{owner}/{repo}/pulls",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/comments",
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/comments",
  "PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "GET /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "GET /repos/{owner}/{repo}/commits/{ref}/statuses",
  "POST /repos/{owner}/{repo}/statuses/{sha}",
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
  "POST /repos/{owner}/{repo}/check-runs",
  "GET /repos/{owner}/{repo}/check-runs/{check_run_id}",
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
  "GET /repos/{owner}/{repo}/rules/branches/{branch}",
  "GET /repos/{owner}/{repo}/branches/{branch}",
  "GET /repos/{owner}/{repo}/git/ref/{ref}",
  "POST /repos/{owner}/{repo}/git/refs",
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}",
  "POST /repos/{owner}/{repo}/git/blobs",
  "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
  "POST /repos/{owner}/{repo}/git/commits",
  "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
  "POST /repos/{owner}/{repo}/git/trees",
  "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
];

/// What must be refused, or the test proves nothing: [operation's path, method, body, why].
export const refused = [
  ["POST", "/check-runs", { name: "x", head_sha: "a", output: { title: "t", summary: "s",
    annotations: Array.from({ length: 51 }, () => ({ path: "a", start_line: 1, end_line: 1,
      annotation_level: "notice", message: "m" })) } }, "51 annotations"],
  ["POST", "/check-runs", { name: "x" }, "a missing field"],
  ["POST", "/pulls/7/reviews", { event: "COMMENT", body: "x", commit: "a" }, "an unknown field"],
  ["POST", "/pulls/7/reviews", { event: "NICE", body: "x" }, "a word that is none of those allowed"],
  ["POST", "/statuses/a", { state: "green" }, "a state that does not exist"],
  ["POST", "/issues/7/comments", { body: 7 }, "a number in place of a text"],
  ["GET", "/pulls/seven", undefined, "a word in place of a number"],
  ["GET", "/pulls?state=ajar", undefined, "a parameter's value that does not exist"],
];
