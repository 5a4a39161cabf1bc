// SPDX-License-Identifier: MIT
// What a pull request allows itself and a second person has to approve, as the gate's sweep finds
// it: from the files alone.
#pragma once

#include <map>
#include <string>

#include "bot/options.h"
#include "git/repository.h"

namespace schemagate {

/// By what makes it the same work (database, change, finding, reason): its words for people,
/// "drop-column public.users.email".
using AllowedWork = std::map<std::string, std::string>;

/// Of `options.head` on `options.base`. Nothing is run and no server is asked; databases whose
/// migrations only a command of the repository can print are left to `check`.
AllowedWork allowed_work(git::Repository& repository, const GateOptions& options,
                         CommonOptions common);

}  // namespace schemagate
