#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "reduce/windows.hpp"

namespace attnsweep::reduce {

/// The sequences of one corpus that every member used, and saw whole or cut alike: models with the
/// same tokenizer and limit cut alike what has the same lengths; another tokenizer cuts elsewhere,
/// so that only whole texts are the same for both.
class CommonSequences {
 public:
  /// Members whose λ_s were kept; one at least.
  explicit CommonSequences(std::vector<Member> members);
  const std::vector<Member>& members() const { return members_; }

  /// use(document, places) for every common sequence in the order of the corpus; places[k] is its
  /// place in the keys of member k.
  using Use = std::function<void(std::uint32_t document, std::span<const std::size_t> places)>;
  void for_each(const Use& use) const;

  /// Sums of `n_columns` by unit over the common sequences; fill(places, x).
  using Fill = std::function<void(std::span<const std::size_t> places, std::span<double> x)>;
  UnitTable sums(int n_columns, const Documents& documents, const Fill& fill) const;

  std::int64_t size() const { return size_; }
  /// Sequences that member k used and not all did.
  const std::vector<std::int64_t>& not_common() const { return not_common_; }
  /// Sequences that any member used and not all did.
  std::int64_t any_not_common() const { return any_not_common_; }

 private:
  /// Calls use with each sequence that any member knows; a member without it has the place absent.
  void merge(const std::function<void(std::span<const std::size_t>)>& use) const;
  bool common(std::span<const std::size_t> places) const;
  bool used(std::size_t member, std::size_t place) const;

  std::vector<Member> members_;
  std::vector<std::size_t> cut_alike_;  ///< number of the (tokenizer, limit) of each member
  bool one_cut_ = true;
  std::vector<std::int64_t> windowed_;  ///< sorted records that some member has windows of
  std::int64_t size_ = 0, any_not_common_ = 0;
  std::vector<std::int64_t> not_common_;
};

}  // namespace attnsweep::reduce
