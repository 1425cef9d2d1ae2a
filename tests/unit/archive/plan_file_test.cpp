#include <fstream>

#include <gtest/gtest.h>

#include "archive/checked_text.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/archive/samples.hpp"

namespace attnsweep::archive {
namespace {

void expect_equal(const Plan& got, const Plan& expected) {
  EXPECT_EQ(got.study, expected.study);
  EXPECT_EQ(got.study_hash, expected.study_hash);
  EXPECT_EQ(got.seed, expected.seed);
  ASSERT_EQ(got.cells.size(), expected.cells.size());
  for (std::size_t k = 0; k < got.cells.size(); ++k) {
    EXPECT_EQ(got.cells[k].info, expected.cells[k].info);
    EXPECT_EQ(got.cells[k].measure, expected.cells[k].measure);
    EXPECT_EQ(got.cells[k].n_records, expected.cells[k].n_records);
    EXPECT_EQ(got.cells[k].records_per_block, expected.cells[k].records_per_block);
  }
  ASSERT_EQ(got.tasks.size(), expected.tasks.size());
  for (std::size_t k = 0; k < got.tasks.size(); ++k) {
    EXPECT_EQ(got.tasks[k].id, expected.tasks[k].id);
    EXPECT_EQ(got.tasks[k].model, expected.tasks[k].model);
    EXPECT_EQ(got.tasks[k].corpus, expected.tasks[k].corpus);
    EXPECT_EQ(got.tasks[k].first_block, expected.tasks[k].first_block);
    EXPECT_EQ(got.tasks[k].n_blocks, expected.tasks[k].n_blocks);
    EXPECT_EQ(got.tasks[k].flops, expected.tasks[k].flops);
  }
}

std::string refusal(const TemporaryRun& run) {
  return message_of<ArchiveError>([&] { read_plan(run.path()); });
}

TEST(PlanFile, ReadsBack) {
  const TemporaryRun run("plan");
  write_plan(run.path(), 0, sample_plan());
  expect_equal(read_plan(run.path()), sample_plan());
  EXPECT_EQ(n_plan_files(run.path()), 1);
  write_plan(run.path(), 0, {});
  expect_equal(read_plan(run.path()), {});
}

TEST(PlanFile, GrownStudiesAppend) {
  const TemporaryRun run("grown");
  const auto first = sample_plan();
  write_plan(run.path(), 0, first);
  Plan second;
  second.study = first.study;
  second.study_hash = "grown";
  second.seed = first.seed;
  second.cells = {first.cells[1], first.cells[1]};
  second.cells[0].measure.norms = {Norm::max, Norm::tv};
  second.cells[1].info.model = "m-3";
  second.tasks = {{"m-3/fortunes/0+1", "m-3", "fortunes", 0, 1, 2.0}};
  write_plan(run.path(), 1, second);

  auto expected = first;
  expected.study_hash = "grown";
  expected.cells[1] = second.cells[0];
  expected.cells.push_back(second.cells[1]);
  expected.tasks.push_back(second.tasks[0]);
  expect_equal(read_plan(run.path()), expected);
  EXPECT_EQ(n_plan_files(run.path()), 2);

  write_plan(run.path(), 2, first);
  EXPECT_TRUE(holds(refusal(run), "tasks.2.json: task 'm-1.0/fortunes/0+1' is planned twice"));
  std::filesystem::remove(run.path() / "tasks.1.json");
  EXPECT_TRUE(holds(refusal(run), "tasks.2.json: tasks.1.json, which it continues, is missing"));
}

TEST(PlanFile, OtherFoldersAreNoRuns) {
  const TemporaryRun run("no-run");
  EXPECT_TRUE(holds(refusal(run), "is not a run of attnsweep: it holds no tasks.json"));
  EXPECT_EQ(n_plan_files(run.path()), 0);
  EXPECT_TRUE(holds(message_of<ArchiveError>([&] { read_plan(run.path() / "none"); }),
                    "none: is not a run: cannot be listed: No such file or directory"));
}

TEST(PlanFile, EveryFlippedBitIsNoticed) {
  const TemporaryRun run("plan-flips");
  write_plan(run.path(), 0, sample_plan());
  const auto file = run.path() / "tasks.json";
  const auto n_bits = 8 * std::filesystem::file_size(file);
  for (std::uint64_t bit = 0; bit < n_bits; bit += 13) {
    flip_bit(file, bit);
    EXPECT_TRUE(holds(refusal(run), "tasks.json: ")) << "bit " << bit;
    flip_bit(file, bit);
  }
  expect_equal(read_plan(run.path()), sample_plan());
}

TEST(PlanFile, AnUnknownSchemaIsRefusedByNameAndNumber) {
  const TemporaryRun run("plan-schema");
  write_plan(run.path(), 0, sample_plan());
  const auto file = run.path() / "tasks.json";
  auto text = read_file(file);
  text = text.substr(35, text.size() - 37);
  const std::string from = "\"schema_major\": 1", to = "\"schema_major\": 7";
  ASSERT_NE(text.find(from), std::string::npos);
  text.replace(text.find(from), from.size(), to);
  std::ofstream(file, std::ios::trunc) << with_check(0x706c616e, "plan", text) << "\n";
  EXPECT_TRUE(
      holds(refusal(run), "tasks.json: plan schema 7.1 is unknown, this program reads 1.x"));
}

TEST(PlanFile, AFailedWriteKeepsTheOldPlan) {
  const TemporaryRun run("plan-full");
  write_plan(run.path(), 0, sample_plan());
  {
    const FileSizeLimit limit(500);
    EXPECT_TRUE(holds(message_of<StopError>([&] { write_plan(run.path(), 0, sample_plan()); }),
                      "tasks.json: cannot be written: File too large"));
  }
  expect_equal(read_plan(run.path()), sample_plan());
}

}  // namespace
}  // namespace attnsweep::archive
