#pragma once
#include <string>
#include <string_view>

namespace attnsweep::reduce {

/// Words of any container of strings with a separator between them.
template <class Words>
std::string joined(const Words& words, std::string_view separator) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += separator;
    out += word;
  }
  return out;
}

}  // namespace attnsweep::reduce
