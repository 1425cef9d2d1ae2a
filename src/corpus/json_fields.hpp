#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::corpus {

/// What a field of a JSON object holds. Numbers stand in `text`, integers in decimal, others as the
/// shortest decimal that reads back exactly.
struct FieldValue {
  enum class Kind { missing, null, boolean, integer, real, string, array, object };
  Kind kind = Kind::missing;
  std::string text;
  std::vector<std::int32_t> integers;  ///< of an array of numbers from 0 to 2³¹ − 1
  std::string array_problem;           ///< why an array is no such thing: "[3] is \"a\""
};

/// A kind for a message: "a string".
const char* describe(FieldValue::Kind kind);

/// The wanted fields of one line that should be a JSON object.
struct FieldScan {
  std::vector<FieldValue> values;  ///< one a wanted name
  std::vector<std::string> names;  ///< the first names that the object has, for a message
  std::string problem;  ///< "is no valid JSON …", "the key 'a' stands there twice"; else empty
};

/// Scans a line; keeps nothing but the wanted fields. Integers of arrays are kept for
/// `wanted[integers]` only.
FieldScan scan_fields(std::string_view line, const std::vector<std::string>& wanted,
                      std::size_t integers);

}  // namespace attnsweep::corpus
