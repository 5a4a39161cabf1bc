// SPDX-License-Identifier: MIT
#include "report/checksum_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "report/json_writer.h"

namespace schemagate {
namespace {

bool is_checksum(std::string_view text) {
  constexpr std::size_t length = 4 + 64;
  return text.size() == length && text.starts_with("sg1:") &&
         text.find_first_not_of("0123456789abcdef", 4) == std::string_view::npos;
}

ReportedSchema from_document(const nlohmann::json& document) {
  ReportedSchema read;
  read.checksum = document.at("checksum").get<std::string>();
  for (const nlohmann::json& one : document.at("objects")) {
    ObjectText object;
    object.kind = one.at("kind").get<std::string>();
    object.name = one.at("name").get<std::string>();
    for (const auto& [property, value] : one.at("properties").items())
      object.properties.emplace_back(property, value.get<std::string>());
    read.objects.push_back(std::move(object));
  }
  return read;
}

}  // namespace

std::string to_json(const std::vector<ObjectText>& objects) {
  JsonWriter json(objects.size() * 256);
  json.begin_object();
  json.key("schema_version").integer(1);
  json.key("checksum").string(schema_checksum(objects));
  json.key("objects").begin_array();
  for (const ObjectText& object : objects) {
    json.begin_object();
    json.key("kind").string(object.kind);
    json.key("name").string(object.name);
    json.key("fingerprint").string(object_fingerprint(object));
    json.key("properties").begin_object();
    for (const auto& [property, value] : object.properties) json.key(property).string(value);
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

ReportedSchema read_reported_schema(std::string_view text, const std::string& name) {
  text = trim(text);
  if (is_checksum(text)) return {std::string(text), {}};
  const char* hint = "`schemagate inspect URL --checksum --format json` writes it";
  ReportedSchema read;
  try {
    read = from_document(nlohmann::json::parse(text));
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::source, fmt::format("{} is no report of a schema's checksum", name),
                hint);
  }
  if (schema_checksum(read.objects) != read.checksum)
    throw Error(ErrorKind::source,
                fmt::format("the objects in {} do not have the checksum it names", name), hint);
  return read;
}

}  // namespace schemagate
