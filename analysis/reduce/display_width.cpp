#include "reduce/display_width.hpp"

#include <cstdint>

namespace attnsweep::reduce {
namespace {

/// The sign that begins at `at`, and how many bytes it has.
struct Sign {
  std::uint32_t code;
  std::size_t n_bytes;
};

Sign decode(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(at);
  const std::size_t n = lead < 0x80    ? 1
                        : lead >= 0xF0 ? 4
                        : lead >= 0xE0 ? 3
                        : lead >= 0xC0 ? 2
                                       : 0;
  if (n == 0 || at + n > s.size()) return {0xFFFD, 1};
  std::uint32_t code = n == 1 ? lead : lead & (0xFFu >> (n + 1));
  for (std::size_t k = 1; k < n; ++k) {
    if ((byte(at + k) & 0xC0) != 0x80) return {0xFFFD, 1};
    code = (code << 6) | (byte(at + k) & 0x3Fu);
  }
  return {code, n};
}

bool between(std::uint32_t c, std::uint32_t low, std::uint32_t high) {
  return c >= low && c <= high;
}

std::size_t width_of(std::uint32_t c) {
  if (c < 0x20 || between(c, 0x7F, 0x9F)) return 0;
  if (between(c, 0x300, 0x36F) || between(c, 0x483, 0x489) || between(c, 0x591, 0x5BD) ||
      between(c, 0x64B, 0x65F) || between(c, 0x93C, 0x93C) || between(c, 0x941, 0x948) ||
      between(c, 0x1AB0, 0x1AFF) || between(c, 0x1DC0, 0x1DFF) || between(c, 0x200B, 0x200F) ||
      between(c, 0x20D0, 0x20FF) || between(c, 0xFE00, 0xFE0F) || between(c, 0xFE20, 0xFE2F))
    return 0;
  if (between(c, 0x1100, 0x115F) || between(c, 0x2E80, 0x303E) || between(c, 0x3041, 0xA4CF) ||
      between(c, 0xA960, 0xA97F) || between(c, 0xAC00, 0xD7A3) || between(c, 0xF900, 0xFAFF) ||
      between(c, 0xFE30, 0xFE6F) || between(c, 0xFF00, 0xFF60) || between(c, 0xFFE0, 0xFFE6) ||
      between(c, 0x1F300, 0x1F64F) || between(c, 0x1F900, 0x1F9FF) || between(c, 0x20000, 0x3FFFD))
    return 2;
  return 1;
}

/// The longest beginning that takes at most `width` columns.
std::string_view beginning(std::string_view text, std::size_t width) {
  std::size_t at = 0, used = 0;
  while (at < text.size()) {
    const Sign s = decode(text, at);
    if (used + width_of(s.code) > width) break;
    used += width_of(s.code);
    at += s.n_bytes;
  }
  return text.substr(0, at);
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  return width == 0 ? std::string() : std::string(beginning(text, width - 1)) + "…";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Sign s = decode(text, at);
    width += width_of(s.code);
    at += s.n_bytes;
  }
  return width;
}

std::string fitted(std::string_view text, std::size_t width) {
  const std::string shown = cut(text, width);
  return shown + std::string(width - display_width(shown), ' ');
}

std::string fitted_right(std::string_view text, std::size_t width) {
  const std::string shown = cut(text, width);
  return std::string(width - display_width(shown), ' ') + shown;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string out, line(indent);
  bool empty = true;
  const std::size_t room = width > display_width(indent) ? width - display_width(indent) : 1;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!empty && display_width(line) + 1 + display_width(word) > width) {
      out += line + "\n";
      line = indent;
      empty = true;
    }
    // A word longer than a line is cut at the line's end.
    while (display_width(word) > room) {
      const std::string_view part = beginning(word, room);
      if (part.empty()) break;
      out.append(line).append(part).append("\n");
      word.remove_prefix(part.size());
    }
    if (word.empty()) continue;
    if (!empty) line += " ";
    line += word;
    empty = false;
  }
  if (!empty) out += line + "\n";
  return out;
}

}  // namespace attnsweep::reduce
