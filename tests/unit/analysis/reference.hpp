#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "reduce/units.hpp"

namespace attnsweep::reduce {

inline const nlohmann::json& reference_file(const std::string& name) {
  static std::map<std::string, nlohmann::json> files;
  auto at = files.find(name);
  if (at == files.end())
    at = files
             .emplace(name, nlohmann::json::parse(
                                read_file(std::string(ATTNSWEEP_TESTS_DIR) + "/reference/" + name)))
             .first;
  return at->second;
}

/// Values by SciPy and naive refits; made by tests/reference/make_reduce_reference.py.
inline const nlohmann::json& reduce_reference() { return reference_file("reduce_reference.json"); }
/// The measurement's own numbers to check an implementation against.
inline const nlohmann::json& golden() { return reference_file("golden.json"); }

inline std::vector<double> doubles(const nlohmann::json& list) {
  std::vector<double> out;
  for (const auto& x : list) out.push_back(x.is_null() ? undefined : x.get<double>());
  return out;
}

/// Twelve digits: both sides add and divide in double in another order.
inline void expect_same(double got, double expected, const std::string& what) {
  EXPECT_NEAR(got, expected, 1e-12 * std::fmax(1, std::fabs(expected))) << what;
}

/// Units of sequences d of m layers, each with the name of its document.
inline Units units_of(const std::vector<std::pair<std::string, std::vector<double>>>& sequences,
                      const UnitRule& rule = {}) {
  Documents documents(rule);
  const int m = static_cast<int>(sequences.at(0).second.size());
  const SequenceColumns columns(m, true);
  UnitSums sums(columns.size(), documents);
  std::vector<double> x(columns.size());
  const auto pass = [&] {
    for (const auto& [document, d] : sequences) {
      columns.fill(d, x);
      sums.add(documents.number(document), x);
    }
  };
  pass();
  if (sums.needs_second_round()) {
    sums.start_second_round();
    pass();
  }
  return make_units(sums.finish(), m, true);
}

/// The clusters of a golden data set.
inline Units golden_units(const nlohmann::json& set, bool by_document = false,
                          bool reversed = false) {
  std::vector<std::pair<std::string, std::vector<double>>> sequences;
  for (std::size_t s = 0; s < set["d"].size(); ++s)
    sequences.emplace_back("document " + std::to_string(set["cluster"][s].get<int>()),
                           doubles(set["d"][s]));
  if (reversed) std::reverse(sequences.begin(), sequences.end());
  UnitRule rule;
  rule.by_document = by_document;
  return units_of(sequences, rule);
}

}  // namespace attnsweep::reduce
