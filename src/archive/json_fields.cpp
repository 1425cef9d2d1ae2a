#include "archive/json_fields.hpp"

#include "archive/cell_fields.hpp"

namespace attnsweep::archive {
namespace {

[[noreturn]] void wrong(const std::string& key, const std::string& expected) {
  throw std::runtime_error("'" + key + "' is not " + expected);
}

template <class Integer>
void get_integer(const Json& object, const std::string& key, Integer& out) {
  const auto& value = member(object, key);
  if (!value.is_number_integer()) wrong(key, "a whole number");
  const bool fits = value.is_number_unsigned() ? std::in_range<Integer>(value.get<std::uint64_t>())
                                               : std::in_range<Integer>(value.get<std::int64_t>());
  if (!fits) wrong(key, "a number in range");
  out = value.get<Integer>();
}

std::vector<std::string> list_from(const Json& value, const std::string& key) {
  if (!value.is_array()) wrong(key, "a list");
  std::vector<std::string> out;
  for (const auto& element : value) {
    if (!element.is_string()) wrong(key, "a list of texts");
    out.push_back(element.get<std::string>());
  }
  return out;
}

}  // namespace

std::string compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& member(const Json& object, const std::string& key) {
  if (!object.is_object()) throw std::runtime_error("is not an object");
  const auto found = object.find(key);
  if (found == object.end()) throw std::runtime_error("lacks '" + key + "'");
  return *found;
}

void get(const Json& object, const std::string& key, std::string& out) {
  const auto& value = member(object, key);
  if (!value.is_string()) wrong(key, "a text");
  out = value.get<std::string>();
}
void get(const Json& object, const std::string& key, bool& out) {
  const auto& value = member(object, key);
  if (!value.is_boolean()) wrong(key, "true or false");
  out = value.get<bool>();
}
void get(const Json& object, const std::string& key, int& out) { get_integer(object, key, out); }
void get(const Json& object, const std::string& key, std::int64_t& out) {
  get_integer(object, key, out);
}
void get(const Json& object, const std::string& key, std::uint64_t& out) {
  get_integer(object, key, out);
}
void get(const Json& object, const std::string& key, double& out) {
  const auto& value = member(object, key);
  if (value.is_null())
    out = std::numeric_limits<double>::quiet_NaN();
  else if (value.is_number())
    out = value.get<double>();
  else
    wrong(key, "a number");
}
void get(const Json& object, const std::string& key, std::vector<std::string>& out) {
  out = list_from(member(object, key), key);
}

Json to_json(const MeasureSet& measure) {
  auto json = Json::object();
  for_each_list(measure, [&](const auto& list, const auto& names) { json[list] = names; });
  return json;
}

MeasureSet measure_from_json(const Json& json) {
  return measure_from([&](const std::string& list) { return list_from(member(json, list), list); });
}

Json to_json(const CellInfo& cell) {
  auto json = Json::object();
  for_each_field(cell, [&](const char* key, const auto& value) { json[key] = value; });
  return json;
}

CellInfo cell_from_json(const Json& json) {
  CellInfo cell;
  for_each_field(cell, [&](const char* key, auto& value) {
    if (field_since(key) == 0 || json.contains(key)) get(json, key, value);
  });
  return cell;
}

std::string list_text(const std::vector<std::string>& list) { return compact(Json(list)); }

std::vector<std::string> list_from_text(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw std::runtime_error("is no JSON list: " + text.substr(0, 80));
  return list_from(json, "the list");
}

}  // namespace attnsweep::archive
