#pragma once
#include <cstdint>
#include <vector>

namespace attnsweep::corpus {

/// Which records of a corpus are taken: all, or those of a bit map (a bit a record, so that 10^7
/// records take 1.25 MB). Numbers are in file order, from 0.
class Selection {
 public:
  Selection() = default;
  /// All of n records.
  explicit Selection(std::int64_t n) : n_(n), n_selected_(n) {}
  /// Those whose bit is set: word n / 64, bit n % 64.
  Selection(std::int64_t n, std::vector<std::uint64_t> bits);

  std::int64_t n_records() const { return n_; }
  std::int64_t n_selected() const { return n_selected_; }
  bool is_all() const { return bits_.empty(); }
  bool contains(std::int64_t number) const;
  /// Number of the i-th selected record, i below n_selected.
  std::int64_t nth(std::int64_t i) const;
  const std::vector<std::uint64_t>& bits() const { return bits_; }

 private:
  std::int64_t n_ = 0, n_selected_ = 0;
  std::vector<std::uint64_t> bits_;     // empty: all
  std::vector<std::int64_t> selected_;  // before each word
};

}  // namespace attnsweep::corpus
