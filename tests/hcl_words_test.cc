// SPDX-License-Identifier: MIT
// Atlas' own words (https://atlasgo.io/hcl/postgres): each kind of block, type and function has a
// case in testdata/hcl, a twin in SQL or what is said where it can't be read.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

#include "base/text.h"
#include "tests/case_file.h"

namespace schemagate::testing {
namespace {

constexpr std::string_view blocks =
    "schema table column primary_key foreign_key index unique check exclude partition row_security "
    "enum domain composite sequence view materialized function procedure aggregate trigger "
    "event_trigger policy extension role user permission default_permission cast server variable "
    "locals data";

constexpr std::string_view types =
    "bit varchar char character bpchar int2 int4 int8 int integer smallint bigint text boolean "
    "bool bytea cidr inet macaddr macaddr8 circle line lseg box path point polygon date time "
    "timetz timestamp timestamptz real float float4 float8 numeric decimal smallserial serial "
    "bigserial serial2 serial4 serial8 xml json jsonb uuid money tsvector tsquery int4range "
    "int4multirange int8range int8multirange numrange nummultirange tsrange tsmultirange "
    "tstzrange tstzmultirange daterange datemultirange hstore xid xid8 oid regclass regcollation "
    "regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole "
    "regtype name record trigger event_trigger void bit_varying character_varying "
    "double_precision interval second day_to_second hour_to_second minute_to_second year month "
    "day hour minute year_to_month day_to_hour day_to_minute hour_to_minute any_element";

constexpr std::string_view functions =
    "abs alltrue can ceil chomp chunklist coalescelist compact concat contains csvdecode distinct "
    "element empty endswith flatten floor format formatdate formatlist indent index join "
    "jsondecode jsonencode keys length log lower max merge min parseint pow print range regex "
    "regexall regexpescape regexreplace replace reverse setintersection setproduct setsubtract "
    "setunion signum slice sort split startswith strrev substr timeadd title tobool tolist "
    "tonumber toset tostring trim trimprefix trimspace trimsuffix try upper urlescape urluserinfo "
    "urlqueryset urlsetpath values yamldecode yamlencode yamlmerge zipmap sql file glob fileset "
    "getenv";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// `word` stands there by itself, behind `before` and its blanks.
bool is_used(std::string_view text, std::string_view before, std::string_view word,
             std::string_view behind) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::string_view front = text.substr(0, at);
    const std::string_view rest = text.substr(at + word.size());
    const bool whole =
        (front.empty() || !is_letter(front.back())) && (rest.empty() || !is_letter(rest.front()));
    if (whole && (before.empty() || trim(front).ends_with(before)) && rest.starts_with(behind))
      return true;
  }
  return false;
}

std::string all_hcl() {
  std::string text;
  for (const std::filesystem::path& path : case_files("testdata/hcl")) {
    const CaseFile file(path);
    for (const Case& one : file.cases())
      for (const CasePart& part : one.parts)
        if (part.name.starts_with("hcl")) text += "\n" + part.text;
  }
  return text;
}

TEST_CASE("every word of Atlas' has a case") {
  const std::string text = all_hcl();
  for (const std::string_view word : split(blocks, ' ')) {
    INFO("block " << word);
    CHECK((is_used(text, "", word, " \"") || is_used(text, "", word, " {")));
  }
  for (const std::string_view word : split(types, ' ')) {
    INFO("type " << word);
    CHECK(is_used(text, "=", word, ""));
  }
  for (const std::string_view word : split(functions, ' ')) {
    INFO("function " << word);
    CHECK(is_used(text, "", word, "("));
  }
}

}  // namespace
}  // namespace schemagate::testing
