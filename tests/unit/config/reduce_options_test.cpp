#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

class ReduceSection : public StudyFile {
 protected:
  ReduceOptions read_reduce(const std::string& text, const Overrides& overrides = {}) {
    return read_reduce_options(write(text), overrides);
  }
  Lines problems(const std::string& text, const Overrides& overrides = {}) {
    return problems_of([&] { read_reduce(text, overrides); });
  }
  std::string file() const { return (folder() / "study.yaml").string(); }
};

TEST_F(ReduceSection, NeedsNothingElse) {
  EXPECT_EQ(read_reduce("seed: 3\n"), ReduceOptions{});
  EXPECT_EQ(read_reduce("study: imported\nseed: 3\nreduce: {level: 0.9}\n").level, 0.9);
  // What an imported run or a later version has there is not looked at.
  EXPECT_EQ(read_reduce("models: 3\nanything: [1]\nreduce: {burn_in: 1}\n").burn_in, 1);
}

TEST_F(ReduceSection, OfACanonicalStudyIsTheStudys) {
  const auto study = read(least + "norms: [tv]\nreduce: {level: 0.9, weights: document}\n");
  EXPECT_EQ(read_reduce(canonical_yaml(study)), study.reduce);
}

TEST_F(ReduceSection, TakesOverrides) {
  const auto options =
      read_reduce("reduce: {level: 0.9}\n",
                  {"reduce.replicates=50", "reduce.level=0.8", "reduce.interval=bca"});
  EXPECT_EQ(options.replicates, 50);
  EXPECT_EQ(options.level, 0.8);
  EXPECT_EQ(options.interval, "bca");
  EXPECT_EQ(read_reduce("seed: 3\n", {"reduce.burn_in=2"}).burn_in, 2);
}

TEST_F(ReduceSection, IsStrictInside) {
  EXPECT_EQ(problems("models: []\nreduce:\n  levl: 0.9\n  replicates: no\n"),
            (Lines{file() + ":3:3: reduce.levl: unknown key; did you mean 'level'?",
                   file() + ":4:15: reduce.replicates: got 'no', expected a whole number from 1 to "
                            "2147483647"}));
  EXPECT_EQ(problems("seed: -3\n"), Lines{file() + ":1:7: seed: got '-3', expected a whole number "
                                                   "from 0 to 18446744073709551615"});
  EXPECT_EQ(problems("reduce: 3\n"),
            Lines{file() + ":1:9: reduce: got '3', expected a map of keys (key: value)"});
}

TEST_F(ReduceSection, RefusesOverridesOfAnythingElse) {
  EXPECT_EQ(
      problems("seed: 3\n", {"seed=4", "replicates=5", "reduc.level=0.9", "reduce=3"}),
      (Lines{"--set seed=4: got the key 'seed', expected one that begins with 'reduce.'",
             "--set replicates=5: got the key 'replicates', expected one that begins with "
             "'reduce.'; did you mean 'reduce.replicates'?",
             "--set reduc.level=0.9: got the key 'reduc.level', expected one that begins with "
             "'reduce.'; did you mean 'reduce.level'?",
             "--set reduce=3: got the key 'reduce', expected one that begins with "
             "'reduce.'"}));
  EXPECT_EQ(problems("seed: 3\n", {"reduce.stabilty=0.9"}),
            Lines{"--set reduce.stabilty=0.9: reduce.stabilty: unknown key; did you mean "
                  "'stability'?"});
}

}  // namespace
}  // namespace attnsweep::test
