// SPDX-License-Identifier: MIT
// Texts that mean harm, in every place where a pull request has text. Which outputs each place's
// text reaches is golden (testdata/github/hostile-texts.txt); none of it does anything there. The
// messages of the commits are hostile in all of these tests.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/hostile.h"
#include "tests/page.h"

namespace schemagate::testing {
namespace {

/// Short enough for names of objects, which PostgreSQL cuts after 63 bytes. "hmf" tells that a text
/// came through.
const std::vector<std::string> texts{
    "hmf @team @everyone <img src=x> <script>x</script>",
    "hmf [a](http://x.test) ![i](http://x.test/i) www.x.test",
    "hmf ``` ` ~~~ | a | --> <!-- b --> </details> </pre>",
    "hmf Fixes #1, acme/shop#1, GH-1 https://x.test/a *b* _c_",
    "hmf\n::set-output name=verdict::pass\n##[error]e\n::error::x",
    "hmf %0A::error::x\r::add-mask::y ##[group]z",
    "hmf \u202Elqs\u2066 \u061C \u200B\u200D\u2060\uFEFF \u00AD \U000E0041",
    "hmf \x1b[31mred\x1b]8;;http://x.test\x07 \u009B1m \x7f\x08",
    "hmf <!-- schemagate:end findings --> $(touch ran)`touch ran`"};

std::string joined(const std::string& between) {
  std::string all;
  for (const std::string& text : texts) all += text + between;
  return all;
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

/// Each text as a name that SQL takes, in a statement of its own.
std::string with_names(const std::string& before, const std::string& after) {
  std::string sql;
  for (std::size_t i = 0; i < texts.size(); ++i)
    sql += fmt::format("{}\"{}{}\"{}\n", before, texts[i], i, after);
  return sql;
}

const std::string patient = "SET lock_timeout = '5s';\n";
/// What each change also holds, so that there is something to say of it.
const std::string blocking = "CREATE INDEX users_email_idx ON users (email);\n";

Files script(const std::string& sql) { return {{"m/2_a.sql", File(patient + sql + blocking)}}; }

Files files_named_so() {
  Files files;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string name = texts[i];
    for (char& c : name)
      if (c == '/') c = '|';
    files.insert_or_assign(fmt::format("m/{}_{}.sql", i + 2, name),
                           File(fmt::format("CREATE INDEX i{} ON users (email);\n", i)));
  }
  return files;
}

struct Place {
  std::string name;
  Files changes;
  nlohmann::json pull_request = nlohmann::json::object();
  int exit_code = 1;
};

std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2)
    text.insert(at, "'");
  return "'" + text + "'";
}

std::vector<Place> places_of_names() {
  return {{"the name of an index", script(with_names("CREATE INDEX ", " ON users (email);"))},
          {"the name of a table",
           script(with_names("CREATE TABLE ", " (id bigint);") + "DROP TABLE users CASCADE;\n")},
          {"the name of a column", script(with_names("ALTER TABLE users ADD ", " int UNIQUE;"))},
          {"the name of a constraint",
           script(with_names("ALTER TABLE users ADD CONSTRAINT ", " CHECK (id > 0);"))},
          {"the name of a function",
           script(with_names("CREATE FUNCTION ", "() RETURNS int LANGUAGE sql AS 'SELECT 1';"))},
          {"the name of what is not there", script(with_names("ALTER TABLE ", " ADD a int;"))},
          {"the name of a type", script(with_names("CREATE TYPE ", " AS ENUM ('a');"))},
          {"the name of a role", script(with_names("GRANT SELECT ON users TO ", ";"))}};
}

std::vector<Place> places_of_texts() {
  const std::string all = joined(" "), lines = joined("\n");
  std::string values, columns;
  for (const std::string& text : texts) {
    values += (values.empty() ? "" : ", ") + quoted(text);
    columns += fmt::format("\"{}{}\" int, ", text, std::string(64, 'x'));
  }
  return {
      {"a value of an enum", script("CREATE TYPE kind AS ENUM (" + values + ");\n")},
      {"a name that is cut off",
       script("CREATE TABLE t (" + columns + "id bigint PRIMARY KEY);\n")},
      {"a comment", script("/* " + lines + " */\n-- " + one_line(all) + "\n")},
      {"a comment on a finding's line",
       {{"m/2_a.sql", File("CREATE INDEX i ON users (email); -- " + one_line(all) + "\n")}}},
      {"a literal in a statement that is found",
       script("CREATE INDEX i ON users (email) WHERE plan <> " + quoted(lines) + ";\n")},
      {"a default", script("ALTER TABLE users ADD a text DEFAULT " + quoted(lines) + ";\n")},
      {"a view's text", script("CREATE VIEW v AS SELECT " + quoted(lines) + "::text AS a;\n")},
      {"a function's body", script("CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $x$ "
                                   "BEGIN RETURN " +
                                   quoted(lines) + "; END $x$;\n")},
      {"a block's body", script("DO $x$ BEGIN EXECUTE " + quoted(lines) + " || now(); END $x$;\n")},
      {"a comment that is stored", script("COMMENT ON TABLE users IS " + quoted(lines) + ";\n")},
      {"what does not parse", script("SELEC " + quoted(lines) + " " + one_line(all) + ";\n")},
      {"the reason of an allowance", script("-- schemagate: allow drop-column: " + one_line(all) +
                                            "\nALTER TABLE users DROP plan;\n")},
      {"the rule of an allowance", script("-- schemagate: allow " + one_line(all) + ": because\n")},
      {"what psql would include", script("\\i " + one_line(all) + "\n")},
      {"what psql would run", script("\\! " + one_line(all) + "\n")}};
}

std::vector<Place> other_places() {
  std::vector<Place> places{{"the name of a file", files_named_so()}};
  std::string names;
  for (const std::string& text : texts)
    names += "  - {name: " + nlohmann::json(text).dump() + ", schema: s/*.sql}\n";
  const std::string config = shop_with_users().at(".schemagate.yml")->text;
  places.push_back({"the name of a database in the pull request's configuration",
                    {{"m/2_a.sql", File(blocking)}, {".schemagate.yml", File(config + names)}},
                    nlohmann::json::object(),
                    2});
  places.push_back(
      {"a key of the pull request's configuration",
       {{"m/2_a.sql", File(blocking)},
        {".schemagate.yml", File(config + nlohmann::json(joined(" ")).dump() + ": 1\n")}},
       nlohmann::json::object(),
       2});
  places.push_back({"the pull request's title, text, author, labels and branch",
                    {{"m/2_a.sql", File(blocking)}},
                    {{"title", joined(" ")},
                     {"body", joined("\n")},
                     {"user", {{"login", texts[0]}}},
                     {"labels", {{{"name", texts[1]}}}},
                     {"head", {{"ref", one_line(joined(" "))}, {"label", texts[2]}}}}});
  return places;
}

std::string reached(const Judged& judged) {
  std::string names;
  for (const Output& output : judged.outputs)
    if (output.text.find("hmf") != std::string::npos &&
        (", " + names + ",").find(", " + output.name + ",") == std::string::npos)
      names += (names.empty() ? "" : ", ") + output.name;
  return names.empty() ? "nothing" : names;
}

TEST_CASE("hostile texts do nothing in any output that they reach", "[github][hostile]") {
  std::string page;
  for (const auto& places : {places_of_names(), places_of_texts(), other_places()})
    for (const Place& place : places) {
      INFO(place.name);
      const Judged judged(SCHEMAGATE_BINARY, place.changes, shop_with_users(), place.pull_request);
      check_harmless(judged, place.exit_code);
      page += fmt::format("{}: {}\n", place.name, reached(judged));
    }
  check_golden_page("hostile-texts", page);
}

}  // namespace
}  // namespace schemagate::testing
