// What a GPU runs, LibTorch's operators, run on the CPU: every small model against transformers,
// as families_test.cpp has the CPU's own loops; and which device the options mean.
#include "base/error.hpp"
#include "model/runtime.hpp"
#include "unit/model/compared.hpp"

namespace attnsweep::model {
namespace {

using test::Compared;
using test::kExact;
using test::kLeastError;

class Operators : public testing::TestWithParam<std::string> {
 protected:
  const Compared model = test::compared(GetParam(), "attention.safetensors", true);
};

TEST_P(Operators, Float32IsAsGoodAsTransformersOwn) {
  EXPECT_LE(model.worst("float32"), std::max(3 * model.reference.float32_error, kLeastError));
}

TEST_P(Operators, Float64IsExact) { EXPECT_LE(model.worst("float64"), kExact); }

TEST_P(Operators, EveryNormInFloat32IsAsGoodAsTransformersOwn) { model.expect_norms_in_float32(); }

TEST_P(Operators, EveryNormInFloat64IsExact) { model.expect_norms_in_float64(); }

// Sequences of one length are taken together: those of the reference, each thrice, must stay what
// they are alone.
TEST_P(Operators, EqualLengthsTogetherAreEachItsOwn) {
  std::vector<test::ReferenceSequence> sequences;
  for (const auto& one : model.reference.sequences)
    for (int k = 0; k < 3; ++k) {
      auto turned = one;
      std::rotate(turned.ids.begin(), turned.ids.begin() + k, turned.ids.end());
      sequences.push_back(std::move(turned));
    }
  const auto evaluator = model.evaluator("float64");
  const auto pack = test::inputs_of(sequences);
  const auto together = test::attention_of(*evaluator, pack);
  for (std::size_t s = 0; s < pack.size(); ++s) {
    const auto alone = test::attention_of(*evaluator, std::span(pack).subspan(s, 1))[0];
    ASSERT_EQ(together[s].size(), alone.size());
    double worst = 0;
    for (std::size_t i = 0; i < alone.size(); ++i) {
      const double difference = std::abs(together[s][i] - alone[i]);
      worst = difference <= worst ? worst : difference;
    }
    EXPECT_LE(worst, kExact) << s;
  }
}

// Weights are rounded and multiplied as the CPU's loops have it; what differs is the order of
// float32 sums, and where a sum lies at the border of two bfloat16 numbers, one of their steps.
TEST_P(Operators, Bfloat16IsThatOfTheLoops) {
  const auto pack = test::inputs_of(model.reference.sequences);
  const auto got = test::attention_of(*model.evaluator("bfloat16"), pack);
  const auto loops = test::attention_of(*test::evaluator_of(model.folder, "bfloat16"), pack);
  const auto exact = test::attention_of(*test::evaluator_of(model.folder, "float64"), pack);
  double between = 0, away = 0;
  for (std::size_t s = 0; s < got.size(); ++s)
    for (std::size_t i = 0; i < got[s].size(); ++i) {
      between += std::pow(got[s][i] - loops[s][i], 2);
      away += std::pow(loops[s][i] - exact[s][i], 2);
    }
  EXPECT_GT(away, 0);
  EXPECT_LE(between, away);
}

class LongOperators : public testing::TestWithParam<std::string> {
 protected:
  const Compared model = test::compared(GetParam(), "long.safetensors", true);
};

TEST_P(LongOperators, BlocksOfRowsAreTransformersOwn) {
  EXPECT_LE(model.worst("float32"), std::max(3 * model.reference.float32_error, kLeastError));
  EXPECT_LE(model.worst("float64"), kExact);
}

TEST_P(LongOperators, EveryNormInFloat64IsExact) { model.expect_norms_in_float64(); }

TEST_P(LongOperators, TheMeanDoesNotDependOnWhetherHeadsAreKept) {
  const auto pack = test::inputs_of(model.reference.sequences);
  const auto evaluator = model.evaluator("float32");
  MeasureSet mean, both;
  both.heads = {Heads::mean, Heads::each};
  EXPECT_EQ(evaluator->measure(pack, mean)[0].values[0],
            evaluator->measure(pack, both)[0].values[0]);
}

std::string name_of(const testing::TestParamInfo<std::string>& one) { return one.param; }

INSTANTIATE_TEST_SUITE_P(Tiny, Operators, testing::ValuesIn(test::tiny_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Tiny, LongOperators, testing::ValuesIn(test::long_ones()), name_of);

EvaluatorOptions options_of(const std::string& device, int node_rank = 0) {
  EvaluatorOptions options;
  options.device = device;
  options.node_rank = node_rank;
  return options;
}

TEST(Device, ARankTakesOneGpuByItsPlaceOnTheNode) {
  for (const char* device : {"auto", "cuda"}) {
    EXPECT_EQ(choose_device(options_of(device, 0), true, 4), "cuda:0");
    EXPECT_EQ(choose_device(options_of(device, 3), true, 4), "cuda:3");
    EXPECT_EQ(choose_device(options_of(device, 6), true, 4), "cuda:2");
  }
  EXPECT_EQ(choose_device(options_of("cpu", 3), true, 4), "cpu");
}

TEST(Device, AutoIsTheCpuWhereThereIsNoGpu) {
  EXPECT_EQ(choose_device(options_of("auto"), false, 0), "cpu");
  EXPECT_EQ(choose_device(options_of("auto"), true, 0), "cpu");
}

TEST(Device, CudaThatIsNotThereIsRefusedWithTheRemedy) {
  const auto refused = [](bool has_cuda) {
    return test::problems_of([&] { choose_device(options_of("cuda"), has_cuda, 0); }).at(0);
  };
  EXPECT_EQ(refused(false), "device: cuda: LibTorch " + torch_version() +
                                " was built without CUDA (point CMAKE_PREFIX_PATH at a CUDA "
                                "LibTorch and build again); or use auto or cpu");
  EXPECT_EQ(refused(true), "device: cuda: LibTorch " + torch_version() +
                               " sees no GPU here (nvidia-smi and CUDA_VISIBLE_DEVICES tell what "
                               "there is); or use auto or cpu");
  EXPECT_EQ(check_runtime(options_of("cpu")), "cpu");
}

}  // namespace
}  // namespace attnsweep::model
