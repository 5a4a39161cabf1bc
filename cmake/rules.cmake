# The table of rules is written from the file names: analyzers/rules/<stem>.cc defines the constant
# schemagate::rules::<stem>. Adding a rule edits no list, and a misnamed constant fails to link.
# The case file of each rule, testdata/rules/<stem>.md, goes in as text: it has the examples of the
# rule's page.
# Sets <out> in the caller to the generated file, or to nothing while there is no analyzers/rule.h.
function(schemagate_rule_table folder out)
  set(${out} "" PARENT_SCOPE)
  file(GLOB header CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/analyzers/rule.h)
  if(NOT header)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(SORT sources)
  list(LENGTH sources count)
  set(declarations "")
  set(entries "")
  set(cases "")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    string(APPEND declarations "extern const Rule ${name};\n")
    string(APPEND entries "      &rules::${name},\n")
    set(case_file ${PROJECT_SOURCE_DIR}/testdata/rules/${name}.md)
    set(text "")
    if(EXISTS ${case_file})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${case_file})
      file(READ ${case_file} text)
    endif()
    string(APPEND cases "      R\"case_file(${text})case_file\",\n")
  endforeach()
  set(table ${PROJECT_BINARY_DIR}/generated/rule_table.cc)
  file(CONFIGURE OUTPUT ${table} @ONLY CONTENT
[[// Generated from the file names in analyzers/rules by cmake/rules.cmake, do not edit.
#include <array>
#include <span>

#include "analyzers/rule.h"

namespace schemagate {

namespace rules {
@declarations@}  // namespace rules

std::span<const Rule* const> all_rules() {
  static constexpr std::array<const Rule*, @count@> table = {
@entries@  };
  return table;
}

std::string_view cases_of(const Rule& rule) {
  static constexpr std::array<std::string_view, @count@> cases = {
@cases@  };
  const auto all = all_rules();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == &rule) return cases[i];
  }
  return {};
}

}  // namespace schemagate
]])
  set(${out} ${table} PARENT_SCOPE)
endfunction()
