// SPDX-License-Identifier: MIT
// One function per command. Each prints to standard output as its options say and returns the exit
// code: 0 pass, 1 the gate says no, 2 could not judge. What can't be done at all is thrown as
// Error.
#pragma once

#include "bot/options.h"

namespace schemagate {

int run_check(const CheckOptions& options, const CommonOptions& common);
int run_lint(const LintOptions& options, const CommonOptions& common);
int run_diff(const DiffOptions& options, const CommonOptions& common);
int run_impact(const ImpactOptions& options, const CommonOptions& common);
int run_inspect(const InspectOptions& options, const CommonOptions& common);
int run_facts(const FactsOptions& options, const CommonOptions& common);
int run_gate(const GateOptions& options, const CommonOptions& common);
int run_rules(const RulesOptions& options, const CommonOptions& common);
int run_init(const InitOptions& options, const CommonOptions& common);

}  // namespace schemagate
