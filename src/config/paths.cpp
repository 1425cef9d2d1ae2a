#include "config/paths.hpp"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "config/utf8.hpp"

namespace attnsweep::config {
namespace {

// All names of the environment, for the suggestion.
std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    names.push_back(text.substr(0, text.find('=')));
  }
  return names;
}

std::optional<std::string> expanded(const Value& value, const std::string& text) {
  std::string out;
  bool good = true;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 3, "$${") == 0) {
      out += "${";
      at += 3;
    } else if (text.compare(at, 2, "${") == 0) {
      const auto end = text.find('}', at);
      if (end == std::string::npos) {
        value.problem("got '" + text + "', where '${' is not closed by '}'");
        return std::nullopt;
      }
      const auto name = text.substr(at + 2, end - at - 2);
      const char* found = std::getenv(name.c_str());
      if (name.empty()) {
        value.problem("got '" + text + "', where '${}' names no variable");
        good = false;
      } else if (found == nullptr) {
        value.problem("the environment variable '" + name + "' is not defined" +
                      suggestion(name, environment_names()));
        good = false;
      } else {
        out += found;
      }
      at = end + 1;
    } else {
      out += text[at++];
    }
  }
  if (!good) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> resolved_path(const Value& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  if (*text == "~" || text->starts_with("~/")) {
    value.problem("got '" + *text + "', but '~' is not expanded; write ${HOME}" + text->substr(1));
    return std::nullopt;
  }
  const auto plain = expanded(value, *text);
  if (!plain) return std::nullopt;
  if (plain->empty()) {
    value.problem("got '" + *text + "', which is empty once its variables are filled in");
    return std::nullopt;
  }
  auto whole = (value.node().place.source->folder / *plain).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "models/x/"
  const auto path = whole.string();
  if (first_bad_byte(path) != std::string::npos) {
    value.problem("names a path that is not UTF-8 text, which a run cannot store");
    return std::nullopt;
  }
  return path;
}

std::string escaped_path(const std::string& path) {
  std::string out;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path.compare(at, 2, "${") == 0) out += '$';
    out += path[at];
  }
  return out;
}

}  // namespace attnsweep::config
