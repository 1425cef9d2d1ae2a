#pragma once
// What the decoders from before LLaMA share. Private to src/spec/families.
#include <cstdint>
#include <string>
#include <vector>

#include "spec/families/family.hpp"

namespace attnsweep::spec {

/// A size under the family's own name, or under the general name that the library maps to it. Given
/// twice, the two must be the same.
std::int64_t mapped_count(ConfigReader& config, const std::string& own, const std::string& general,
                          std::int64_t fallback);
/// A size whose null means the same as a missing key.
std::int64_t count_or(ConfigReader& config, const std::string& key, std::int64_t fallback);

/// Keys are shared by groups of heads of one size; `key` is named where they cannot be.
void check_groups(ConfigReader& config, const ArchitectureSpec& spec, const std::string& key);

/// LayerNorm with weight and bias before attention and MLP, no norm of the embeddings, no row that
/// starts as 0: what these families have unless they say otherwise.
ArchitectureSpec older_decoder(ConfigReader& config);

/// One slope a head (Press et al. 2022), heads beyond a power of two as BLOOM and Falcon have them:
/// every other slope of twice as many heads.
std::vector<double> alibi_slopes(std::int64_t n_heads);

/// Query, key and value in one stored tensor, group by group: the queries that share a key, the
/// key, the value. With g query heads a key the rows are g · d, d, d, and so on for each key.
void add_grouped_query_key_value(BlockTensors& layer, const ArchitectureSpec& spec,
                                 const std::string& family);

}  // namespace attnsweep::spec
