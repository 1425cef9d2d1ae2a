// Counting, sampling and reading blocks in any order.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/hash.hpp"
#include "unit/corpus/fixtures.hpp"

namespace attnsweep::corpus {
namespace {

constexpr std::uint64_t seed = 20251030;

std::vector<std::string> ids(const std::vector<Record>& records) {
  std::vector<std::string> out;
  for (const auto& record : records) out.push_back(record.id);
  return out;
}

/// Two plain files around a compressed one, none a whole number of blocks.
CorpusEntry three_files(const Folder& folder) {
  return corpus_of({folder.write("a.jsonl", numbered_lines(0, 2500)),
                    folder.write("b.jsonl.zst", stored_as(".zst", numbered_lines(2500, 5700))),
                    folder.write("c.jsonl", numbered_lines(5700, 7000))});
}

TEST(Index, Counts) {
  const Folder folder;
  Corpus corpus(three_files(folder), seed);
  const auto index = corpus.build_index();
  EXPECT_EQ(index.n_records(), 7000);
  EXPECT_EQ(index.n_selected(), 7000);
  EXPECT_TRUE(index.selection.is_all());
  std::vector<std::int64_t> n_records;
  for (const auto& file : index.files) n_records.push_back(file.n_records);
  EXPECT_EQ(n_records, (std::vector<std::int64_t>{2500, 3200, 1300}));
  EXPECT_TRUE(index.files[0].seekable);
  EXPECT_FALSE(index.files[1].seekable);
  // Records 0, 1024, 2048 and the end.
  ASSERT_EQ(index.files[0].marks.size(), 4u);
  EXPECT_EQ(index.files[0].marks[2],
            (Mark{2048, 2049, static_cast<std::int64_t>(numbered_lines(0, 2048).size())}));
  EXPECT_EQ(index.n_bytes(), static_cast<std::int64_t>(numbered_lines(0, 7000).size()) - 7000);
}

TEST(Index, ReadsBackFromItsBytes) {
  const Folder folder;
  auto entry = three_files(folder);
  entry.sample = 3000;
  Corpus corpus(entry, seed);
  const auto index = corpus.build_index();
  const auto bytes = index.to_bytes();
  const auto copy = CorpusIndex::from_bytes(bytes);
  EXPECT_EQ(copy.to_bytes(), bytes);
  EXPECT_EQ(copy.digest(), index.digest());
  EXPECT_EQ(copy.n_selected(), 3000);
  EXPECT_EQ(copy.sample.size(), 256u);
  for (const std::string& bad :
       {std::string(), std::string("{}"), bytes.substr(0, bytes.size() / 2)})
    EXPECT_NE(message_of([&] { CorpusIndex::from_bytes(bad); }), "no error");
  for (std::size_t i = 0; i < bytes.size(); i += 97) {
    auto flipped = bytes;
    flipped[i] ^= 4;
    EXPECT_NE(message_of([&] { CorpusIndex::from_bytes(flipped); }), "no error") << i;
  }
}

TEST(Index, TheDigestIsOfTheFilesInTheirOrder) {
  const Folder folder;
  const auto a = folder.write("a.txt", "a\n"), b = folder.write("b.txt", "b\n");
  const auto digest = [&](const std::vector<std::string>& files) {
    return Corpus(corpus_of(files), seed).build_index().digest();
  };
  EXPECT_EQ(digest({a, b}), digest({a, b}));
  EXPECT_NE(digest({a, b}), digest({b, a}));
  EXPECT_NE(digest({a}), digest({b}));
}

class Blocks : public testing::TestWithParam<std::optional<std::int64_t>> {};

TEST_P(Blocks, AnyOrderReadsTheSame) {
  const Folder folder;
  auto entry = three_files(folder);
  entry.sample = GetParam();
  Corpus corpus(entry, seed);
  const auto index = corpus.build_index();
  const auto n_blocks = (index.n_selected() + records_per_block - 1) / records_per_block;
  const auto all = corpus.read_blocks(index, 0, n_blocks);
  ASSERT_EQ(static_cast<std::int64_t>(all.size()), index.n_selected());
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i].index, static_cast<std::int64_t>(i));
  // Backwards, then with steps of three, by one object and by a fresh one for each block.
  std::vector<std::int64_t> order;
  for (auto b = n_blocks; b-- > 0;) order.push_back(b);
  for (std::int64_t i = 0; i < n_blocks; ++i) order.push_back(i * 3 % n_blocks);
  for (const auto b : order) {
    const auto begin = static_cast<std::size_t>(b * records_per_block);
    const auto end = std::min(all.size(), begin + records_per_block);
    const std::vector<std::string> expected = [&] {
      auto every = ids(all);
      return std::vector<std::string>(every.begin() + std::ptrdiff_t(begin),
                                      every.begin() + std::ptrdiff_t(end));
    }();
    EXPECT_EQ(ids(corpus.read_blocks(index, b, 1)), expected) << b;
    EXPECT_EQ(ids(Corpus(entry, seed).read_blocks(index, b, 1)), expected) << b;
  }
}

INSTANTIATE_TEST_SUITE_P(Index, Blocks, testing::Values(std::nullopt, 7000, 2200, 1024, 10));

std::vector<std::string> sampled(CorpusEntry entry, std::int64_t n, std::uint64_t s = seed) {
  entry.sample = n;
  Corpus corpus(entry, s);
  return ids(all_records(corpus));
}

TEST(Sample, TakesTheSmallestHashesInFileOrder) {
  const Folder folder;
  const auto entry = three_files(folder);
  std::vector<std::pair<std::uint64_t, std::size_t>> hashes;
  for (std::size_t i = 0; i < 7000; ++i) hashes.emplace_back(keyed_hash(seed, numbered("r", i)), i);
  std::sort(hashes.begin(), hashes.end());
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < 50; ++i) numbers.push_back(hashes[i].second);
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::string> expected;
  for (const auto n : numbers) expected.push_back(numbered("r", n));
  EXPECT_EQ(sampled(entry, 50), expected);
}

TEST(Sample, NestedAndIndependentOfTheSplit) {
  const Folder folder;
  const auto entry = three_files(folder);
  const auto whole = corpus_of({folder.write("whole.jsonl", numbered_lines(0, 7000))});
  EXPECT_EQ(sampled(entry, 300), sampled(whole, 300));
  EXPECT_NE(sampled(entry, 300), sampled(entry, 300, seed + 1));
  const auto small = sampled(entry, 100), large = sampled(entry, 900);
  const std::set<std::string> in_large(large.begin(), large.end());
  for (const auto& id : small) EXPECT_TRUE(in_large.contains(id)) << id;
  EXPECT_EQ(sampled(entry, 9000).size(), 7000u);
}

}  // namespace
}  // namespace attnsweep::corpus
