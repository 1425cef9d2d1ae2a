#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace attnsweep::exchange {

/// Streams a CSV file (RFC 4180, through libcsv): the first line names the columns. `header` gets
/// the names once, `row` every further line with its record number (the header is 1). Throws
/// InputError naming file and record for a broken quote, an empty file, another number of fields
/// than the header has.
void read_csv(
    const std::filesystem::path& file,
    const std::function<void(const std::vector<std::string>& names)>& header,
    const std::function<void(const std::vector<std::string>& fields, std::int64_t record)>& row);

}  // namespace attnsweep::exchange
