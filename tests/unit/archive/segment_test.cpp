#include <bit>
#include <fstream>

#include <gtest/gtest.h>

#include "archive/netcdf.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "unit/archive/samples.hpp"

namespace attnsweep::archive {
namespace {

using Bits = std::vector<std::vector<std::uint64_t>>;

Bits bits(const std::vector<std::vector<double>>& lists) {
  Bits all;
  for (const auto& list : lists) {
    auto& out = all.emplace_back();
    for (const double number : list) out.push_back(std::bit_cast<std::uint64_t>(number));
  }
  return all;
}

void expect_equal(const SequenceRow& got, const SequenceRow& expected) {
  EXPECT_EQ(got.id, expected.id);
  EXPECT_EQ(got.document, expected.document);
  EXPECT_EQ(got.record, expected.record);
  EXPECT_EQ(got.window, expected.window);
  EXPECT_EQ(got.n_tokens, expected.n_tokens);
  EXPECT_EQ(got.n_full, expected.n_full);
  EXPECT_EQ(got.reason, expected.reason);
  EXPECT_EQ(got.covariates, expected.covariates);
  EXPECT_EQ(got.empty_rows, expected.empty_rows);
  EXPECT_EQ(bits(got.values), bits(expected.values));
  EXPECT_EQ(bits(got.floors), bits(expected.floors));
  EXPECT_EQ(bits(got.observables), bits(expected.observables));
}

void expect_equal(const std::vector<SegmentGroup>& got, const std::vector<SegmentGroup>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t g = 0; g < got.size(); ++g) {
    EXPECT_EQ(got[g].info, expected[g].info);
    EXPECT_EQ(got[g].measure, expected[g].measure);
    ASSERT_EQ(got[g].rows.size(), expected[g].rows.size());
    for (std::size_t r = 0; r < got[g].rows.size(); ++r)
      expect_equal(got[g].rows[r], expected[g].rows[r]);
  }
}

TEST(Segment, ReadsBackEveryBit) {
  const TemporaryRun run("read-back");
  const auto groups = sample_groups();
  const auto digest = write_segment(run.path(), "s", {{"host", "node7"}}, groups);
  const auto file = run.path() / "segments/s.h5";
  EXPECT_EQ(digest, digest_of_file(file));
  expect_equal(read_segment(file), groups);
}

}  // namespace
}  // namespace attnsweep::archive
