#include "config/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace attnsweep::config {
namespace {

template <class T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// YAML 1.1 reads 010 as eight and 1.2 as ten: neither is taken.
bool leading_zero(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

std::string_view without_plus(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return plus ? text.substr(1) : text;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text) {
  text = without_plus(text);
  return leading_zero(text) ? std::nullopt : parsed<std::int64_t>(text);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  text = without_plus(text);
  return leading_zero(text) ? std::nullopt : parsed<std::uint64_t>(text);
}

std::optional<double> parse_real(std::string_view text) {
  text = without_plus(text);
  if (leading_zero(text)) return std::nullopt;
  const auto value = parsed<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  static const std::vector<std::pair<std::string_view, std::int64_t>> units{
      {"KiB", std::int64_t{1} << 10},
      {"MiB", std::int64_t{1} << 20},
      {"GiB", std::int64_t{1} << 30},
      {"kB", 1'000},
      {"MB", 1'000'000},
      {"GB", 1'000'000'000},
      {"B", 1}};
  std::int64_t factor = 1;
  for (const auto& [unit, size] : units)
    if (text.ends_with(unit)) {
      factor = size;
      text.remove_suffix(unit.size());
      if (text.ends_with(' ')) text.remove_suffix(1);
      break;
    }
  const auto count = parse_whole(text);
  if (!count || *count < 1 || *count > std::numeric_limits<std::int64_t>::max() / factor)
    return std::nullopt;
  return *count * factor;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace attnsweep::config
