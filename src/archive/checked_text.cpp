#include "archive/checked_text.hpp"

#include <stdexcept>

#include "base/hash.hpp"

namespace attnsweep::archive {
namespace {

constexpr std::string_view opening = "{\"check\":\"";
constexpr std::size_t check_length = 16;

std::string hexadecimal(std::uint64_t value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text(check_length, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 4) *at = digits[value & 15];
  return text;
}

std::string middle(std::string_view what) { return "\",\"" + std::string(what) + "\":"; }

}  // namespace

std::string with_check(std::uint64_t key, std::string_view what, std::string_view payload) {
  std::string text(opening);
  text += hexadecimal(keyed_hash(key, payload));
  text += middle(what);
  text += payload;
  text += '}';
  return text;
}

std::string_view checked_payload(std::uint64_t key, std::string_view what, std::string_view text) {
  const auto joint = middle(what);
  const auto head = opening.size() + check_length + joint.size();
  if (text.size() <= head || !text.starts_with(opening) || text.back() != '}' ||
      text.substr(opening.size() + check_length, joint.size()) != joint)
    throw std::runtime_error("is not of the form {\"check\":…,\"" + std::string(what) + "\":…}");
  const auto written = text.substr(opening.size(), check_length);
  const auto payload = text.substr(head, text.size() - head - 1);
  const auto actual = hexadecimal(keyed_hash(key, payload));
  if (written != actual)
    throw std::runtime_error("checksum is " + actual + ", the text says " + std::string(written));
  return payload;
}

}  // namespace attnsweep::archive
