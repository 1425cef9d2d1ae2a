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
/// 99 % quantile of |float32 − float64| / (ε (s_i + s_{i+1})) over the reference models.
inline constexpr std::array<FloorConstant, 9> floor_constants{{
    {Norm::frobenius, 4.6},
    {Norm::spectral, 4.7},
    {Norm::nuclear, 1.8},
    {Norm::l1, 14},
    {Norm::linf, 4.6},
    {Norm::max, 16},
    {Norm::tv, 3.9},
    {Norm::js, 1.5},
    {Norm::cosine, 4.6},
}};

/// c of a norm.
constexpr double floor_constant(Norm norm) {
  return floor_constants[static_cast<std::size_t>(norm)].c;
}

}  // namespace attnsweep::measure
