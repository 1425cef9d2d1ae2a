#pragma once
#include <array>

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
    {Norm::frobenius, 1},
    {Norm::spectral, 1},
    {Norm::nuclear, 1},
    {Norm::l1, 1},
    {Norm::linf, 1},
    {Norm::max, 1},
    {Norm::tv, 1},
    {Norm::js, 1},
    {Norm::cosine, 1},
}};

/// c of a norm.
constexpr double floor_constant(Norm norm) {
  return floor_constants[static_cast<std::size_t>(norm)].c;
}

}  // namespace attnsweep::measure
