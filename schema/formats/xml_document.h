// SPDX-License-Identifier: MIT
// XML as far as Liquibase's changelogs need it, as the same entries as YAML: attributes stand below
// their element, the text inside an element is an entry without a key. No DTDs.
#pragma once

#include <string_view>

#include "schema/formats/yaml_document.h"

namespace schemagate::format_rows {

/// Never fails. What an element of SQL holds is one entry from its first byte to its last:
/// comments, marks of CDATA and a <comment> in between are blanks in the document's text, entities
/// what they stand for.
YamlDocument read_xml(std::string_view text);

}  // namespace schemagate::format_rows
