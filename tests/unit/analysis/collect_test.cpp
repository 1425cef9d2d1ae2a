#include "reduce/collect.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "reduce/analysis.hpp"
#include "reduce/usable_layers.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

CellInfo info(int n_layers, int n_heads = 2) {
  CellInfo out;
  out.model = "m";
  out.corpus = "c";
  out.n_layers = n_layers;
  out.n_heads = n_heads;
  return out;
}

SequenceRow row(int record, const std::vector<double>& d, double floor = 1e-6) {
  SequenceRow out;
  out.id = "r" + std::to_string(record);
  out.document = "d" + std::to_string(record % 7);
  out.record = record;
  out.n_tokens = out.n_full = 20;
  out.values = {d};
  out.floors = {std::vector<double>(d.size(), floor)};
  return out;
}

SequenceRow not_measured(int record, Reason reason) {
  SequenceRow out = row(record, {});
  out.values.clear();
  out.floors.clear();
  out.reason = reason;
  return out;
}

/// Rows in memory as a source; every series at its own place.
RowSource from(const std::vector<SequenceRow>& rows, std::size_t n_series = 1) {
  std::vector<std::size_t> places(n_series);
  for (std::size_t k = 0; k < n_series; ++k) places[k] = k;
  return [&rows, places](const UseRows& use) {
    // Some at a time, the last ones fewer.
    const std::span<const SequenceRow> all(rows);
    for (std::size_t k = 0; k < all.size(); k += 7)
      use(all.subspan(k, std::min<std::size_t>(7, all.size() - k)), places);
  };
}

std::vector<SequenceRow> many(int n, int first = 0) {
  std::vector<SequenceRow> rows;
  for (int k = first; k < first + n; ++k)
    rows.push_back(row(k, {1.0 + 0.01 * (k % 5), 0.5, 0.25 + 0.01 * (k % 3), 0.12}));
  return rows;
}

using Counts = std::map<std::string, std::int64_t>;

TEST(UsableLayers, EndBeforeTheFirstNoisyLayer) {
  LayerCounts counts(3, 3);
  const std::vector<double> floor{1, 1, 1};
  for (int k = 0; k < 98; ++k) counts.add(std::vector<double>{9, 9, 9}, floor);
  counts.add(std::vector<double>{9, 3, 9}, floor);  // 3 ≤ 3 φ
  EXPECT_EQ(counts.usable(0.01), 1);                // 1 of 99 is more than 1 %
  counts.add(std::vector<double>{9, 9, 9}, floor);
  EXPECT_EQ(counts.usable(0.01), 3);  // 1 of 100 is not
  EXPECT_EQ(counts.censored(), (std::vector<std::int64_t>{0, 1, 0}));
}

TEST(UsableLayers, ZeroIsCensoredWithoutAFloor) {
  LayerCounts counts(2, 3);
  counts.add(std::vector<double>{1, 0}, std::vector<double>{undefined, undefined});
  EXPECT_EQ(counts.usable(0.01), 1);
}

TEST(UsableLayers, WhySequencesAreLeftOut) {
  const std::vector<double> floor{1e-3, 1e-3};
  const auto why = [&](std::vector<double> d) { return judge_sequence(d, floor, 3); };
  EXPECT_EQ(why({1, 1}), LeftOut::no);
  EXPECT_EQ(why({1, 0.003}), LeftOut::censored);
  EXPECT_EQ(why({0.002, 0}), LeftOut::zero);
  EXPECT_EQ(why({0, undefined}), LeftOut::not_finite);
  EXPECT_EQ(why({0, std::numeric_limits<double>::infinity()}), LeftOut::not_finite);
}

TEST(Collect, CountsEverythingThatIsLeftOut) {
  std::vector<SequenceRow> rows = many(300);
  rows.push_back(row(300, {1, 0.5, 1e-6, 0.1}));       // censored
  rows.push_back(row(301, {1, 0.5, 0, 0.1}));          // zero
  rows.push_back(row(302, {1, undefined, 0.2, 0.1}));  // not finite
  rows.push_back(not_measured(303, Reason::too_short));
  rows.push_back(not_measured(304, Reason::bad_record));
  rows.push_back(not_measured(305, Reason::bad_record));
  Documents documents;
  const Collected c = collect(info(5), {}, from(rows), {}, documents);
  EXPECT_EQ(c.n_rows, 306);
  EXPECT_EQ(c.n_failed, 2);
  EXPECT_EQ(c.not_measured, (Counts{{"bad_record", 2}, {"too_short", 1}}));
  ASSERT_EQ(c.mean.size(), 1u);
  EXPECT_EQ(c.mean[0].m, 4);
  EXPECT_EQ(c.mean[0].n_used, 300);
  EXPECT_EQ(c.mean[0].left_out, (Counts{{"censored", 1}, {"not_finite", 1}, {"zero", 1}}));
  EXPECT_EQ(
      c.affected,
      (Counts{
          {"bad_record", 2}, {"censored", 1}, {"not_finite", 1}, {"too_short", 1}, {"zero", 1}}));
  // Its share: three left out and two failures; a text that is too short is no loss.
  CorpusData corpus{UnitRule{}};
  corpus.models.push_back(c);
  for (int k = 0; k < 7; ++k) corpus.documents.number("d" + std::to_string(k));
  Summary summary;
  summary.n_replicates = 50;
  analyse_corpus(corpus, 1, summary);
  EXPECT_DOUBLE_EQ(summary.cells[0].excluded_share, 5.0 / 305);
  EXPECT_EQ(summary.cells[0].excluded.at("too_short"), 1);
}

TEST(Collect, NoisyLayersShortenTheCurveForAll) {
  std::vector<SequenceRow> rows = many(50);
  for (int k = 0; k < 10; ++k) rows[k].values[0][2] = 1e-6;
  Documents documents;
  const Collected c = collect(info(5), {}, from(rows), {}, documents);
  EXPECT_EQ(c.mean[0].m, 2);
  EXPECT_EQ(c.mean[0].n_used, 50);
  EXPECT_EQ(c.mean[0].censored, (std::vector<std::int64_t>{0, 0, 10, 0}));
}

TEST(Collect, BurnInSkipsTheFirstPairs) {
  const std::vector<SequenceRow> rows = many(10);
  CollectOptions options;
  options.reduce.burn_in = 1;
  Documents documents;
  const Collected c = collect(info(5), {}, from(rows), options, documents);
  EXPECT_EQ(c.mean[0].m, 3);
  const Units& units = c.mean[0].units;
  EXPECT_NEAR(units.total_y[0] / units.total_n, std::log(0.5), 1e-15);
}

TEST(Collect, DroppedViewThatIsTooSmallIsCountedApart) {
  MeasureSet measure;
  measure.views = {View::keep, View::drop};
  std::vector<SequenceRow> rows = many(10);
  for (SequenceRow& r : rows) {
    r.values.push_back(r.values[0]);
    r.floors.push_back(r.floors[0]);
  }
  rows[3].values[1].assign(4, undefined);
  Documents documents;
  const Collected c = collect(info(5), measure, from(rows, 2), {}, documents);
  ASSERT_EQ(c.mean.size(), 2u);
  EXPECT_EQ(c.mean[0].left_out, Counts{});
  EXPECT_EQ(c.mean[1].left_out, (Counts{{"view_too_small", 1}}));
  EXPECT_EQ(c.mean[1].n_used, 9);
}

TEST(Collect, HeadsAreSeparate) {
  MeasureSet measure;
  measure.heads = {Heads::each};
  std::vector<SequenceRow> rows;
  for (int k = 0; k < 8; ++k)
    rows.push_back(row(k, {1, 2, 0.5, 2, 0.25, 2, 0.125, 2}));  // pair-major, two heads
  Documents documents;
  CorpusData corpus{UnitRule{}};
  corpus.models.push_back(collect(info(5), measure, from(rows), {}, corpus.documents));
  EXPECT_TRUE(corpus.models[0].mean.empty());
  Summary summary;
  summary.n_replicates = 20;
  analyse_corpus(corpus, 1, summary);
  ASSERT_EQ(summary.heads.size(), 2u);
  EXPECT_NEAR(summary.heads[0].lambda, std::log(2), 1e-14);
  EXPECT_NEAR(summary.heads[1].lambda, 0, 1e-14);
  EXPECT_TRUE(summary.cells.empty());
}

TEST(Collect, WrongShapeIsDamage) {
  std::vector<SequenceRow> rows = many(3);
  rows[1].values[0].pop_back();
  Documents documents;
  EXPECT_THROW(collect(info(5), {}, from(rows), {}, documents), ArchiveError);
}

TEST(Collect, ShuffledRowsGiveTheSameBits) {
  std::vector<SequenceRow> rows = many(200);
  for (std::size_t k = 0; k < rows.size(); ++k)
    for (double& d : rows[k].values[0]) d *= 1 + 1e-3 * std::sin(static_cast<double>(k));
  const auto reduce_rows = [&] {
    CorpusData corpus{UnitRule{}};
    corpus.models.push_back(collect(info(5), {}, from(rows), {}, corpus.documents));
    Summary s;
    s.n_replicates = 100;
    analyse_corpus(corpus, 1, s);
    finish(s);
    return s;
  };
  const Summary a = reduce_rows();
  std::reverse(rows.begin(), rows.end());
  std::rotate(rows.begin(), rows.begin() + 77, rows.end());
  const Summary b = reduce_rows();
  EXPECT_EQ(a.cells[0].g, b.cells[0].g);
  EXPECT_EQ(a.cells[0].lambda.t.low, b.cells[0].lambda.t.low);
  EXPECT_EQ(a.cells[0].lambda.bca.high, b.cells[0].lambda.bca.high);
  EXPECT_EQ(a.cells[0].mean_curve, b.cells[0].mean_curve);
}

/// Two models over the same texts whose λ differ by a known number.
TEST(Pairs, DifferencesArePairedOverCommonTexts) {
  std::vector<SequenceRow> a = many(60), b = many(60, 10);
  for (SequenceRow& r : b)
    for (std::size_t i = 0; i < 4; ++i) r.values[0][i] *= std::exp(-0.1 * static_cast<double>(i));
  b[0].n_full = 30;  // cut: record 10 is not the same text for both
  Documents documents;
  const Collected ca = collect(info(5), {}, from(a), {}, documents);
  const Collected cb = collect(info(5), {}, from(b), {}, documents);
  const PairDifference p = compare_models({&cb, &cb.mean[0]}, {&ca, &ca.mean[0]}, documents, 0.95);
  EXPECT_EQ(p.n_sequences, 49);
  EXPECT_EQ(p.n_not_common, 21);
  EXPECT_EQ(p.n_clusters, 7);
  EXPECT_NEAR(p.lambda, 0.1, 1e-14);
  EXPECT_NEAR(p.drop, 0.3, 1e-14);
  // Every text differs by the same amount: the pairing leaves no spread.
  EXPECT_NEAR(p.lambda_interval.low, 0.1, 1e-12);
}

}  // namespace
}  // namespace attnsweep::reduce
