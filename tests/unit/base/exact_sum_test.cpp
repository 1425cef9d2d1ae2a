#include "base/exact_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "base/error.hpp"

namespace attnsweep {
namespace {

double sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const auto value : values) sum.add(value);
  return sum.value();
}

TEST(ExactSum, OfNothingIsZero) { EXPECT_EQ(ExactSum().value(), 0); }

TEST(ExactSum, DoesNotDependOnTheOrder) {
  std::mt19937_64 random(3);
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i) {
    const auto u = static_cast<double>(random() >> 11) * 0x1p-53;
    values.push_back(std::ldexp(u - 0.5, static_cast<int>(random() % 90) - 50));
  }
  const auto expected = sum_of(values);
  double plain = 0;
  bool plain_differs = false;
  for (int i = 0; i < 20; ++i) {
    std::shuffle(values.begin(), values.end(), random);
    EXPECT_EQ(sum_of(values), expected);
    double other = 0;
    for (const auto value : values) other += value;
    plain_differs = plain_differs || (i > 0 && other != plain);
    plain = other;
  }
  EXPECT_TRUE(plain_differs) << "these values would not tell an exact sum from a plain one";

  std::sort(values.begin(), values.end());
  for (const std::size_t parts : {2u, 3u, 7u}) {  // as ranks or threads would add them
    std::vector<ExactSum> partial(parts);
    for (std::size_t i = 0; i < values.size(); ++i) partial[i % parts].add(values[i]);
    ExactSum total;
    for (auto it = partial.rbegin(); it != partial.rend(); ++it) total.add(*it);
    EXPECT_EQ(total.value(), expected);
  }
}

TEST(ExactSum, LosesNothingToCancellation) {
  EXPECT_EQ(sum_of({1e12, 0x1p-60, -1e12}), 0x1p-60);
  EXPECT_EQ(sum_of({0.1, 0.2, 0.3, -0.3, -0.2, -0.1}), 0);
}

TEST(ExactSum, RoundsAddendsToMultiplesOfTwoToMinusSixty) {
  EXPECT_EQ(sum_of({0x1p-60}), 0x1p-60);
  EXPECT_EQ(sum_of({0x1p-61}), 0);          // half: to the even one
  EXPECT_EQ(sum_of({0x1.8p-60}), 0x1p-59);  // one and a half: to the even one
  EXPECT_EQ(sum_of({0x1.0000001p-61}), 0x1p-60);
  EXPECT_EQ(sum_of({-0x1.0000001p-61}), -0x1p-60);
  EXPECT_EQ(sum_of({0x1.fp-62, 0x1.fp-62, 0x1.fp-62}), 0);  // each by itself
  EXPECT_EQ(sum_of({std::numeric_limits<double>::denorm_min()}), 0);
  EXPECT_EQ(sum_of({-0.0}), 0);
}

TEST(ExactSum, IsRoundedOnceAtTheEnd) {
  // In units of 2^-60: 2^53 + 1 lies halfway between two doubles, 2^53 + 3 too.
  EXPECT_EQ(sum_of({0x1p-7, 0x1p-60}), 0x1p-7);
  EXPECT_EQ(sum_of({0x1p-7, 0x1p-60, 0x1p-60, 0x1p-60}), 0x1p-7 + 0x1p-58);
  // A plain sum stays at 1; the exact one gathers what is below its last digit.
  ExactSum sum;
  sum.add(1);
  for (int i = 0; i < 1024; ++i) sum.add(0x1p-60);
  EXPECT_EQ(sum.value(), 1 + 0x1p-50);
}

TEST(ExactSum, HasRoomForTheLargestSums) {
  const double largest = std::nextafter(0x1p40, 0);
  ExactSum sum, negative;
  sum.add(largest);
  negative.add(-largest);
  for (int i = 0; i < 27; ++i) {
    const auto copy = sum;
    sum.add(copy);
    const auto other = negative;
    negative.add(other);
  }
  EXPECT_EQ(sum.value(), std::ldexp(largest, 27));
  EXPECT_EQ(negative.value(), -std::ldexp(largest, 27));
  EXPECT_EQ(sum.add(negative).value(), 0);
}

TEST(ExactSum, RefusesWhatItCannotHold) {
  for (const double bad :
       {0x1p40, -0x1p40, 1e300, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    ExactSum sum;
    sum.add(2);
    EXPECT_THROW(sum.add(bad), ArchiveError) << bad;
    EXPECT_EQ(sum.value(), 2) << "a refused value must leave the sum alone";
  }
}

}  // namespace
}  // namespace attnsweep
