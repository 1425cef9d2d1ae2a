#include "config/text_template.hpp"

#include <algorithm>

namespace attnsweep {
namespace {

/// Where plain text goes: into the piece that is being written, or a new one.
std::string& plain(std::vector<TemplatePiece>& pieces) {
  if (pieces.empty() || pieces.back().is_field) pieces.push_back({});
  return pieces.back().text;
}

}  // namespace

std::vector<TemplatePiece> template_pieces(const std::string& text, std::string& problem) {
  std::vector<TemplatePiece> pieces;
  const auto at = [](std::size_t i) { return " at character " + std::to_string(i + 1); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      plain(pieces) += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      plain(pieces) += c;
      ++i;
    } else if (c == '}') {
      problem = "a '}'" + at(i) + " closes nothing; '}}' is a plain brace";
      return {};
    } else {
      const auto end = text.find_first_of("{}", i + 1);
      if (end == std::string::npos || text[end] == '{') {
        problem = "the '{'" + at(i) + " is not closed; '{{' is a plain brace";
        return {};
      }
      if (end == i + 1) {
        problem = "the '{}'" + at(i) + " names no field";
        return {};
      }
      pieces.push_back({text.substr(i + 1, end - i - 1), true});
      i = end;
    }
  }
  if (std::none_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.is_field; }))
    problem = "names no field; '{text}' stands for the value of the field 'text'";
  return pieces;
}

std::vector<std::string> template_field_names(const std::string& text) {
  std::vector<std::string> names;
  std::string problem;
  for (const auto& piece : template_pieces(text, problem))
    if (piece.is_field && std::find(names.begin(), names.end(), piece.text) == names.end())
      names.push_back(piece.text);
  return names;
}

}  // namespace attnsweep
