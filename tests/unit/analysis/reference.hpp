#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "reduce/cluster_sums.hpp"
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

/// The clusters of a golden data set.
inline std::vector<Cluster> golden_clusters(const nlohmann::json& set, bool by_document = false,
                                            bool reversed = false) {
  Documents documents;
  const int m = static_cast<int>(set["d"][0].size());
  ClusterSums sums(m, true);
  const std::size_t n = set["d"].size();
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t s = reversed ? n - 1 - k : k;
    sums.add(documents.number("document " + std::to_string(set["cluster"][s].get<int>())),
             doubles(set["d"][s]));
  }
  return sums.finish(documents, by_document);
}

}  // namespace attnsweep::reduce
