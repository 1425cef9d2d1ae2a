#pragma once
#include <cstdint>
#include <vector>

#include "config/study.hpp"
#include "corpus/selection.hpp"
#include "corpus/spooled_words.hpp"

namespace attnsweep::corpus {

/// Two records whose ids have the same hash, by their numbers in file order.
struct Twins {
  std::int64_t first = 0, second = 0;
};

/// Records whose id's hash an earlier one has, the first `most` of them, each with the first one.
std::vector<Twins> equal_ids(const SpooledWords& words, std::size_t most);

/// Bits of the records that stay when of equal contents only the first does.
std::vector<std::uint64_t> without_duplicates(const SpooledWords& words, std::int64_t& n_dropped);

/// The records that `entry` takes; `n_dropped` becomes the number of duplicates.
Selection choose_records(const CorpusEntry& entry, std::uint64_t study_seed,
                         const SpooledWords& words, std::int64_t& n_dropped);

}  // namespace attnsweep::corpus
