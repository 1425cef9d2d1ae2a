#include "corpus/token_counts.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "corpus/corpus.hpp"

namespace attnsweep::corpus {
namespace {

// A quarter of a million records: half a minute of tokenising on one core.
constexpr std::int64_t most_blocks = 256;

}  // namespace

void TokenCounts::add(std::span<const std::int32_t> ids) {
  for (const auto id : ids) ++counts_[id];
  total_ += static_cast<std::int64_t>(ids.size());
}

void TokenCounts::add(const TokenCounts& other) {
  for (const auto& [id, n] : other.counts_) counts_[id] += n;
  total_ += other.total_;
}

double TokenCounts::surprisal(std::int32_t id) const {
  const auto found = counts_.find(id);
  const auto count = found == counts_.end() ? 0 : found->second;
  const auto all = total_ + static_cast<std::int64_t>(counts_.size()) + 1;
  return std::log2(static_cast<double>(all)) - std::log2(static_cast<double>(count + 1));
}

std::string TokenCounts::to_json() const {
  auto json = nlohmann::json::array();
  for (const auto& [id, n] : counts_) json.push_back({id, n});
  return json.dump();
}

TokenCounts TokenCounts::from_json(const std::string& text) {
  TokenCounts counts;
  try {
    for (const auto& item : nlohmann::json::parse(text)) {
      const auto n = item.at(1).get<std::int64_t>();
      counts.counts_[item.at(0).get<std::int32_t>()] = n;
      counts.total_ += n;
    }
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("counts of tokens cannot be read: ") + error.what());
  }
  return counts;
}

std::vector<std::int64_t> blocks_to_count(std::int64_t n_records) {
  const auto n = (n_records + records_per_block - 1) / records_per_block;
  std::vector<std::int64_t> blocks;
  const auto chosen = std::min(n, most_blocks);
  for (std::int64_t k = 0; k < chosen; ++k) blocks.push_back(k * n / chosen);
  return blocks;
}

}  // namespace attnsweep::corpus
