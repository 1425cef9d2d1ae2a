// The products of src/model against sums in double. The bound is that of any order of summation:
// k ε Σ|a||b| (Higham 2002, section 3.5).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/panels.hpp"
#include "model/tile.hpp"

namespace attnsweep::model {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

template <class T>
std::vector<T> numbers(std::int64_t n, std::int64_t step) {
  std::vector<T> out(at(n));
  for (std::int64_t i = 0; i < n; ++i) out[at(i)] = static_cast<T>((i * step) % 257 - 120) / 100;
  return out;
}

template <class T>
class TileOf : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(TileOf, Types);

TYPED_TEST(TileOf, MultipliesAndAdds) {
  using T = TypeParam;
  struct Size {
    std::int64_t rows, columns, depth;
  };
  for (const auto& s : {Size{5, 7, 3}, Size{44, 44, 32}, Size{64, 50, 384}, Size{1, 130, 9}}) {
    const auto la = s.depth + 3, lb = s.columns + 2, lc = s.columns + 5;
    const auto a = numbers<T>(s.rows * la, 37), b = numbers<T>(s.depth * lb, 101);
    for (const bool add : {false, true}) {
      const auto before = numbers<T>(s.rows * lc, 53);
      auto c = before;
      Tile<T>({s.rows, s.columns, s.depth, la, lb, lc, add})(a.data(), b.data(), c.data());
      for (std::int64_t i = 0; i < s.rows; ++i)
        for (std::int64_t j = 0; j < lc; ++j) {
          double sum = add || j >= s.columns ? before[at(i * lc + j)] : 0, size = std::abs(sum);
          for (std::int64_t k = 0; k < s.depth && j < s.columns; ++k) {
            const double term = double(a[at(i * la + k)]) * double(b[at(k * lb + j)]);
            sum += term;
            size += std::abs(term);
          }
          ASSERT_NEAR(c[at(i * lc + j)], sum,
                      double(s.depth + 1) * std::numeric_limits<T>::epsilon() * size)
              << s.rows << " x " << s.columns << " x " << s.depth << " at " << i << ", " << j;
        }
    }
  }
}

TYPED_TEST(TileOf, Transposes) {
  const auto in = numbers<TypeParam>(7 * 12, 41);
  std::vector<TypeParam> out(10 * 9, TypeParam{-9});
  transpose(in.data(), 7, 10, 12, out.data(), 9);
  for (std::int64_t i = 0; i < 7; ++i)
    for (std::int64_t j = 0; j < 10; ++j) EXPECT_EQ(out[at(j * 9 + i)], in[at(i * 12 + j)]);
  EXPECT_EQ(out[7], -9);
}

TEST(Panels, MultiplyWithBias) {
  for (const auto& [outputs, inputs] :
       {std::pair{70, 9}, {64, 512}, {130, 1100}, {144, 30}, {3, 513}}) {
    const auto w = numbers<float>(outputs * inputs, 37), bias = numbers<float>(outputs, 5);
    const Panels panels(w.data(), outputs, inputs);
    const std::int64_t rows = 67;
    const auto x = numbers<float>(rows * inputs, 101);
    for (const float* b : {static_cast<const float*>(nullptr), bias.data()}) {
      std::vector<float> y(at(rows * outputs));
      panels.multiply(x.data(), rows, b, y.data());
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < outputs; ++j) {
          double sum = b ? b[j] : 0, size = std::abs(sum);
          for (std::int64_t k = 0; k < inputs; ++k) {
            const double term = double(x[at(i * inputs + k)]) * double(w[at(j * inputs + k)]);
            sum += term;
            size += std::abs(term);
          }
          ASSERT_NEAR(y[at(i * outputs + j)], sum,
                      (inputs + 1) * std::numeric_limits<float>::epsilon() * size)
              << outputs << " x " << inputs << " at " << i << ", " << j;
        }
    }
  }
}

// What a pack holds beside a sequence must not change it.
TEST(Panels, RowsDoNotSeeEachOther) {
  for (const std::int64_t outputs : {5, 16, 72, 200}) {
    const std::int64_t inputs = 700, rows = 131;
    const auto w = numbers<float>(outputs * inputs, 37), x = numbers<float>(rows * inputs, 101);
    const Panels panels(w.data(), outputs, inputs);
    std::vector<float> all(at(rows * outputs));
    panels.multiply(x.data(), rows, nullptr, all.data());
    for (std::int64_t count = 1; count <= rows; ++count) {
      std::vector<float> some(at(count * outputs));
      panels.multiply(x.data() + (rows - count) * inputs, count, nullptr, some.data());
      for (std::int64_t i = 0; i < count * outputs; ++i)
        ASSERT_EQ(some[at(i)], all[at(i + (rows - count) * outputs)])
            << outputs << " outputs, " << count << " rows, " << i;
    }
  }
}

}  // namespace
}  // namespace attnsweep::model
