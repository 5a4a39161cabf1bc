// SPDX-License-Identifier: MIT
// What a text search configuration says, however it is written: a copy of PostgreSQL's own or
// mappings one by one, as a server shows them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "schema/name.h"

namespace schemagate {

/// "default; asciiword: english_stem; …" of CREATE TEXT SEARCH CONFIGURATION and the ALTERs behind
/// it. Nothing when it copies one that is not PostgreSQL's own.
std::optional<std::string> configuration_meaning(const std::string& definition);

/// Template and options of a dictionary without quotes and PostgreSQL's own schema.
std::string dictionary_meaning(const std::string& definition);

/// ALTER TEXT SEARCH CONFIGURATION … WITH, its dictionaries by the names that the catalog has them
/// under. `key_of` finds the key of one that is written without schema.
std::string with_dictionaries(
    const std::string& mapping,
    const std::function<std::optional<std::string>(const QualifiedName&)>& key_of);

}  // namespace schemagate
