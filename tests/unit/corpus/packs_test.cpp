#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/hash.hpp"
#include "corpus/sequences.hpp"

namespace attnsweep::corpus {
namespace {

/// Lengths from 0 to 299, every seventh sequence not measurable.
std::vector<Sequence> block_of(std::size_t n, std::uint64_t key) {
  std::vector<Sequence> block(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto hash = keyed_hash(key, std::to_string(i));
    if (hash % 7 == 0) block[i].row.reason = Reason::too_short;
    block[i].ids.resize(hash / 7 % 300);
  }
  return block;
}

TEST(Packs, HoldEveryMeasurableSequenceOnceSortedAndWithinTheBudget) {
  for (std::uint64_t key = 0; key < 40; ++key)
    for (const std::int64_t budget : {1, 64, 299, 4096}) {
      const auto block = block_of(key * 13, key);
      const auto packs = make_packs(block, budget);
      std::vector<std::size_t> order;
      std::int64_t total = 0;
      for (std::size_t p = 0; p < packs.size(); ++p) {
        ASSERT_FALSE(packs[p].empty());
        std::int64_t tokens = 0;
        for (const auto i : packs[p]) tokens += std::ssize(block[i].ids);
        EXPECT_TRUE(tokens <= budget || packs[p].size() == 1);
        total += tokens;
        order.insert(order.end(), packs[p].begin(), packs[p].end());
        if (p + 1 < packs.size()) {
          // No pack is closed early.
          EXPECT_GT(tokens + std::ssize(block[packs[p + 1].front()].ids), budget);
        }
      }
      std::vector<std::size_t> expected;
      for (std::size_t i = 0; i < block.size(); ++i)
        if (block[i].row.reason == Reason::measured) expected.push_back(i);
      EXPECT_TRUE(std::is_sorted(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(block[a].ids.size(), a) < std::pair(block[b].ids.size(), b);
      }));
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, expected);
      EXPECT_EQ(make_packs(block, budget), packs);
    }
}

TEST(Packs, ALongSequenceIsAlone) {
  std::vector<Sequence> block(4);
  for (std::size_t i = 0; i < 4; ++i)
    block[i].ids.resize(std::vector<std::size_t>{90, 3, 5, 80}[i]);
  EXPECT_EQ(make_packs(block, 10), (std::vector<std::vector<std::size_t>>{{1, 2}, {3}, {0}}));
}

}  // namespace
}  // namespace attnsweep::corpus
