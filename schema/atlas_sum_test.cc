// SPDX-License-Identifier: MIT
#include "schema/atlas_sum.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

const std::vector<SummedFile> two{{"2_b.sql", "create table b(id int);\n"},
                                  {"1_a.sql", "create table a(id int);\n"}};
constexpr const char* sum =
    "h1:fT/HyYBhRwbaLcnCFUNTM7+igsXKlShoDW3yGiV25nQ=\n"
    "1_a.sql h1:hT/J4TqQglrbtvCtUjg2wtEq7KdkAc9OneTdWurEGws=\n"
    "2_b.sql h1:IqI1HTB+W3lcvm0irHU4TrtAG47Yr8Oicklm8tnifvE=\n";

TEST_CASE("atlas.sum as Atlas computes it") {
  CHECK(atlas_sum_of(two) == sum);
  CHECK(first_not_summed(sum, two).empty());
}

TEST_CASE("atlas.sum that does not fit names the first file") {
  auto files = two;
  files[0].text += "-- edited\n";
  CHECK(first_not_summed(sum, files) == "2_b.sql");
  files = two;
  files.push_back({"1_c.sql", "select 1;\n"});
  CHECK(first_not_summed(sum, files) == "1_c.sql");
  files = {two[1]};
  CHECK(first_not_summed(sum, files) == "2_b.sql");
  files = two;
  files[1].text = "create table a(id int);\r\n";
  CHECK(first_not_summed(sum, files) == "1_a.sql");
  CHECK(first_not_summed(std::string(sum).replace(3, 1, "x"), two) == "the first line");
  CHECK(first_not_summed("", two) == "1_a.sql");
}

TEST_CASE("atlas.sum has no line of a file that asks not to be summed") {
  auto files = two;
  files.push_back({"3_c.sql", "-- atlas:sum ignore\n\nselect 1;\n"});
  const std::string with = atlas_sum_of(files);
  CHECK(with == sum);
  files.back().text += "select 2;\n";
  CHECK(atlas_sum_of(files) == with);
}

}  // namespace
}  // namespace schemagate
