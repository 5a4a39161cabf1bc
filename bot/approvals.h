// SPDX-License-Identifier: MIT
// What the author of a pull request allows and what loses data counts once somebody else has
// approved just that: the same change, allowed for the same reason.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "github/client.h"
#include "github/pull_request.h"
#include "report/report.h"

namespace schemagate {

/// Some finding is allowed that needs a second person.
bool needs_approval(const Report& report);

struct Approval {
  std::string login, commit;
};

/// Approvals of people who may write, the author left out, that they did not take back.
github::Outcome<std::vector<Approval>> approvals(github::Client& client, int number,
                                                 const std::string& author);

/// Judges another commit of the same pull request; nothing when that can't be done.
using JudgedAt = std::function<std::optional<Report>(const std::string& commit)>;

/// Allowances that none of the approvals is about don't count: their findings say so, and the
/// verdict is made anew. The others say whose approval it is.
void hold_unapproved(Report& report, const std::vector<Approval>& approved,
                     const JudgedAt& judged_at);

}  // namespace schemagate
