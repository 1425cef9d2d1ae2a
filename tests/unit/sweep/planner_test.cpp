#include "sweep/planner.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace attnsweep::sweep {
namespace {

archive::Plan plan_of(const std::string& model, const std::string& identity,
                      std::vector<Norm> norms = {Norm::frobenius}) {
  archive::Plan plan;
  plan.study = "s";
  plan.seed = 1;
  plan.study_hash = model + identity;
  archive::PlannedCell cell;
  cell.info.model = model;
  cell.info.corpus = "c";
  cell.info.identity = identity;
  cell.measure.norms = std::move(norms);
  cell.n_records = 10;
  plan.cells.push_back(cell);
  archive::Task task;
  task.id = model + "/c/0+1";
  task.model = model;
  task.corpus = "c";
  task.n_blocks = 1;
  plan.tasks.push_back(task);
  return plan;
}

TEST(Growth, NothingNewIsNothing) {
  EXPECT_FALSE(growth(plan_of("a", "{}"), plan_of("a", "{}"), "run"));
}

TEST(Growth, ANewModelBringsItsTasks) {
  const auto added = growth(plan_of("a", "{}"), plan_of("b", "{}"), "run");
  ASSERT_TRUE(added);
  ASSERT_EQ(added->tasks.size(), 1u);
  EXPECT_EQ(added->tasks[0].id, "b/c/0+1");
  const auto all = merged(plan_of("a", "{}"), *added);
  EXPECT_EQ(all.cells.size(), 2u);
  EXPECT_EQ(all.tasks.size(), 2u);
  EXPECT_EQ(all.tasks[0].id, "a/c/0+1") << "nothing is renumbered";
}

TEST(Growth, ANewNormGrowsTheCellAndKeepsTheOld) {
  const auto added = growth(plan_of("a", "{}"), plan_of("a", "{}", {Norm::tv}), "run");
  ASSERT_TRUE(added);
  EXPECT_TRUE(added->tasks.empty()) << "the tasks are known";
  ASSERT_EQ(added->cells.size(), 1u);
  EXPECT_EQ(added->cells[0].measure.norms, (std::vector<Norm>{Norm::frobenius, Norm::tv}));
}

TEST(Growth, FewerNormsTakeNothingAway) {
  EXPECT_FALSE(growth(plan_of("a", "{}", {Norm::frobenius, Norm::tv}), plan_of("a", "{}"), "run"));
}

TEST(Growth, AChangedIdentityIsRefusedByKey) {
  try {
    growth(plan_of("a", R"({"max_tokens":512})"), plan_of("a", R"({"max_tokens":128})"), "runs/x");
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(
        error.what(),
        "runs/x: a/c was measured otherwise: max_tokens: was 512, is 128; give the changed "
        "study another --output, or undo the change");
  }
}

TEST(Growth, AnotherSeedIsRefused) {
  auto now = plan_of("a", "{}");
  now.seed = 2;
  EXPECT_THROW(growth(plan_of("a", "{}"), now, "run"), ConfigError);
}

}  // namespace
}  // namespace attnsweep::sweep
