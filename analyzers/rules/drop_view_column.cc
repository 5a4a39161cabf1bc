// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "schema/canonical.h"

namespace schemagate::rules {
namespace {

/// The names of the columns; empty when one of them is not known. A star may stand for what a
/// function returns.
std::vector<std::string> names_of(const View& view, const Catalog& catalog) {
  const std::vector<std::string>& written = view.query.output_columns;
  const bool star = std::find(written.begin(), written.end(), "*") != written.end();
  if (star && !view.query.references.functions.empty()) return {};
  std::vector<std::string> names;
  for (const OutputColumn& column : output_columns(view, catalog)) {
    if (column.name.empty() || column.name == "*") return {};
    names.push_back(column.name);
  }
  return names;
}

bool is_renamed(const WholeSubject& whole, const QualifiedName& view, const std::string& column) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (rename && rename->object.kind == ObjectKind::column && rename->object.part == column &&
        whole.existing(i, rename->object.name) == view)
      return true;
  }
  return false;
}

/// The columns that the view had and no longer has.
std::vector<std::string> gone(const WholeSubject& whole, const QualifiedName& name) {
  const auto before = whole.base.views.find(name), after = whole.after.views.find(name);
  if (before == whole.base.views.end() || after == whole.after.views.end()) return {};
  std::vector<std::string> columns = names_of(before->second, whole.base);
  const std::vector<std::string> left = names_of(after->second, whole.after);
  if (left.empty()) return {};
  std::erase_if(columns, [&](const std::string& column) {
    return std::find(left.begin(), left.end(), column) != left.end() ||
           is_renamed(whole, name, column);
  });
  return columns;
}

bool looks_again(const JudgedStep& step) {
  return is_step<Rename>(step) || is_step<CreateView>(step);
}

void check_all(const WholeSubject& whole, Findings& findings) {
  std::set<QualifiedName> seen;
  for (std::size_t i = whole.steps.size(); i-- > 0;) {
    const auto* create = whole.steps[i].statement->as<CreateView>();
    if (!create || create->temporary) continue;
    const QualifiedName name = whole.existing(i, create->name);
    if (!seen.insert(name).second) continue;
    for (const std::string& column : gone(whole, name)) {
      Probe probe;
      probe.kind = ProbeKind::table_users;
      probe.table = name;
      findings
          .add(whole, static_cast<int>(i), object_of(name, column),
               "programs that still read " + shown(name, column) +
                   " fail from the moment this commits" + whole.users(probe))
          .remedy(
              "let a release go out that no longer reads it, then leave it out in a later change");
    }
  }
}

}  // namespace

extern const Rule drop_view_column{
    .id = "drop-view-column",
    .severity = Severity::warning,
    .summary = "a column leaves a view that programs may read",
    .when = "a view or materialized view is made again without a column that it had",
    .effect = "programs that still read the column fail",
    .instead = "first release what no longer reads it",
    .reference = "https://www.postgresql.org/docs/current/sql-createview.html",
    .check_all = check_all,
    .looks_again = looks_again,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
