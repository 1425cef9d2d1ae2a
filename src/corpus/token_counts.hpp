#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace attnsweep::corpus {

/// How often each token stands in a corpus, as one tokenizer cuts it. Counting is adding, so that
/// parts may be counted anywhere and in any order.
class TokenCounts {
 public:
  void add(std::span<const std::int32_t> ids);
  void add(const TokenCounts& other);

  /// −log2 p of a token, in bits: p = (c + 1) / (N + D + 1) with its count c, the sum of all counts
  /// N and the number of different tokens D, so that one that was never counted has a share too.
  double surprisal(std::int32_t id) const;

  /// A text form that travels between ranks and runs. Throws InputError.
  std::string to_json() const;
  static TokenCounts from_json(const std::string& text);

  bool operator==(const TokenCounts&) const = default;

 private:
  std::map<std::int32_t, std::int64_t> counts_;
  std::int64_t total_ = 0;
};

/// The blocks of a corpus of which tokens are counted: all of up to 256, else 256 evenly spaced
/// ones, block k·n/256 for k = 0 … 255.
std::vector<std::int64_t> blocks_to_count(std::int64_t n_records);

}  // namespace attnsweep::corpus
