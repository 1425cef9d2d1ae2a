#pragma once
#include <string>
#include <vector>

namespace attnsweep {

/// A piece of a template: plain text, or the name of a field whose value stands there.
struct TemplatePiece {
  std::string text;
  bool is_field = false;
  bool operator==(const TemplatePiece&) const = default;
};

/// The pieces of "Title: {title}\n{body}"; "{{" and "}}" are plain braces. `problem` says what is
/// wrong (a lone brace, an empty name, no field at all), else it stays empty.
std::vector<TemplatePiece> template_pieces(const std::string& text, std::string& problem);

/// The distinct fields of a template that has no problem, in order of first appearance.
std::vector<std::string> template_field_names(const std::string& text);

}  // namespace attnsweep
