// SPDX-License-Identifier: MIT
#include "github/server_clock.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::github {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a date as servers write it is read, and nothing else is") {
  CHECK(seconds_of_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777s);
  CHECK(seconds_of_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0s);
  CHECK(seconds_of_date("Thu, 29 Feb 2024 23:59:60 GMT") == 1709251200s);
  for (const char* other : {"", "Sun, 06 Nov 1994 08:49:37 CET", "Sunday, 06-Nov-94 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
                            "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1894 08:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT"})
    CHECK(!seconds_of_date(other));
}

TEST_CASE("a time is written as GitHub writes it") {
  CHECK(iso_time(0s) == "1970-01-01T00:00:00Z");
  CHECK(iso_time(784111777s) == "1994-11-06T08:49:37Z");
}

Response told(const std::string& date, const std::string& type = "application/json") {
  return {200, {{"date", date}, {"content-type", type}}, ""};
}

TEST_CASE("the time is the server's and goes on between its answers, never back") {
  ServerClock clock;
  CHECK(!clock.now(5s));
  clock.hear(told("Sun, 06 Nov 1994 08:49:37 GMT", "text/html"), 5s);
  clock.hear(told("yesterday"), 5s);
  CHECK(!clock.now(5s));
  clock.hear(told("Sun, 06 Nov 1994 08:49:37 GMT"), 10s);
  CHECK(clock.now(10s) == 784111777s);
  CHECK(clock.now(12500ms) == 784111779s);
  clock.hear(told("Sun, 06 Nov 1994 08:49:38 GMT"), 20s);  // nine seconds under way
  CHECK(clock.now(20s) == 784111787s);
  clock.hear(told("Sun, 06 Nov 1994 09:49:37 GMT"), 21s);
  CHECK(clock.now(21s) == 784115377s);
}

}  // namespace
}  // namespace schemagate::github
