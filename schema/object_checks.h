// SPDX-License-Identifier: MIT
// Triggers, policies, statistics and publications that a server refuses to make.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// ALTER POLICY: the expressions that it gets.
void check_altered_policy(ImpactBuilder& b, const AlterObject& s);
/// ALTER PUBLICATION … ADD and DROP TABLE: of what is a member already, of what is none.
void check_altered_publication(ImpactBuilder& b, const AlterObject& s);

void check_new_object(ImpactBuilder& b, const CreateObject& s);

}  // namespace schemagate
