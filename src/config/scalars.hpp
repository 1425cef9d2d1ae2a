#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace attnsweep::config {

// Numbers as a study writes them: decimal, no leading zeros, no underscores, no blanks. Nothing
// where the text is anything else or does not fit.
std::optional<std::int64_t> parse_whole(std::string_view text);
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
/// Finite; whole numbers too.
std::optional<double> parse_real(std::string_view text);
/// At least 1: "4096", "64MiB", "64 MiB", "10GB".
std::optional<std::int64_t> parse_bytes(std::string_view text);

/// Letters, digits, '.', '_', '-', not beginning with a dot, not empty.
bool is_id(std::string_view text);

}  // namespace attnsweep::config
