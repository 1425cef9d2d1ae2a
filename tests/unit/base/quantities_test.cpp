#include "base/quantities.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace attnsweep {
namespace {

TEST(Quantities, NamesReadBack) {
  std::set<std::string> names;
  for (const auto norm : all_norms()) {
    EXPECT_EQ(norm_from(name(norm)), norm);
    names.insert(std::string(name(norm)));
  }
  EXPECT_EQ(names, (std::set<std::string>{"frobenius", "spectral", "nuclear", "l1", "linf", "max",
                                          "tv", "js", "cosine"}));
  names.clear();
  for (const auto observable : all_observables()) {
    EXPECT_EQ(observable_from(name(observable)), observable);
    names.insert(std::string(name(observable)));
  }
  EXPECT_EQ(names, (std::set<std::string>{"entropy", "effective_rank", "spectral_gap",
                                          "rank_one_residual"}));
  for (const auto view : {View::keep, View::drop}) EXPECT_EQ(view_from(name(view)), view);
  for (const auto heads : {Heads::mean, Heads::each}) EXPECT_EQ(heads_from(name(heads)), heads);
  EXPECT_EQ(name(View::drop), "drop");
  EXPECT_EQ(name(Heads::each), "each");
}

TEST(Quantities, UnknownNamesAreNothing) {
  for (const auto* text : {"", "Frobenius", "frobenius ", "fro", "?"}) {
    EXPECT_EQ(norm_from(text), std::nullopt) << text;
    EXPECT_EQ(view_from(text), std::nullopt) << text;
    EXPECT_EQ(heads_from(text), std::nullopt) << text;
    EXPECT_EQ(observable_from(text), std::nullopt) << text;
  }
}

TEST(MeasureSet, SeriesAreTheSortedProduct) {
  MeasureSet set;
  set.norms = {Norm::tv, Norm::frobenius, Norm::tv};
  set.heads = {Heads::each, Heads::mean};
  set.views = {View::drop, View::keep};
  const auto series = set.series();
  const std::vector<Series> expected{
      {View::keep, Heads::mean, Norm::frobenius}, {View::keep, Heads::mean, Norm::tv},
      {View::keep, Heads::each, Norm::frobenius}, {View::keep, Heads::each, Norm::tv},
      {View::drop, Heads::mean, Norm::frobenius}, {View::drop, Heads::mean, Norm::tv},
      {View::drop, Heads::each, Norm::frobenius}, {View::drop, Heads::each, Norm::tv}};
  EXPECT_EQ(series, expected);
  EXPECT_EQ(MeasureSet{}.series(), (std::vector<Series>{Series{}}));
}

TEST(MeasureSet, UnionCoversBothAndNothingElseDoes) {
  const MeasureSet a{{Norm::tv}, {Heads::mean}, {View::keep}, {Observable::entropy}};
  const MeasureSet b{{Norm::frobenius, Norm::tv}, {Heads::mean}, {View::drop}, {}};
  const auto both = united(a, b);
  EXPECT_EQ(both, (MeasureSet{{Norm::frobenius, Norm::tv},
                              {Heads::mean},
                              {View::keep, View::drop},
                              {Observable::entropy}}));
  EXPECT_EQ(united(b, a), both);
  EXPECT_TRUE(covers(both, a));
  EXPECT_TRUE(covers(both, b));
  EXPECT_TRUE(covers(a, a));
  EXPECT_FALSE(covers(a, b));
  EXPECT_FALSE(covers(b, a));
  // Each member counts by itself.
  for (const auto& more :
       {MeasureSet{{Norm::js}, {}, {}, {}}, MeasureSet{{}, {Heads::each}, {}, {}},
        MeasureSet{{}, {}, {}, {Observable::spectral_gap}}})
    EXPECT_FALSE(covers(both, more));
}

TEST(Reasons, NumbersAreStoredAndNeverChange) {
  const std::vector<std::pair<int, std::string>> stored{{0, "measured"},
                                                        {1, "too_short"},
                                                        {2, "too_long"},
                                                        {3, "skipped"},
                                                        {100, "bad_record"},
                                                        {101, "id_out_of_vocabulary"},
                                                        {102, "too_many_positions"},
                                                        {103, "not_finite"}};
  for (const auto& [number, text] : stored) {
    const auto reason = reason_from(number);
    ASSERT_TRUE(reason) << number;
    EXPECT_EQ(name(*reason), text);
    EXPECT_EQ(is_failure(*reason), number >= 100);
  }
  for (const int number : {-1, 4, 99, 104}) EXPECT_EQ(reason_from(number), std::nullopt);
}

}  // namespace
}  // namespace attnsweep
