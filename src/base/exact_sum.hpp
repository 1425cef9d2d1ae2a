#pragma once
#include <cstdint>

namespace attnsweep {

/// A sum whose digits depend on no order: each addend is rounded to a multiple of 2^-60 and added
/// in a signed 128-bit integer. |addend| < 2^40; room for 2^27 addends.
class ExactSum {
 public:
  /// Throws Error(archive) when x is not finite or |x| ≥ 2^40.
  ExactSum& add(double x);
  ExactSum& add(const ExactSum& other) {
    sum_ += other.sum_;
    return *this;
  }
  /// The sum rounded once to double.
  double value() const;

 private:
  __extension__ using Integer = __int128;
  Integer sum_ = 0;
};

}  // namespace attnsweep
