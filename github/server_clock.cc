// SPDX-License-Identifier: MIT
#include "github/server_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace schemagate::github {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The number that these characters are, or -1.
int number_in(std::string_view digits) {
  int number = -1;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return problem == std::errc() && end == digits.data() + digits.size() ? number : -1;
}

int month_in(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin()) + 1;
}

}  // namespace

std::optional<seconds> seconds_of_date(std::string_view date) {
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (date.size() != form.size() || !date.ends_with(" GMT")) return std::nullopt;
  const int day = number_in(date.substr(5, 2)), month = month_in(date.substr(8, 3)),
            year = number_in(date.substr(12, 4)), hour = number_in(date.substr(17, 2)),
            minute = number_in(date.substr(20, 2)), second = number_in(date.substr(23, 2));
  if (day < 1 || month < 1 || year < 1970 || hour < 0 || minute < 0 || second < 0)
    return std::nullopt;
  const std::chrono::year_month_day of{std::chrono::year(year),
                                       std::chrono::month(static_cast<unsigned>(month)),
                                       std::chrono::day(static_cast<unsigned>(day))};
  if (!of.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(of).time_since_epoch() + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + seconds(second);
}

std::string iso_time(seconds since_1970) {
  const std::chrono::sys_seconds time{since_1970};
  const auto date = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(date);
  const std::chrono::hh_mm_ss clock(time - date);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

void ServerClock::hear(const Response& response, milliseconds elapsed) {
  if (!response.header("content-type").starts_with("application/json")) return;
  const auto told = seconds_of_date(response.header("date"));
  if (!told) return;
  const milliseconds ahead = *told - elapsed;
  // Each answer was under way for a while: the one that says the latest time was the fastest.
  ahead_ = ahead_ ? std::max(*ahead_, ahead) : ahead;
}

std::optional<seconds> ServerClock::now(milliseconds elapsed) const {
  if (!ahead_) return std::nullopt;
  return std::chrono::floor<seconds>(elapsed + *ahead_);
}

}  // namespace schemagate::github
