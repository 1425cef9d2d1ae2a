#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::measure_test {

using Values = std::map<std::string, double>;  ///< by the quantity's name; null is nan

/// A dropped view of a reference pair.
struct DroppedReference {
  int n = 0;
  int left_out = 0;
  std::vector<std::uint8_t> empty_a, empty_b;
  std::vector<double> matrix_a;                        ///< of the small cases, else empty
  std::optional<Values> norms, scales, observables_a;  ///< nothing: not measurable
};

/// One pair of tests/reference/measure_reference.json with its matrices, widened to double where
/// they are float32 (which changes nothing).
struct ReferencePair {
  std::string name;
  int n = 0;
  bool is_float = false;
  std::vector<double> a, b;
  std::vector<std::uint8_t> special;
  Values norms, scales, observables_a;
  DroppedReference dropped;
};

/// All pairs of the file. Throws where it is not what make_measure_reference.py writes.
const std::vector<ReferencePair>& reference_pairs();

}  // namespace attnsweep::measure_test
