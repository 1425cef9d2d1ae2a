// Private to src/archive: JSON of the shared records, strict on reading.
#pragma once
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/rows.hpp"

namespace attnsweep::archive {

using Json = nlohmann::ordered_json;

/// Text of one line; bytes that are no UTF-8 become U+FFFD (they come from records we could not
/// read) and a number that is not finite becomes null.
std::string compact(const Json& json);

/// Reads object[key] into `out`; throws std::runtime_error "lacks 'key'" or "'key' is …".
void get(const Json& object, const std::string& key, std::string& out);
void get(const Json& object, const std::string& key, bool& out);
void get(const Json& object, const std::string& key, int& out);
void get(const Json& object, const std::string& key, std::int64_t& out);
void get(const Json& object, const std::string& key, std::uint64_t& out);
void get(const Json& object, const std::string& key, double& out);
void get(const Json& object, const std::string& key, std::vector<std::string>& out);

/// object[key], which must exist.
const Json& member(const Json& object, const std::string& key);

Json to_json(const MeasureSet& measure);
MeasureSet measure_from_json(const Json& json);
Json to_json(const CellInfo& cell);
CellInfo cell_from_json(const Json& json);

/// A list of texts as JSON text, and back. Throws std::runtime_error when it is no such list.
std::string list_text(const std::vector<std::string>& list);
std::vector<std::string> list_from_text(const std::string& text);

}  // namespace attnsweep::archive
