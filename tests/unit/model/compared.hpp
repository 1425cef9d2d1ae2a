#pragma once
// An evaluator beside transformers on one of the small models of tests/reference/tiny_models.
#include <gtest/gtest.h>

#include "unit/model/attention_files.hpp"

namespace attnsweep::test {

// A difference of float32's own kind: below it transformers' error is luck.
inline constexpr double kLeastError = 1e-6;
// Two double computations of one number: thousands of roundings of 1e-16.
inline constexpr double kExact = 1e-10;

/// One file of references and the evaluator's answers to it.
struct Compared {
  AttentionReference reference;
  fs::path folder;
  /// EvaluatorOptions::tensor_operators.
  bool tensor_operators = false;

  std::unique_ptr<model::Evaluator> evaluator(const std::string& precision) const {
    return evaluator_of(folder, precision, tensor_operators);
  }

  /// The largest difference of an attention probability.
  double worst(const std::string& precision) const {
    const auto got = attention_of(*evaluator(precision), inputs_of(reference.sequences));
    double all = 0;
    for (std::size_t s = 0; s < got.size(); ++s) {
      const double one = worst_difference(reference.sequences[s], got[s]);
      all = one <= all ? all : one;
    }
    return all;
  }

  /// Calls check(norm, layer pair, got, exact) for every layer difference of the head mean.
  template <class Check>
  void each_norm(const std::string& precision, const Check& check) const {
    MeasureSet what;
    what.norms = all_norms();
    const auto got = evaluator(precision)->measure(inputs_of(reference.sequences), what);
    ASSERT_EQ(got.size(), reference.sequences.size());
    for (std::size_t s = 0; s < got.size(); ++s) {
      const auto& exact = reference.sequences[s].norms;
      ASSERT_EQ(got[s].reason, Reason::measured) << got[s].detail;
      ASSERT_EQ(got[s].values.size(), all_norms().size());
      const auto pairs = got[s].values[0].size();
      ASSERT_EQ(exact.size(), pairs * all_norms().size());
      for (std::size_t k = 0; k < all_norms().size(); ++k)
        for (std::size_t i = 0; i < pairs; ++i)
          check(k, i, got[s].values[k][i], exact[k * pairs + i]);
    }
  }

  void expect_norms_in_float32() const {
    const auto& error = reference.norm_float32_error;
    ASSERT_EQ(error.size(), all_norms().size());
    each_norm("float32", [&](std::size_t k, std::size_t i, double got, double exact) {
      EXPECT_NEAR(got, exact, std::max(3 * error[k], kLeastError))
          << name(all_norms()[k]) << " of pair " << i;
    });
  }

  void expect_norms_in_float64() const {
    each_norm("float64", [&](std::size_t k, std::size_t i, double got, double exact) {
      // A norm of a matrix grows with the matrix, and its rounding with it.
      EXPECT_NEAR(got, exact, kExact * std::max(1.0, exact))
          << name(all_norms()[k]) << " of pair " << i;
    });
  }
};

inline Compared compared(const std::string& name, const char* file, bool tensor_operators = false) {
  const auto folder = tiny_model(name);
  return {read_reference(folder / file), folder, tensor_operators};
}

/// The tiny models with a reference of one long sequence.
inline std::vector<std::string> long_ones() {
  std::vector<std::string> names;
  for (const auto& name : tiny_models())
    if (fs::exists(tiny_model(name) / "long.safetensors")) names.push_back(name);
  return names;
}

}  // namespace attnsweep::test
