// SPDX-License-Identifier: MIT
// The hidden first line of what we write on GitHub: whose it is, and of a comment beside a line
// which finding it is about, so that later pushes find it again. It holds hashes where it would
// hold text of the pull request.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "github/comments.h"
#include "github/pull_request.h"
#include "report/report.h"

namespace schemagate::github {

/// How a comment beside a line has ended.
enum class Ending {
  open,          ///< its finding stands
  gone,          ///< nothing of the kind is found any more
  allowed,       ///< the finding is there and somebody allows it
  note,          ///< the finding is there and is a note only
  unconfigured,  ///< its database is in no configuration any more
};

/// "<!-- schemagate:v1 name fp=… db=… at=… -->"
struct Marker {
  std::string fingerprint;  ///< of database, rule and object; may be another finding's, too
  std::string database;     ///< marker_hash() of its name; empty where it was not written yet
  std::string statement;    ///< marker_hash() of its text: tells findings of one fingerprint apart
  Ending ending = Ending::open;
  std::string since;          ///< the commit of the ending, 7 digits
  std::set<Ground> rests_on;  ///< of the finding
};

/// What stands for a text in a marker; empty for an empty text.
std::string marker_hash(std::string_view text);

/// The line without its end. A set-up's name can hold letters, digits, '-' and '_' only; `name` may
/// be empty.
std::string to_text(const Marker& marker, std::string_view name);
/// The marker of a body that has one.
Marker read_marker(const std::string& body);

/// "<!-- schemagate:v1 name -->": stands at the first byte of the one comment.
std::string hidden_marker(std::string_view name);
/// Says that it is ours; who wrote it is to be seen.
bool has_marker(const Comment& comment, std::string_view name);
/// Written by us under that name; a foreign comment with our marker is none of ours.
bool is_ours(const Comment& comment, std::string_view name, const Viewer& viewer);
/// GitHub has not told who we are, and another app than the one we are taken for wrote it under our
/// name: we may be that one.
bool may_be_ours(const Comment& comment, std::string_view name, const Viewer& viewer);
/// Why nothing is posted then: a guess would say everything a second time.
Refusal who_we_are_is_unknown();

}  // namespace schemagate::github
