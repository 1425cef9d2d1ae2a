// Every family and switch, on the small random models of tests/reference/tiny_models, against
// transformers in float64. A folder that stands there is tested; nothing here names one.
#include <gtest/gtest.h>

#include <set>

#include "unit/model/compared.hpp"

namespace attnsweep::model {
namespace {

using test::Compared;
using test::kExact;
using test::kLeastError;

class Family : public testing::TestWithParam<std::string> {
 protected:
  const Compared model = test::compared(GetParam(), "attention.safetensors");
};

TEST_P(Family, Float32IsAsGoodAsTransformersOwn) {
  ASSERT_GE(model.reference.sequences.size(), 2u);
  // Three times its float32's largest error on these inputs, at least 1e-6.
  EXPECT_LE(model.worst("float32"), std::max(3 * model.reference.float32_error, kLeastError));
}

TEST_P(Family, Float64IsExact) { EXPECT_LE(model.worst("float64"), kExact); }

TEST_P(Family, EveryNormInFloat32IsAsGoodAsTransformersOwn) { model.expect_norms_in_float32(); }

TEST_P(Family, EveryNormInFloat64IsExact) { model.expect_norms_in_float64(); }

TEST_P(Family, Bfloat16IsNearAndRowsSumToOne) {
  const auto& sequences = model.reference.sequences;
  const auto evaluator = test::evaluator_of(model.folder, "bfloat16");
  const auto got = test::attention_of(*evaluator, test::inputs_of(sequences));
  double squares = 0, count = 0;
  for (std::size_t s = 0; s < got.size(); ++s) {
    const auto n = sequences[s].ids.size();
    for (std::size_t row = 0; row < got[s].size() / n; ++row) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += got[s][row * n + j];
      // Softmax is taken in float32: n roundings of numbers up to 1.
      EXPECT_NEAR(sum, 1, static_cast<double>(n) * 0x1p-24);
    }
    for (std::size_t i = 0; i < got[s].size(); ++i) {
      const double difference = got[s][i] - sequences[s].p[i];
      squares += difference * difference;
      count += 1;
    }
  }
  // A few times the unit roundoff, 2^-8, of numbers up to 1: the models here show 6e-4 to 6.3e-3.
  EXPECT_LE(std::sqrt(squares / count), 4 * 0x1p-8);
  EXPECT_GT(std::sqrt(squares / count), 1e-6) << "bfloat16 was not used";
}

/// Whether a token at i attends to one at j in a layer with this window.
bool sees(const spec::ArchitectureSpec& architecture, std::int64_t window, std::int64_t i,
          std::int64_t j) {
  if (architecture.causal) return j <= i && (window == 0 || j > i - window);
  return window == 0 || std::abs(i - j) <= window;
}

TEST_P(Family, WhatTheMasksHideHasProbability0) {
  const auto architecture = spec::read_model_files(model.folder).architecture;
  const auto& sequences = model.reference.sequences;
  const auto evaluator = test::evaluator_of(model.folder);
  const auto got = test::attention_of(*evaluator, test::inputs_of(sequences));
  for (std::size_t s = 0; s < got.size(); ++s) {
    const auto n = std::ssize(sequences[s].ids);
    const auto maps = std::ssize(got[s]) / (n * n);
    ASSERT_EQ(maps, architecture.n_layers * architecture.n_heads);
    for (std::int64_t map = 0; map < maps; ++map) {
      const auto window = architecture.window(map / architecture.n_heads);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          const double p = got[s][static_cast<std::size_t>((map * n + i) * n + j)];
          if (sees(architecture, window, i, j)) continue;
          ASSERT_EQ(p, 0.0) << "map " << map << ", " << i << " looks at " << j;
        }
    }
  }
}

// Windows that no sequence of a reference reaches past would not be tested.
TEST_P(Family, LengthsGoBeyondTwiceTheWindow) {
  const auto architecture = spec::read_model_files(model.folder).architecture;
  std::size_t longest = 0;
  for (const auto& one : model.reference.sequences) longest = std::max(longest, one.ids.size());
  for (const auto window : architecture.windows)
    EXPECT_LT(2 * window, static_cast<std::int64_t>(longest));
}

// Long enough that scores are taken in several blocks of rows, with windows and without.
class LongSequence : public testing::TestWithParam<std::string> {
 protected:
  const Compared model = test::compared(GetParam(), "long.safetensors");
};

TEST_P(LongSequence, BlocksOfRowsAreTransformersOwn) {
  ASSERT_EQ(model.reference.sequences.size(), 1u);
  ASSERT_EQ(model.reference.sequences[0].ids.size(), 300u);
  EXPECT_LE(model.worst("float32"), std::max(3 * model.reference.float32_error, kLeastError));
  EXPECT_LE(model.worst("float64"), kExact);
}

TEST_P(LongSequence, EveryNormInFloat32IsAsGoodAsTransformersOwn) {
  model.expect_norms_in_float32();
}

TEST_P(LongSequence, EveryNormInFloat64IsExact) { model.expect_norms_in_float64(); }

// The mean alone is taken in memory of another layout than with every head.
TEST_P(LongSequence, TheMeanDoesNotDependOnWhetherHeadsAreKept) {
  const auto pack = test::inputs_of(model.reference.sequences);
  const auto evaluator = test::evaluator_of(model.folder);
  MeasureSet mean, both;
  both.heads = {Heads::mean, Heads::each};
  EXPECT_EQ(evaluator->measure(pack, mean)[0].values[0],
            evaluator->measure(pack, both)[0].values[0]);
}

TEST(Families, EachHasAReference) {
  std::set<std::string> tested;
  for (const auto& name : test::tiny_models())
    tested.insert(spec::read_model_files(test::tiny_model(name)).architecture.model_type);
  for (const auto& family : spec::families())
    EXPECT_TRUE(tested.contains(family.model_type)) << family.model_type;
}

std::string name_of(const testing::TestParamInfo<std::string>& one) { return one.param; }

INSTANTIATE_TEST_SUITE_P(Tiny, Family, testing::ValuesIn(test::tiny_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Tiny, LongSequence, testing::ValuesIn(test::long_ones()), name_of);

}  // namespace
}  // namespace attnsweep::model
