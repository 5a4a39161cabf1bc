// SPDX-License-Identifier: MIT
#include "tests/facts_block.h"

#include <catch2/catch_test_macros.hpp>
#include <regex>
#include <sstream>

#include "base/text.h"
#include "schema/parse.h"

namespace schemagate::testing {
namespace {

QualifiedName name_of(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return {"public", text};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> items;
  for (const std::string_view item : split(text, ',')) {
    if (!trim(item).empty()) items.emplace_back(trim(item));
  }
  return items;
}

std::int64_t bytes_of(const std::string& number, const std::string& unit) {
  const double factor = unit == "kB"   ? 1024.0
                        : unit == "MB" ? 1024.0 * 1024
                        : unit == "GB" ? 1024.0 * 1024 * 1024
                        : unit == "TB" ? 1024.0 * 1024 * 1024 * 1024
                                       : 1.0;
  return static_cast<std::int64_t>(std::stod(number) * factor);
}

/// "3182", "more than 10000", or why it is unknown.
Known known(const std::string& text) {
  std::smatch match;
  if (!std::regex_match(text, match, std::regex(R"((more than )?(\d+)( rows?| groups?)?)"))) {
    return {std::nullopt, text, false};
  }
  return {std::stoll(match[2]), "", match[1].matched};
}

TypeName type_of(const std::string& text) {
  const ParsedFile parsed = parse_text("CREATE DOMAIN d AS " + text);
  REQUIRE(parsed.statements.size() == 1);
  return parsed.statements[0].as<CreateDomain>()->type;
}

void read_size(Facts& facts, const std::string& table, const std::string& text) {
  TableFacts& found = facts.tables[name_of(table)];
  for (const std::string& item : list_of(text)) {
    std::smatch match;
    if (std::regex_match(item, match, std::regex(R"((\d+) rows?)"))) {
      found.rows.value = std::stoll(match[1]);
    } else if (std::regex_match(item, match, std::regex(R"(([\d.]+) (bytes|kB|MB|GB|TB))"))) {
      found.bytes.value = bytes_of(match[1], match[2]);
      if (!found.total_bytes.value) found.total_bytes.value = found.bytes.value;
    } else if (std::regex_match(item, match,
                                std::regex(R"(([\d.]+) (kB|MB|GB|TB) with indexes)"))) {
      found.total_bytes.value = bytes_of(match[1], match[2]);
    } else if (std::regex_match(item, match, std::regex(R"(([\d.]+) writes/s)"))) {
      found.writes_per_second = std::stod(match[1]);
    } else if (std::regex_match(item, match, std::regex(R"(transaction open for (\d+) s)"))) {
      found.oldest_transaction_seconds.value = std::stoll(match[1]);
    } else {
      found.rows.unknown_because = found.bytes.unknown_because = item;
    }
  }
}

/// True when the line is a probe with its answer.
bool read_probe(Facts& facts, const std::string& line) {
  static const std::regex pattern(
      R"((nulls|duplicates|orphans|violations|misfits|column|table|index) ([\w.]+)(?:\(([^)]*)\))?)"
      R"((?: ([\w.]+)\(([^)]*)\))?(?: \[(.*)\])?(?: on ([\w.]+))?(?: ([\w ()]+))?: (.*))");
  std::smatch match;
  if (!std::regex_match(line, match, pattern)) return false;
  Probe probe;
  ProbeAnswer answer;
  const std::string kind = match[1], value = match[9];
  probe.table = name_of(match[2]);
  probe.columns = list_of(match[3]);
  probe.condition = match[6];
  if (kind == "nulls") probe.kind = ProbeKind::nulls;
  if (kind == "violations") probe.kind = ProbeKind::check_violations;
  if (kind == "duplicates") {
    probe.kind = ProbeKind::duplicates;
    const std::vector<std::string> numbers = list_of(value);
    answer.groups = known(numbers.at(0));
    answer.rows = numbers.size() > 1 ? known(numbers[1]) : answer.groups;
  }
  if (kind == "orphans") {
    probe.kind = ProbeKind::orphans;
    probe.referenced = name_of(match[4]);
    probe.referenced_columns = list_of(match[5]);
  }
  if (kind == "misfits") {
    probe.kind = ProbeKind::type_misfits;
    const bool modified = match[4].matched;
    probe.type = type_of(modified ? match[4].str() + "(" + match[5].str() + ")" : match[8].str());
  }
  if (kind == "index") {
    probe.kind = ProbeKind::index_scans;
    probe.columns = {match[2]};
    probe.table = name_of(match[7]);
  }
  if (kind == "column" || kind == "table") {
    probe.kind = kind == "column" ? ProbeKind::column_users : ProbeKind::table_users;
    answer.users = list_of(value);
    answer.rows.value = static_cast<std::int64_t>(answer.users.size());
  } else if (kind != "duplicates") {
    answer.rows = known(value);
  }
  facts.probes[probe] = answer;
  return true;
}

}  // namespace

Facts parse_facts(const std::string& block) {
  Facts facts;
  std::istringstream in(block);
  std::string line;
  std::smatch match;
  while (std::getline(in, line)) {
    INFO("facts: " << line);
    if (facts.source.empty()) facts.source = "production";
    if (line == "standby") {
      facts.standby = true;
    } else if (std::regex_match(line, match, std::regex(R"(stale (\S+))"))) {
      facts.stale = true;
      facts.taken_at = match[1];
    } else if (std::regex_match(line, match, std::regex(R"(postgres (\d+))"))) {
      facts.postgres = std::stoi(match[1]);
    } else if (!read_probe(facts, line)) {
      REQUIRE(std::regex_match(line, match, std::regex(R"(([\w.]+): (.*))")));
      read_size(facts, match[1], match[2]);
    }
  }
  return facts;
}

}  // namespace schemagate::testing
