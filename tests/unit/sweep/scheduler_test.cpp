#include "sweep/scheduler.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace attnsweep::sweep {
namespace {

archive::Plan plan_of(const std::vector<std::pair<std::string, double>>& tasks) {
  archive::Plan plan;
  for (const auto& [model, flops] : tasks) {
    archive::Task task;
    task.id = model + "/c/" + std::to_string(plan.tasks.size()) + "+1";
    task.model = model;
    task.corpus = "c";
    task.flops = flops;
    plan.tasks.push_back(task);
  }
  return plan;
}

std::vector<std::size_t> all_of(const archive::Plan& plan) {
  std::vector<std::size_t> open(plan.tasks.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  return open;
}

TEST(Scheduler, LongestFirst) {
  const auto plan = plan_of({{"a", 1}, {"a", 3}, {"a", 2}});
  Scheduler scheduler(plan, all_of(plan));
  EXPECT_EQ(scheduler.next(""), 1u);
  EXPECT_EQ(scheduler.next("a"), 2u);
  EXPECT_EQ(scheduler.next("a"), 0u);
  EXPECT_FALSE(scheduler.next("a"));
}

TEST(Scheduler, KeepsTheLoadedModelWhereThatCostsLittle) {
  const auto plan = plan_of({{"big", 10}, {"small", 6}, {"small", 4}});
  Scheduler scheduler(plan, all_of(plan));
  EXPECT_EQ(scheduler.next("small"), 1u) << "6 is at least half of 10";
  EXPECT_EQ(scheduler.next("small"), 0u) << "4 is not: the long task must not come last";
  EXPECT_EQ(scheduler.next("big"), 2u);
}

TEST(Scheduler, EqualTasksGoInOrder) {
  const auto plan = plan_of({{"a", 1}, {"a", 1}, {"a", 1}});
  Scheduler scheduler(plan, all_of(plan));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(scheduler.next("a"), i);
}

TEST(Makespan, OfOneRankIsTheSum) {
  const auto plan = plan_of({{"a", 1}, {"b", 3}, {"a", 2}});
  const auto makespan = simulate(plan, all_of(plan), 1);
  EXPECT_DOUBLE_EQ(makespan.time, 6);
  EXPECT_DOUBLE_EQ(makespan.efficiency, 1);
}

TEST(Makespan, LongestFirstFillsTwoRanks) {
  const auto plan = plan_of({{"a", 4}, {"a", 3}, {"a", 2}, {"a", 1}});
  const auto makespan = simulate(plan, all_of(plan), 2);
  EXPECT_DOUBLE_EQ(makespan.time, 5);
  EXPECT_DOUBLE_EQ(makespan.efficiency, 1);
}

TEST(Makespan, MoreRanksThanTasksIdle) {
  const auto plan = plan_of({{"a", 4}, {"a", 4}});
  const auto makespan = simulate(plan, all_of(plan), 100'000);
  EXPECT_DOUBLE_EQ(makespan.time, 4);
  EXPECT_DOUBLE_EQ(makespan.efficiency, 8.0 / 400'000);
}

TEST(Makespan, TenTasksARankReachAtLeast95Percent) {
  std::vector<std::pair<std::string, double>> tasks;
  // Costs of a mixed sweep: three models, a factor of 20 apart.
  for (int i = 0; i < 1280; ++i)
    tasks.emplace_back(i % 3 == 0   ? "a"
                       : i % 3 == 1 ? "b"
                                    : "c",
                       i % 3 == 0   ? 20.0
                       : i % 3 == 1 ? 5.0
                                    : 1.0 + i % 7);
  const auto plan = plan_of(tasks);
  EXPECT_GE(simulate(plan, all_of(plan), 128).efficiency, 0.95);
}

}  // namespace
}  // namespace attnsweep::sweep
