#include "corpus/field_values.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/files.hpp"
#include "corpus/rust.hpp"

namespace attnsweep::corpus {
namespace {

using Kind = FieldValue::Kind;

/// The grammar of a JSON number: "007", "1.", "+1" and "nan" are texts.
bool is_json_number(std::string_view text) {
  std::size_t i = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const auto begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  const auto first = i;
  const auto n = digits();
  if (n == 0 || (n > 1 && text[first] == '0')) return false;
  if (i < text.size() && text[i] == '.' && (++i, digits() == 0)) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

template <class T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string list_problem(const FieldValue& value, const std::string& expected) {
  return std::string(" is ") + describe(value.kind) + ", " + expected + " was expected";
}

}  // namespace

std::string shortest_number(const FieldValue& value) {
  const auto text = value.text;
  if (text.find_first_of(".eE") == std::string_view::npos) {
    if (const auto number = parsed<std::int64_t>(text)) return std::to_string(*number);
    if (const auto number = parsed<std::uint64_t>(text)) return std::to_string(*number);
  }
  const auto number = parsed<double>(text);
  return number && std::isfinite(*number) ? shortest(*number) : std::string();
}

bool is_list(const FieldValue& value) {
  return value.kind == Kind::array || (value.kind == Kind::cell && value.text.starts_with('['));
}

bool is_absent(const FieldValue& value) {
  return value.kind == Kind::missing || value.kind == Kind::null ||
         (value.kind == Kind::cell && value.text.empty());
}

std::string value_as_text(const FieldValue& value, std::string& problem) {
  switch (value.kind) {
    case Kind::string: return std::string(value.text);
    case Kind::boolean: return std::string(value.text);
    case Kind::cell:
      if (!is_json_number(value.text)) return std::string(value.text);
      [[fallthrough]];
    case Kind::integer:
    case Kind::real: {
      auto text = shortest_number(value);
      if (text.empty())
        problem = "is " + std::string(value.text.substr(0, 40)) + ", a finite number was expected";
      return text;
    }
    default: break;
  }
  problem =
      std::string("is ") + describe(value.kind) + ", a string, a number or a boolean was expected";
  return {};
}

std::vector<std::int32_t> value_as_ids(const FieldValue& value, const std::string& name,
                                       std::string& problem) {
  if (!is_list(value)) {
    problem = list_problem(value, "an array of token ids");
    return {};
  }
  char* error = nullptr;
  const Owned<hf_list, hf_list_free> list(
      hf_list_of_ids(value.text.data(), value.text.size(), &error));
  if (list == nullptr) {
    problem = ": " + name + taken(error) + ", an integer from 0 to 2147483647 was expected";
    return {};
  }
  const auto* ids = hf_list_ids(list.get());
  return {ids, ids + hf_list_size(list.get())};
}

std::vector<std::string> value_as_words(const FieldValue& value, const std::string& name,
                                        std::string& problem) {
  if (!is_list(value)) {
    problem = list_problem(value, "an array of words");
    return {};
  }
  char* error = nullptr;
  const Owned<hf_list, hf_list_free> list(
      hf_list_of_strings(value.text.data(), value.text.size(), &error));
  if (list == nullptr) {
    problem = ": " + name + taken(error) + ", a string was expected";
    return {};
  }
  std::vector<std::string> words;
  for (std::size_t i = 0; i < hf_list_size(list.get()); ++i) {
    std::size_t n = 0;
    const char* text = hf_list_string(list.get(), i, &n);
    words.emplace_back(text, n);
  }
  return words;
}

}  // namespace attnsweep::corpus
