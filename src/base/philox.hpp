#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace attnsweep {

/// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a pure
/// function of counter and key, so a stream depends on no order, rank or thread.
std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter, std::uint64_t key);

/// 64 uniform bits u_{b,k} = out0 + 2^32 out1 of the counter (b, k, 0, 0) under `seed`:
/// the k-th draw of bootstrap replicate b.
std::uint64_t replicate_bits(std::uint64_t seed, std::uint32_t replicate, std::uint32_t draw);

/// Fills `out` with normals of mean 0 and standard deviation `sd` (Box-Muller in double), keyed
/// by (seed, stream, name): equal for equal keys on any rank and in any order.
void keyed_normals(std::uint64_t seed, std::uint64_t stream, std::string_view name, double sd,
                   std::span<float> out);

}  // namespace attnsweep
