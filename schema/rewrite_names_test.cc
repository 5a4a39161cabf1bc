// SPDX-License-Identifier: MIT
#include "schema/rewrite_names.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

std::string rewrite(const std::string& sql, NameUse use, QualifiedName from, QualifiedName to) {
  return rewrite_names(sql, {{use, std::move(from), std::move(to)}});
}

TEST_CASE("a type is renamed after a cast, not in a constant, not as a column") {
  const QualifiedName from{"", "mood"};
  const QualifiedName to{"public", "mood"};
  CHECK(rewrite("'mood'::mood", NameUse::type, from, to) == "'mood'::public.mood");
  CHECK(rewrite("mood = ANY ('{a}'::mood[])", NameUse::type, from, to) ==
        "mood = ANY ('{a}'::public.mood[])");
  CHECK(rewrite("'x'::app.mood", NameUse::type, from, to) == "'x'::app.mood");
  CHECK(rewrite("'x'::public.mood", NameUse::type, to, {"public", "Mood"}) ==
        "'x'::public.\"Mood\"");
}

TEST_CASE("a function is renamed where it is called") {
  const QualifiedName from{"", "lower2"};
  const QualifiedName to{"app", "lower2"};
  CHECK(rewrite("lower2(lower2)", NameUse::function, from, to) == "app.lower2(lower2)");
  CHECK(rewrite("'lower2(x)' || \"lower2\"(x)", NameUse::function, from, to) ==
        "'lower2(x)' || app.lower2(x)");
}

TEST_CASE("a relation is renamed where rows come from") {
  const QualifiedName from{"", "users"};
  const QualifiedName to{"public", "users"};
  const auto use = NameUse::relation;
  CHECK(rewrite("SELECT users.id, users FROM users", use, from, to) ==
        "SELECT users.id, users FROM public.users");
  CHECK(rewrite("SELECT 1 FROM a, users u JOIN (users x CROSS JOIN b) ON users.id = 1, users WHERE "
                "users IS NULL",
                use, from, to) ==
        "SELECT 1 FROM a, public.users u JOIN (public.users x CROSS JOIN b) ON users.id = 1, "
        "public.users "
        "WHERE users IS NULL");
  CHECK(rewrite("SELECT 1 WHERE a IS DISTINCT FROM users AND EXISTS (SELECT 1 FROM users)", use,
                from, to) ==
        "SELECT 1 WHERE a IS DISTINCT FROM users AND EXISTS (SELECT 1 FROM public.users)");
  CHECK(rewrite("CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION users()", use,
                from, to) ==
        "CREATE TRIGGER t AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION users()");
  CHECK(rewrite("SELECT f(a, users) FROM generate_series(1, users)", use, from, to) ==
        "SELECT f(a, users) FROM generate_series(1, users)");
}

TEST_CASE("a column is renamed bare and behind a qualifier") {
  const auto use = NameUse::column;
  CHECK(rewrite("email <> '' AND lower(users.email) = $$email$$ AND email(1)", use, {"", "email"},
                {"", "mail"}) == "mail <> '' AND lower(users.mail) = $$email$$ AND email(1)");
}

TEST_CASE("the sequence of nextval is renamed in its constant") {
  CHECK(rewrite("nextval('a_id_seq'::regclass)", NameUse::sequence, {"", "a_id_seq"},
                {"public", "a_id_seq"}) == "nextval('public.a_id_seq'::regclass)");
  CHECK(rewrite("'a_id_seq'", NameUse::sequence, {"", "a_id_seq"}, {"public", "a_id_seq"}) ==
        "'a_id_seq'");
}

TEST_CASE("types in a function's head") {
  CHECK(rewrite("CREATE OR REPLACE FUNCTION mood(mood mood, OUT b mood[]) RETURNS mood LANGUAGE "
                "sql AS $$ mood $$",
                NameUse::argument, {"", "mood"}, {"public", "mood"}) ==
        "CREATE OR REPLACE FUNCTION mood(mood public.mood, OUT b public.mood[]) RETURNS "
        "public.mood LANGUAGE sql "
        "AS $$ mood $$");
}

}  // namespace
}  // namespace schemagate
