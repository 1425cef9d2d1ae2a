// Every norm, dropped view and observable against tests/reference/make_measure_reference.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/hash.hpp"
#include "measure/floor_constants.hpp"
#include "measure/measure.hpp"
#include "unit/measure/reference.hpp"

namespace attnsweep::measure {
namespace {

using measure_test::reference_pairs;
using measure_test::ReferencePair;
using measure_test::Values;

// The inputs are the reference's bits and all sums are in double: n rounding errors of 2^-53 in a
// row's lanes, as many over the rows and in LAPACK's singular values, with n ≤ 129 below 3e-14;
// the cosine may lose a factor of 16 x 3 of that (cosine_distance).
constexpr double relative = 1e-12;

/// Of values of dropped views in double, relative to the sizes s: each entry and each row's mass
/// is rounded before the difference is taken, which near pairs see.
double entry_rounding(int n) { return n * epsilon_float64; }

template <class T>
std::vector<T> as(const std::vector<double>& x) {
  return {x.begin(), x.end()};
}

double scale_or_one(const Values& scales, const std::string& name) {
  const auto found = scales.find(name);
  return found == scales.end() ? 1.0 : found->second;
}

void expect_values(const std::vector<double>& got, const Values& want, const Values& scales,
                   double absolute, const std::string& where) {
  for (Norm norm : all_norms()) {
    const std::string id(name(norm));
    const double expected = want.at(id);
    EXPECT_NEAR(got[static_cast<std::size_t>(norm)], expected,
                relative * expected + absolute * scale_or_one(scales, id))
        << where << " " << id;
  }
}

void expect_floors(const std::vector<double>& got, const Values& scales, double epsilon,
                   const std::string& where) {
  for (Norm norm : all_norms()) {
    const std::string id(name(norm));
    const double expected = floor_constant(norm) * epsilon * scale_or_one(scales, id);
    EXPECT_NEAR(got[static_cast<std::size_t>(norm)], expected, relative * expected)
        << where << " floor of " << id;
  }
}

void expect_observables(const std::vector<double>& got, const Values& want,
                        const std::string& where) {
  for (Observable observable : all_observables()) {
    const std::string id(name(observable));
    const double x = got[static_cast<std::size_t>(observable)];
    const double expected = want.at(id);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(x)) << where << " " << id << ": " << x;
    } else {
      // Singular and eigenvalues are good to n 2^-53 of the largest, which is near 1 here.
      EXPECT_NEAR(x, expected, relative * std::max(1.0, expected)) << where << " " << id;
    }
  }
}

template <class T>
void check_pair(const ReferencePair& pair) {
  const std::vector<T> a = as<T>(pair.a), b = as<T>(pair.b);
  std::vector<double> values(all_norms().size()), floors(values.size());
  measure_pair(a.data(), b.data(), pair.n, all_norms(), epsilon_float32, values, floors);
  expect_values(values, pair.norms, pair.scales, 0, pair.name);
  expect_floors(floors, pair.scales, epsilon_float32, pair.name);

  std::vector<double> seen(all_observables().size());
  observe(a.data(), pair.n, all_observables(), seen);
  expect_observables(seen, pair.observables_a, pair.name);
}

template <class T>
void check_dropped(const ReferencePair& pair) {
  const auto& want = pair.dropped;
  const std::string where = pair.name + " dropped";
  const DroppedView<T> a = drop_tokens(as<T>(pair.a).data(), pair.n, pair.special);
  const DroppedView<T> b = drop_tokens(as<T>(pair.b).data(), pair.n, pair.special);
  EXPECT_EQ(a.n, want.n) << where;
  EXPECT_EQ(a.empty_row, want.empty_a) << where;
  EXPECT_EQ(b.empty_row, want.empty_b) << where;
  const bool wider = sizeof(T) == sizeof(double);
  for (std::size_t k = 0; k < want.matrix_a.size(); ++k) {
    // A sum of at most six numbers and a division; rounded to float it has the same bits.
    EXPECT_NEAR(static_cast<double>(a.matrix[k]), want.matrix_a[k], wider ? 6 * 0x1p-53 : 0)
        << where << " entry " << k;
  }

  std::vector<double> values(all_norms().size()), floors(values.size());
  EXPECT_EQ(measure_pair_dropped(a, b, all_norms(), epsilon_float32, values, floors), want.left_out)
      << where;
  if (want.norms) {
    expect_values(values, *want.norms, *want.scales, wider ? entry_rounding(pair.n) : 0, where);
    expect_floors(floors, *want.scales, epsilon_float32, where);
  } else {
    for (double x : values) EXPECT_TRUE(std::isnan(x)) << where;
    for (double x : floors) EXPECT_TRUE(std::isnan(x)) << where;
  }

  std::vector<double> seen(all_observables().size());
  observe_dropped(a, all_observables(), seen);
  if (want.observables_a) {
    expect_observables(seen, *want.observables_a, where);
  } else {
    for (double x : seen) EXPECT_TRUE(std::isnan(x)) << where;
  }
}

TEST(MeasureReference, EveryNormFloorAndObservable) {
  ASSERT_GE(reference_pairs().size(), 54u);
  for (const ReferencePair& pair : reference_pairs()) {
    pair.is_float ? check_pair<float>(pair) : check_pair<double>(pair);
  }
}

TEST(MeasureReference, DroppedViews) {
  int with_empty_rows = 0, not_measurable = 0;
  for (const ReferencePair& pair : reference_pairs()) {
    pair.is_float ? check_dropped<float>(pair) : check_dropped<double>(pair);
    with_empty_rows += pair.dropped.left_out > 0;
    not_measurable += !pair.dropped.norms;
  }
  EXPECT_GE(with_empty_rows, 5);
  EXPECT_GE(not_measurable, 5);
}

TEST(MeasureReference, FewerNormsGiveTheSameDigits) {
  for (const ReferencePair& pair : reference_pairs()) {
    std::vector<double> all(all_norms().size()), floors(all.size());
    measure_pair(pair.a.data(), pair.b.data(), pair.n, all_norms(), epsilon_float32, all, floors);
    for (Norm norm : all_norms()) {
      const auto k = static_cast<std::size_t>(norm);
      double value = 0, floor = 0;
      measure_pair(pair.a.data(), pair.b.data(), pair.n, std::span(&norm, 1), epsilon_float32,
                   std::span(&value, 1), std::span(&floor, 1));
      EXPECT_EQ(value, all[k]) << pair.name << " " << name(norm);
      EXPECT_EQ(floor, floors[k]) << pair.name << " " << name(norm);
    }
  }
}

// Fixed lanes, no contraction, an own logarithm and IEEE's + - * / and sqrt: the digits of what
// needs no LAPACK are the same for every vector width, optimisation level and C library. A change
// of the order of a sum changes the digest, and every archive's last digits with it; a change of
// the floor's constants changes the digest alone.
TEST(MeasureReference, SameBitsOnEveryProcessor) {
  const std::vector<Norm> norms{Norm::frobenius, Norm::l1, Norm::linf,  Norm::max,
                                Norm::tv,        Norm::js, Norm::cosine};
  const std::vector<Observable> observables{Observable::entropy};
  Digest digest;
  const auto add = [&](const std::vector<double>& x) {
    digest.add(std::as_bytes(std::span<const double>(x)));
  };
  for (const ReferencePair& pair : reference_pairs()) {
    std::vector<double> values(norms.size()), floors(norms.size()), seen(1);
    measure_pair(pair.a.data(), pair.b.data(), pair.n, norms, epsilon_float32, values, floors);
    observe(pair.a.data(), pair.n, observables, seen);
    for (const auto* x : {&values, &floors, &seen}) add(*x);
  }
  EXPECT_EQ(digest.hex(), "687510e5df3fbb7f1f12de56ddcbb8049e0e2a11d6ec1fed9aa0a412770680f7");
}

}  // namespace
}  // namespace attnsweep::measure
