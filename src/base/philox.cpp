#include "base/philox.hpp"

#include <cmath>
#include <numbers>
#include <string>

#include <Random123/philox.h>

#include "base/hash.hpp"

namespace attnsweep {

std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter,
                                    std::uint64_t key) {
  r123::Philox4x32::ctr_type c;
  for (std::size_t i = 0; i < counter.size(); ++i) c[i] = counter[i];
  r123::Philox4x32::key_type k;
  k[0] = static_cast<std::uint32_t>(key);
  k[1] = static_cast<std::uint32_t>(key >> 32);
  const auto out = r123::Philox4x32()(c, k);
  return {out[0], out[1], out[2], out[3]};
}

std::uint64_t replicate_bits(std::uint64_t seed, std::uint32_t replicate, std::uint32_t draw) {
  const auto out = philox({replicate, draw, 0, 0}, seed);
  return out[0] + (static_cast<std::uint64_t>(out[1]) << 32);
}

void keyed_normals(std::uint64_t seed, std::uint64_t stream, std::string_view name, double sd,
                   std::span<float> out) {
  const auto key = keyed_hash(seed, std::to_string(stream) + "/" + std::string(name));
  for (std::size_t i = 0; i < out.size(); i += 2) {
    const std::uint64_t block = i / 2;
    const auto bits = philox(
        {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0}, key);
    // 53 bits, in (0, 1]: the logarithm is finite.
    const auto u = [&](std::size_t j) {
      const std::uint64_t b = bits[2 * j] | static_cast<std::uint64_t>(bits[2 * j + 1]) << 32;
      return (static_cast<double>(b >> 11) + 1) * 0x1p-53;
    };
    const double radius = sd * std::sqrt(-2 * std::log(u(0)));
    const double angle = 2 * std::numbers::pi * u(1);
    out[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < out.size()) out[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
}

}  // namespace attnsweep
