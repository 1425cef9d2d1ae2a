// Every family and switch, on small random models, against transformers in float64.
#include <gtest/gtest.h>

#include "unit/model/attention_files.hpp"

namespace attnsweep::model {
namespace {

class Family : public testing::TestWithParam<const char*> {
 protected:
  const std::filesystem::path folder = test::tiny_model(GetParam());
  const test::AttentionReference reference = test::read_reference(folder / "attention.safetensors");

  double worst(const std::string& precision) const {
    const auto evaluator = test::evaluator_of(folder, precision);
    const auto got = test::attention_of(*evaluator, test::inputs_of(reference.sequences));
    double all = 0;
    for (std::size_t s = 0; s < got.size(); ++s)
      all = std::max(all, test::worst_difference(reference.sequences[s], got[s]));
    return all;
  }
};

TEST_P(Family, Float32IsAsGoodAsTransformersOwn) {
  ASSERT_EQ(reference.sequences.size(), 3u);
  // Three times its float32's largest error on these inputs, at least 1e-6.
  EXPECT_LE(worst("float32"), std::max(3 * reference.float32_error, 1e-6));
}

TEST_P(Family, Float64IsExact) { EXPECT_LE(worst("float64"), 1e-10); }

TEST_P(Family, Bfloat16IsNearAndRowsSumToOne) {
  const auto evaluator = test::evaluator_of(folder, "bfloat16");
  const auto pack = test::inputs_of(reference.sequences);
  const auto got = test::attention_of(*evaluator, pack);
  double squares = 0, count = 0;
  for (std::size_t s = 0; s < got.size(); ++s) {
    const auto n = pack[s].ids.size();
    for (std::size_t row = 0; row < got[s].size() / n; ++row) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += got[s][row * n + j];
      // Softmax is taken in float32: n roundings of numbers up to 1.
      EXPECT_NEAR(sum, 1, static_cast<double>(n) * 0x1p-24);
    }
    for (std::size_t i = 0; i < got[s].size(); ++i) {
      const double difference = got[s][i] - reference.sequences[s].p[i];
      squares += difference * difference;
      count += 1;
    }
  }
  // A few times the unit roundoff, 2^-8, of numbers up to 1: the models here show 1e-3 to 2.3e-3.
  EXPECT_LE(std::sqrt(squares / count), 4 * 0x1p-8);
  EXPECT_GT(std::sqrt(squares / count), 1e-6) << "bfloat16 was not used";
}

class Decoder : public Family {};

TEST_P(Decoder, LaterKeysAndThoseBeforeTheWindowHaveProbability0) {
  const auto files = spec::read_model_files(folder);
  ASSERT_TRUE(files.architecture.causal);
  const auto evaluator = test::evaluator_of(folder);
  const auto pack = test::inputs_of(reference.sequences);
  const auto got = test::attention_of(*evaluator, pack);
  for (std::size_t s = 0; s < got.size(); ++s) {
    const auto n = static_cast<std::int64_t>(pack[s].ids.size());
    const auto maps = std::ssize(got[s]) / (n * n);
    ASSERT_EQ(maps, files.architecture.n_layers * files.architecture.n_heads);
    for (std::int64_t map = 0; map < maps; ++map) {
      const auto window = files.architecture.window(map / files.architecture.n_heads);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          const bool seen = j <= i && (window == 0 || j > i - window);
          const double p = got[s][static_cast<std::size_t>((map * n + i) * n + j)];
          if (seen) continue;
          ASSERT_EQ(p, 0.0) << "map " << map << ", " << i << " looks at " << j;
        }
    }
  }
}

// Long enough that scores are taken in several blocks of rows, with windows and without.
class LongDecoder : public testing::TestWithParam<const char*> {};

TEST_P(LongDecoder, BlocksOfRowsAreTransformersOwn) {
  const auto folder = test::tiny_model(GetParam());
  const auto reference = test::read_reference(folder / "long.safetensors");
  ASSERT_EQ(reference.sequences.size(), 1u);
  ASSERT_EQ(reference.sequences[0].ids.size(), 300u);
  const auto worst = [&](const std::string& precision) {
    const auto evaluator = test::evaluator_of(folder, precision);
    const auto got = test::attention_of(*evaluator, test::inputs_of(reference.sequences));
    return test::worst_difference(reference.sequences[0], got[0]);
  };
  EXPECT_LE(worst("float32"), std::max(3 * reference.float32_error, 1e-6));
  EXPECT_LE(worst("float64"), 1e-10);
}

// The mean alone is taken in memory of another layout than with every head.
TEST_P(LongDecoder, TheMeanDoesNotDependOnWhetherHeadsAreKept) {
  const auto folder = test::tiny_model(GetParam());
  const auto reference = test::read_reference(folder / "long.safetensors");
  const auto pack = test::inputs_of(reference.sequences);
  const auto evaluator = test::evaluator_of(folder);
  MeasureSet mean, both;
  both.heads = {Heads::mean, Heads::each};
  EXPECT_EQ(evaluator->measure(pack, mean)[0].values[0],
            evaluator->measure(pack, both)[0].values[0]);
}

std::string name_of(const testing::TestParamInfo<const char*>& one) { return one.param; }

INSTANTIATE_TEST_SUITE_P(
    Tiny, Family,
    testing::Values("bert_gelu", "bert_gelu_new_head", "bert_relu_f16", "bert_silu_bf16_sharded",
                    "distilbert_head", "distilbert_sinusoidal_relu", "roberta_f64",
                    "roberta_head_tanh", "electra_projected", "electra_square_head", "albert_head",
                    "albert_groups", "gpt2", "gpt2_switches_head", "gpt2_unscaled", "llama",
                    "llama_linear_biases_head", "llama_llama3", "llama_yarn", "mistral_window",
                    "qwen2_some_windows_head", "qwen3_layer_types"),
    name_of);
INSTANTIATE_TEST_SUITE_P(Tiny, Decoder,
                         testing::Values("gpt2", "gpt2_switches_head", "gpt2_unscaled", "llama",
                                         "llama_linear_biases_head", "llama_llama3", "llama_yarn",
                                         "mistral_window", "qwen2_some_windows_head",
                                         "qwen3_layer_types"),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Tiny, LongDecoder, testing::Values("llama_llama3", "mistral_window"),
                         name_of);

}  // namespace
}  // namespace attnsweep::model
