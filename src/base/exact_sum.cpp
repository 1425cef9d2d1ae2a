#include "base/exact_sum.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"

namespace attnsweep {

ExactSum& ExactSum::add(double x) {
  if (!(std::fabs(x) < 0x1p40))
    throw ArchiveError("a value to be summed is " + std::to_string(x) +
                       "; the exact sum takes finite values below 2^40 in magnitude");
  // x·2^60 splits into an integer part below 2^100 and a rest; both are exact in double.
  const double scaled = std::nearbyint(std::ldexp(x, 60));
  sum_ += static_cast<Integer>(scaled);
  return *this;
}

double ExactSum::value() const { return std::ldexp(static_cast<double>(sum_), -60); }

}  // namespace attnsweep
