#include "corpus/selection.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "base/error.hpp"

namespace attnsweep::corpus {

Selection::Selection(std::int64_t n, std::vector<std::uint64_t> bits)
    : n_(n), bits_(std::move(bits)) {
  require(static_cast<std::int64_t>(bits_.size()) == (n + 63) / 64, "a bit map of another length");
  for (const auto word : bits_) {
    selected_.push_back(n_selected_);
    n_selected_ += std::popcount(word);
  }
}

bool Selection::contains(std::int64_t number) const {
  return is_all() || ((bits_[static_cast<std::size_t>(number / 64)] >> (number % 64)) & 1) != 0;
}

std::int64_t Selection::nth(std::int64_t i) const {
  require(i >= 0 && i < n_selected_,
          "record " + std::to_string(i) + " of " + std::to_string(n_selected_) + " selected ones");
  if (is_all()) return i;
  const auto after = std::upper_bound(selected_.begin(), selected_.end(), i);
  const auto w = static_cast<std::size_t>(after - selected_.begin()) - 1;
  auto word = bits_[w];
  for (auto left = i - selected_[w]; left > 0; --left) word &= word - 1;
  return static_cast<std::int64_t>(w) * 64 + std::countr_zero(word);
}

}  // namespace attnsweep::corpus
