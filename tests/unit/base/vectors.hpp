#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace attnsweep::test {

/// Words of the lines of tests/reference/base_vectors.txt that begin with `kind`, without it.
inline std::vector<std::vector<std::string>> vectors_of(const std::string& kind) {
  std::ifstream in(ATTNSWEEP_TESTS_DIR "/reference/base_vectors.txt");
  EXPECT_TRUE(in) << "tests/reference/base_vectors.txt cannot be opened";
  std::vector<std::vector<std::string>> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first, word;
    words >> first;
    if (first != kind) continue;
    all.emplace_back();
    while (words >> word) all.back().push_back(word);
  }
  return all;
}

/// The bytes of a hexadecimal word; "-" is none.
inline std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; hex != "-" && i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

}  // namespace attnsweep::test
