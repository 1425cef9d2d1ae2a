#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "corpus/record_source.hpp"

namespace attnsweep::corpus {

/// A number as archives store it: integers in decimal, others as the shortest decimal that reads
/// back exactly. Empty where it is not finite.
std::string shortest_number(const FieldValue& value);

/// A covariate or a template's field as text; a cell that is a JSON number is one. `problem` says
/// what is wrong behind "field 'x' ".
std::string value_as_text(const FieldValue& value, std::string& problem);

/// Token ids of an array; `problem` behind "field 'x'".
std::vector<std::int32_t> value_as_ids(const FieldValue& value, const std::string& name,
                                       std::string& problem);
/// Words of an array of strings.
std::vector<std::string> value_as_words(const FieldValue& value, const std::string& name,
                                        std::string& problem);

/// A cell of CSV that holds a list has its JSON in it.
bool is_list(const FieldValue& value);
/// Missing, null, or an empty cell.
bool is_absent(const FieldValue& value);

}  // namespace attnsweep::corpus
