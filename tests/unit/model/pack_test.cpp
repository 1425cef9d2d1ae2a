// What a pack's sequences have to do with each other: nothing.
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "unit/model/attention_files.hpp"

namespace attnsweep::model {
namespace {

using test::ModelFolder;
using Ids = std::vector<std::int32_t>;

Ids some_ids(int n, int salt) {
  Ids ids;
  for (int i = 0; i < n; ++i) ids.push_back((i * 7 + salt * 13 + i * i) % 59 + 1);
  return ids;
}

/// Inputs that look into `all`, which must outlive them.
std::vector<SequenceInput> pack_of(const std::vector<Ids>& all) {
  std::vector<SequenceInput> pack;
  for (const auto& ids : all) pack.push_back({ids, {}, {}});
  return pack;
}
std::vector<SequenceInput> pack_of(std::vector<Ids>&&) = delete;

std::vector<SequenceMeasurement> measured(Evaluator& evaluator, const std::vector<Ids>& all,
                                          const MeasureSet& what = {}) {
  return evaluator.measure(pack_of(all), what);
}

MeasureSet everything() {
  MeasureSet what;
  what.norms = all_norms();
  what.heads = {Heads::mean, Heads::each};
  what.views = {View::keep, View::drop};
  what.observables = all_observables();
  return what;
}

// Sums in another order: a few units of float32's 6e-8 in norms of size 1 to 10.
constexpr double kOrderOfSums = 1e-5;

TEST(Pack, ASequenceAloneAndInAPackAgree) {
  for (const char* precision : {"float32", "float64"}) {
    const auto evaluator = test::evaluator_of(test::tiny_model("bert_gelu"), precision);
    const std::vector<Ids> all{some_ids(9, 1), some_ids(40, 2), some_ids(2, 3), some_ids(17, 4)};
    const MeasureSet what;
    const auto together = measured(*evaluator, all, what);
    for (std::size_t s = 0; s < all.size(); ++s) {
      const auto alone = measured(*evaluator, {all[s]}, what);
      for (std::size_t i = 0; i < 2; ++i)
        EXPECT_NEAR(alone[0].values[0][i], together[s].values[0][i],
                    std::string(precision) == "float64" ? 1e-13 : 1e-6);
    }
  }
}

TEST(Pack, LongPacksAreCutIntoBlocksWithoutLoss) {
  const auto evaluator = test::evaluator_of(test::tiny_model("distilbert_head"));
  std::vector<Ids> all;
  for (int s = 0; s < 60; ++s) all.push_back(some_ids(3 + s % 38, s));
  const auto together = measured(*evaluator, all);
  ASSERT_EQ(together.size(), 60u);
  for (const std::size_t s : {0u, 29u, 59u}) {
    const auto alone = measured(*evaluator, {all[s]});
    EXPECT_EQ(together[s].reason, Reason::measured);
    EXPECT_NEAR(alone[0].values[0][0], together[s].values[0][0], 1e-6);
  }
}

TEST(Pack, EqualPacksGiveEqualDigits) {
  const auto evaluator = test::evaluator_of(test::tiny_model("roberta_head_tanh"));
  const std::vector<Ids> all{some_ids(9, 1), some_ids(30, 2)};
  const auto once = measured(*evaluator, all, everything());
  measured(*evaluator, {some_ids(36, 5)});
  const auto again = measured(*evaluator, all, everything());
  for (std::size_t s = 0; s < all.size(); ++s) {
    EXPECT_EQ(once[s].values, again[s].values);
    EXPECT_EQ(once[s].floors, again[s].floors);
  }
}

TEST(Pack, BadSequencesSayWhyAndLeaveTheOthersBitForBit) {
  const auto evaluator = test::evaluator_of(test::tiny_model("bert_gelu"));
  const auto good1 = some_ids(12, 1), good2 = some_ids(31, 2);
  auto unknown = some_ids(10, 3), negative = some_ids(10, 4);
  unknown[4] = 60;
  negative[7] = -1;
  const auto too_long = some_ids(41, 5);
  const Ids types{0, 0, 0, 2, 0, 0, 0, 0, 0, 0};
  const auto typed = some_ids(10, 6);
  const std::vector<Ids> all{good1, unknown, negative, too_long, good2};
  auto pack = pack_of(all);
  pack.push_back({typed, types, {}});
  const auto got = evaluator->measure(pack, {});
  EXPECT_EQ(got[1].reason, Reason::id_out_of_vocabulary);
  EXPECT_EQ(got[1].detail, "token 60 at position 4, vocabulary 60");
  EXPECT_EQ(got[2].reason, Reason::id_out_of_vocabulary);
  EXPECT_EQ(got[2].detail, "token -1 at position 7, vocabulary 60");
  EXPECT_EQ(got[3].reason, Reason::too_many_positions);
  EXPECT_EQ(got[3].detail, "41 tokens, the model has 40 positions");
  EXPECT_EQ(got[5].detail, "token type 2 at position 3, the model has 2");
  for (const std::size_t bad : {1u, 2u, 3u, 5u}) EXPECT_TRUE(got[bad].values.empty());
  const auto without = measured(*evaluator, {good1, good2});
  EXPECT_EQ(got[0].values, without[0].values);
  EXPECT_EQ(got[4].values, without[1].values);
  EXPECT_TRUE(measured(*evaluator, {}).empty());
}

TEST(Pack, RobertaCountsItsPositions) {
  const auto evaluator = test::evaluator_of(test::tiny_model("roberta_head_tanh"));
  const auto got = measured(*evaluator, {some_ids(36, 1), some_ids(37, 1)});
  EXPECT_EQ(got[0].reason, Reason::measured);
  EXPECT_EQ(got[1].reason, Reason::too_many_positions);
}

TEST(Pack, NanOfOneWordStaysInItsSequence) {
  ModelFolder folder("bert_gelu");
  auto& words = folder.tensor("embeddings.word_embeddings.weight");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(words.bytes.data() + 33 * 24 * sizeof(float), &nan,
              sizeof nan);  // a number of word 33
  auto clean = some_ids(20, 1), other = some_ids(25, 2), sick = some_ids(15, 3);
  std::replace(clean.begin(), clean.end(), 33, 34);
  std::replace(other.begin(), other.end(), 33, 34);
  sick[6] = 33;
  const std::vector<Ids> all{clean, sick, other};
  const auto got = measured(*test::evaluator_of(folder.write()), all, everything());
  EXPECT_EQ(got[1].reason, Reason::not_finite);
  EXPECT_EQ(got[1].detail, "nan or inf in the attention of layer 0");
  EXPECT_TRUE(got[1].values.empty());
  const auto healthy =
      measured(*test::evaluator_of(test::tiny_model("bert_gelu")), all, everything());
  for (const std::size_t s : {0u, 2u}) {
    EXPECT_EQ(got[s].reason, Reason::measured);
    EXPECT_EQ(got[s].values[0], healthy[s].values[0]);
  }
}

TEST(Measured, LayoutFollowsTheSeries) {
  const auto evaluator = test::evaluator_of(test::tiny_model("bert_gelu"), "float64");
  const auto ids = some_ids(14, 1);
  std::vector<std::uint8_t> special(14, 0);
  special.front() = special.back() = 1;
  const std::vector<SequenceInput> pack{{ids, {}, special}};
  const auto what = everything();
  const auto got = evaluator->measure(pack, what)[0];
  const auto attention = test::attention_of(*evaluator, pack)[0];  // 3 layers × 3 heads × 14 × 14
  const auto series = what.series();
  ASSERT_EQ(got.values.size(), series.size());
  ASSERT_EQ(got.observables.size(), 2 * all_observables().size());
  const auto frobenius = [&](int pair, std::vector<int> heads, int first, int last) {
    double total = 0;
    // Of the view without special tokens: rows renormalised, after the mean over heads.
    for (int i = first; i < last; ++i) {
      std::vector<double> rows[2];
      for (int layer = 0; layer < 2; ++layer) {
        double mass = 0;
        for (int j = first; j < last; ++j) {
          double p = 0;
          for (const int h : heads)
            p += attention[static_cast<std::size_t>((((pair + layer) * 3 + h) * 14 + i) * 14 + j)];
          rows[layer].push_back(p / static_cast<double>(heads.size()));
          mass += rows[layer].back();
        }
        for (auto& p : rows[layer]) p /= mass;
      }
      for (std::size_t j = 0; j < rows[0].size(); ++j)
        total += (rows[1][j] - rows[0][j]) * (rows[1][j] - rows[0][j]);
    }
    return std::sqrt(total);
  };
  int seen = 0;
  for (std::size_t s = 0; s < series.size(); ++s) {
    const bool each = series[s].heads == Heads::each, drop = series[s].view == View::drop;
    ASSERT_EQ(got.values[s].size(), each ? 6u : 2u);
    ASSERT_EQ(got.floors[s].size(), got.values[s].size());
    for (std::size_t k = 0; k < got.values[s].size(); ++k) EXPECT_GT(got.floors[s][k], 0);
    if (series[s].norm != Norm::frobenius) continue;
    ++seen;
    for (int pair = 0; pair < 2; ++pair)
      for (int h = 0; h < (each ? 3 : 1); ++h) {
        const auto heads = each ? std::vector<int>{h} : std::vector<int>{0, 1, 2};
        const double expected = frobenius(pair, heads, drop ? 1 : 0, drop ? 13 : 14);
        const auto index = static_cast<std::size_t>(each ? pair * 3 + h : pair);
        // float64, summed in another order.
        EXPECT_NEAR(got.values[s][index], expected, 1e-13);
      }
  }
  EXPECT_EQ(seen, 4);
  EXPECT_EQ(got.empty_rows, 0);
  for (const auto& values : got.observables) {
    ASSERT_EQ(values.size(), 3u);
    for (const double value : values) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(Measured, FewerThanTwoKeptTokensLeaveOnlyTheDroppedViewEmpty) {
  const auto evaluator = test::evaluator_of(test::tiny_model("bert_gelu"));
  const auto ids = some_ids(8, 1);
  std::vector<std::uint8_t> special(8, 1);
  special[3] = 0;
  const std::vector<SequenceInput> pack{{ids, {}, special}};
  MeasureSet what;
  what.views = {View::keep, View::drop};
  const auto got = evaluator->measure(pack, what)[0];
  EXPECT_EQ(got.reason, Reason::measured);
  EXPECT_GT(got.values[0][0], 0);
  EXPECT_TRUE(std::isnan(got.values[1][0]));
}

TEST(Measured, HeadsEachAgreesWithTheMeanOfOneHead) {
  // With one head, mean and each are the same matrices.
  ModelFolder folder("bert_gelu");
  folder.config["num_attention_heads"] = 1;
  MeasureSet what;
  what.norms = all_norms();
  what.heads = {Heads::mean, Heads::each};
  const auto got = measured(*test::evaluator_of(folder.write()), {some_ids(23, 1)}, what)[0];
  const auto half = got.values.size() / 2;
  for (std::size_t s = 0; s < half; ++s)
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_NEAR(got.values[s][i], got.values[half + s][i], kOrderOfSums);
}

TEST(Options, AreRefusedByName) {
  const auto files = spec::read_model_files(test::tiny_model("bert_gelu"));
  const auto refused = [&](const std::string& precision, const std::string& device, int threads) {
    EvaluatorOptions options;
    options.precision = precision;
    options.device = device;
    options.threads = threads;
    const auto problems = test::problems_of([&] { load_evaluator(files, options); });
    return problems.empty() ? "" : problems[0];
  };
  EXPECT_EQ(refused("float32", "tpu", 1), "device: 'tpu'; expected auto, cpu or cuda");
  EXPECT_TRUE(refused("float32", "cuda", 1).starts_with("device: cuda: "));
  EXPECT_EQ(refused("float8", "cpu", 1),
            "precision: 'float8'; expected float32, float64, bfloat16 or float16");
  EXPECT_EQ(refused("float32", "cpu", 0), "threads: 0; expected at least 1");
  // Some LibTorch multiply float16 on a CPU and some do not: measured, or refused by name.
  EvaluatorOptions half;
  half.precision = "float16";
  try {
    const auto got = measured(*load_evaluator(files, half), {some_ids(9, 1)});
    EXPECT_EQ(got[0].reason, Reason::measured);
  } catch (const InputError& e) {
    EXPECT_NE(e.problems.at(0).find("cannot multiply float16 matrices on this CPU"),
              std::string::npos);
  }
}

TEST(Options, DeviceAndVersionAreNamed) {
  EXPECT_EQ(test::evaluator_of(test::tiny_model("bert_gelu"))->device(), "cpu");
  EXPECT_FALSE(torch_version().empty());
}

}  // namespace
}  // namespace attnsweep::model
