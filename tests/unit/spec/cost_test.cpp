// The predicted cost against counts made by hand.
#include <gtest/gtest.h>

#include "unit/spec/model_folder.hpp"

namespace attnsweep::spec {
namespace {

TEST(Cost, WeightProductsAreCountedExactly) {
  const auto files = read_model_files(test::tiny_model("bert_gelu"));
  // What grows linearly in n, taken from differences: f(2n) − 2 f(n) is purely quadratic here, so
  // 4 f(n) − f(2n) is twice the linear part.
  const MeasureSet what;
  const auto f = [&](std::int64_t n) { return sequence_flops(files.architecture, n, what); };
  const double linear = (4 * f(10) - f(20)) / 2;
  // Two full layers of 4 square products and an MLP, a last one of 2; a multiply-add is 2.
  const double products = 2 * 10 * (2 * (4 * 24 * 24 + 2 * 24 * 40) + 2 * 24 * 24);
  EXPECT_NEAR(linear, products, 1e-9 * products);
}

TEST(Cost, MoreMeasuresCostMore) {
  const auto files = read_model_files(test::tiny_model("bert_gelu"));
  MeasureSet little, much;
  much.norms = {Norm::frobenius, Norm::nuclear};
  much.heads = {Heads::mean, Heads::each};
  much.observables = {Observable::entropy};
  const auto& a = files.architecture;
  EXPECT_GT(sequence_flops(a, 64, much), sequence_flops(a, 64, little));
  EXPECT_GT(working_bytes(a, 512, 64, much), working_bytes(a, 512, 64, little));
}

TEST(Cost, WeightBytesCountWhatIsRead) {
  const auto files = read_model_files(test::tiny_model("bert_gelu"));
  // All but the last layer's values, output, MLP and norms.
  const std::int64_t unread = 2 * (24 * 24 + 24) + 2 * 2 * 24 + 24 * 40 + 40 + 40 * 24 + 24;
  EXPECT_EQ(weight_bytes(files, "float32"), 4 * (files.n_parameters - unread));
  EXPECT_EQ(weight_bytes(files, "float64"), 8 * (files.n_parameters - unread));
  EXPECT_EQ(weight_bytes(files, "bfloat16"), 2 * (files.n_parameters - unread));
}

}  // namespace
}  // namespace attnsweep::spec
