#pragma once
#include <array>
#include <cstddef>

#include "base/quantities.hpp"

namespace attnsweep::measure {

/// c of one norm in the rounding floor φ = c · ε · (s_i + s_{i+1}), with s = ‖A‖_F for frobenius
/// and spectral, √n ‖A‖_F for nuclear, the norm of A itself for l1, linf and max; for tv, js and
/// cosine φ = c · ε.
struct FloorConstant {
  Norm norm;
  double c;
};

/// From tests/reference/floor_calibration.json, which calibrate_floor.py there makes: the largest
/// 99 % quantile of |float32 − float64| / (ε (s_i + s_{i+1})) over the reference models of all
/// families, this program's and transformers' own float32 alike; it is 3 to 5 times the quantile of
/// all of them together.
inline constexpr std::array<FloorConstant, 9> floor_constants{{
    {Norm::frobenius, 9.6},
    {Norm::spectral, 9.7},
    {Norm::nuclear, 3.8},
    {Norm::l1, 19},
    {Norm::linf, 11},
    {Norm::max, 20},
    {Norm::tv, 6.7},
    {Norm::js, 4.7},
    {Norm::cosine, 12},
}};

/// c of a norm.
constexpr double floor_constant(Norm norm) {
  return floor_constants[static_cast<std::size_t>(norm)].c;
}

}  // namespace attnsweep::measure
