// A real trained model against transformers' eager attention in float64.
#include <gtest/gtest.h>

#include "unit/model/attention_files.hpp"

namespace attnsweep::model {
namespace {

namespace fs = std::filesystem;

/// $ATTNSWEEP_MODEL, or where jobs/setup.sh puts the model.
fs::path minilm() {
  if (const char* folder = std::getenv("ATTNSWEEP_MODEL")) return folder;
  return fs::path(ATTNSWEEP_TESTS_DIR).parent_path() / "models" / "all-MiniLM-L6-v2";
}

void compare(const std::string& precision, double bound) {
  ASSERT_TRUE(fs::exists(minilm() / "config.json"))
      << minilm() << " is not there: run jobs/setup.sh first";
  const auto reference = test::read_reference(fs::path(ATTNSWEEP_TESTS_DIR) / "reference" /
                                              "minilm_attention.safetensors");
  ASSERT_EQ(reference.sequences.size(), 7u);
  ASSERT_EQ(reference.sequences.front().ids.size(), 8u);
  ASSERT_EQ(reference.sequences.back().ids.size(), 512u);
  const auto evaluator = test::evaluator_of(minilm(), precision);
  const auto got = test::attention_of(*evaluator, test::inputs_of(reference.sequences));
  for (std::size_t s = 0; s < got.size(); ++s) {
    const auto& sequence = reference.sequences[s];
    const auto n = sequence.ids.size();
    ASSERT_EQ(got[s].size(), 6 * 12 * n * n);
    EXPECT_LE(test::worst_difference(sequence, got[s]), bound) << n << " tokens";
  }
}

// The project's own promise; transformers' float32 is within 4e-6 (a tensor of the reference).
TEST(MiniLm, Float32IsWithin1em5OfFloat64) { compare("float32", 1e-5); }
TEST(MiniLm, Float64IsWithin1em10) { compare("float64", 1e-10); }

}  // namespace
}  // namespace attnsweep::model
