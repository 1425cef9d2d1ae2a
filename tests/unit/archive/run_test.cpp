// What a run as a whole says: task states, reading its rows, verify.
#include <fstream>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/archive/samples.hpp"

namespace attnsweep::archive {
namespace {

// The rows of every task as text, bit for bit.
std::map<std::string, std::string> all_rows(const std::filesystem::path& run) {
  std::map<std::string, std::string> rows;
  const auto plan = read_plan(run);
  for_each_task(run, plan, read_journal(run), [&](const Task& task, const SegmentGroup& group) {
    auto& text = rows[task.id];
    for (const auto& row : group.rows) {
      text += row.id + " " + row.document + " " + std::to_string(row.record) + " " +
              std::string(name(row.reason)) + " " + std::to_string(row.n_tokens);
      for (const auto& lists : {row.values, row.floors, row.observables})
        for (const auto& list : lists)
          for (const double number : list) text.append(" ").append(shortest(number));
      text += "\n";
    }
  });
  return rows;
}

std::string refusal(const std::filesystem::path& run) {
  return message_of<ArchiveError>([&] { all_rows(run); });
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST(Run, ReadsTheRowsOfEveryTaskInPlanOrder) {
  const TemporaryRun run("rows");
  const auto plan = write_sample_run(run.path());
  std::vector<std::string> order, ids;
  for_each_task(run.path(), plan, read_journal(run.path()),
                [&](const Task& task, const SegmentGroup& group) {
                  order.push_back(task.id);
                  EXPECT_EQ(group.info.model, task.model);
                  for (const auto& row : group.rows) ids.push_back(task.model + ":" + row.id);
                });
  EXPECT_EQ(order, (std::vector<std::string>{plan.tasks[0].id, plan.tasks[1].id, plan.tasks[2].id,
                                             plan.tasks[3].id}));
  EXPECT_EQ(ids, (std::vector<std::string>{"m-1.0:r0", "m-1.0:r1", "m-1.0:r2", "m-1.0:r3",
                                           "m-1.0:r4", "m-1.0:r5", "m-2:r0", "m-2:r1"}));
}

TEST(Run, TasksAreDoneWhenAWholeLineNamesASegmentThatCoversTheCell) {
  const TemporaryRun run("states");
  const auto plan = write_sample_run(run.path());
  auto journal = read_journal(run.path());
  auto states = task_states(plan, journal, run.path());
  EXPECT_EQ(states.done[0], &journal.entries[3]);
  EXPECT_EQ(states.done[2], &journal.entries[0]);

  auto grown = plan;
  grown.cells[0].measure.norms.push_back(Norm::nuclear);
  states = task_states(grown, journal, run.path());
  EXPECT_EQ(states.done[0], nullptr);
  EXPECT_NE(states.done[3], nullptr);

  std::filesystem::remove(run.path() / "segments/0-0-1.h5");
  states = task_states(plan, journal, run.path());
  EXPECT_EQ(states.done[0], nullptr);
  EXPECT_NE(states.done[2], nullptr);
  EXPECT_EQ(task_states(plan, journal, run.path(), {"0-0-0.h5"}).done[2], nullptr);
}

TEST(Run, TheLargerMeasureThenTheLaterLineWins) {
  const TemporaryRun run("winner");
  const auto plan = write_sample_run(run.path());
  auto journal = read_journal(run.path());
  auto& entries = journal.entries;
  for (const auto& [more, failed] : {std::pair{false, true}, {true, false}, {false, false}}) {
    entries.push_back(entries[1]);
    if (more) entries.back().measure.norms.push_back(Norm::l1);
    entries.back().done = !failed;
  }
  entries.push_back(entries[0]);
  entries.back().task = "m-9/unknown/0+1";
  auto states = task_states(plan, journal, run.path());
  EXPECT_EQ(states.done[3], &entries[5]);
  EXPECT_EQ(states.failed[3], nullptr);
  entries[5].measure = entries[6].measure;
  EXPECT_EQ(task_states(plan, journal, run.path()).done[3], &entries[6]);
  for (auto& entry : entries) entry.done = false;
  states = task_states(plan, journal, run.path());
  EXPECT_EQ(states.done[3], nullptr);
  EXPECT_EQ(states.failed[3], &entries[6]);
}

TEST(Run, ADamagedSegmentIsRefusedWithBothDigests) {
  const TemporaryRun run("digest");
  const auto plan = write_sample_run(run.path());
  EXPECT_TRUE(damaged_segments(run.path(), read_journal(run.path())).empty());
  flip_bit(run.path() / "segments/0-0-1.h5", 80'001);
  const auto message = refusal(run.path());
  EXPECT_TRUE(holds(message, "segments/0-0-1.h5: its digest is "));
  EXPECT_TRUE(holds(message, ", the journal (journal/0-0.jsonl:4) says "));
  EXPECT_EQ(damaged_segments(run.path(), read_journal(run.path())),
            std::vector<std::string>{"0-0-1.h5"});
  auto verification = verify_run(run.path());
  ASSERT_EQ(verification.problems.size(), 1U);
  EXPECT_TRUE(holds(verification.problems[0], "segments/0-0-1.h5: its digest is "));
  EXPECT_EQ(verification.n_tasks_done, 2);

  // Measured again, the damaged copy does no harm; "0" sorts before the first journal.
  JournalWriter again(run.path(), "0");
  commit(run.path(), plan, again, "again", {0, 1});
  EXPECT_EQ(all_rows(run.path()).size(), 4U);
  verification = verify_run(run.path());
  EXPECT_EQ(text_of(verification.problems), "");
  EXPECT_TRUE(holds(text_of(verification.notes), "(its tasks were measured again)"));
  EXPECT_EQ(verification.n_tasks_done, 4);
}

TEST(Run, AMissingSegmentIsNamed) {
  const TemporaryRun run("gone");
  write_sample_run(run.path());
  std::filesystem::remove(run.path() / "segments/0-0-0.h5");
  const std::string expected =
      "segments/0-0-0.h5: is missing, the journal (journal/0-0.jsonl:1) names it";
  EXPECT_TRUE(holds(refusal(run.path()), expected));
  EXPECT_TRUE(holds(text_of(verify_run(run.path()).problems), expected));
}

TEST(Run, ADamagedJournalIsRefused) {
  const TemporaryRun run("bad-line");
  write_sample_run(run.path());
  flip_bit(run.path() / "journal/0-0.jsonl", 500);
  EXPECT_TRUE(holds(refusal(run.path()), "journal/0-0.jsonl:1: checksum is "));
  const auto verification = verify_run(run.path());
  EXPECT_TRUE(holds(text_of(verification.problems), "journal/0-0.jsonl:1: checksum is "));
  EXPECT_EQ(verification.n_tasks_done, 3);
}

TEST(Run, ALineThatDiffersFromItsRowsIsAProblem) {
  const TemporaryRun run("differs");
  const auto plan = write_sample_run(run.path());
  auto entry = read_journal(run.path()).entries[2];
  entry.reasons = {{"measured", 2}};
  JournalWriter(run.path(), "1").append(entry);
  EXPECT_TRUE(holds(text_of(verify_run(run.path()).problems),
                    "segments/0-0-1.h5: task 'm-1.0/fortunes/1+1': its rows are measured 1, "
                    "too_short 1; the journal (journal/1.jsonl:1) says measured 2"));
  entry.n_rows = 7;
  JournalWriter(run.path(), "2").append(entry);
  EXPECT_TRUE(holds(refusal(run.path()),
                    "segments/0-0-1.h5: task 'm-1.0/fortunes/1+1': it holds 2 rows, the journal "
                    "(journal/2.jsonl:1) says 7"));
}

TEST(Run, RowsOfAnotherIdentityAreRefused) {
  const TemporaryRun run("identity");
  auto plan = write_sample_run(run.path());
  plan.cells[0].info.identity = "another";
  write_plan(run.path(), 0, plan);
  EXPECT_TRUE(holds(refusal(run.path()),
                    "task 'm-1.0/fortunes/0+1': its rows have the identity id-m-1.0, the plan "
                    "says another"));
}

TEST(Verify, AGoodRunHasNeitherProblemsNorNotes) {
  const TemporaryRun run("good");
  write_sample_run(run.path());
  const auto verification = verify_run(run.path());
  EXPECT_EQ(text_of(verification.problems), "");
  EXPECT_EQ(text_of(verification.notes), "");
  EXPECT_EQ(verification.n_segments, 2);
  EXPECT_EQ(verification.n_tasks, 4);
  EXPECT_EQ(verification.n_tasks_done, 4);
  EXPECT_EQ(verification.n_rows, 8);
}

TEST(Verify, LeftoversOfAKillAreNotes) {
  const TemporaryRun run("leftovers");
  write_sample_run(run.path());
  write_segment(run.path(), "orphan", {}, sample_groups());
  std::ofstream(run.path() / "segments/.x.h5.tmp-12") << "half";
  std::ofstream(run.path() / "tasks.json.tmp9") << "half";
  std::ofstream(run.path() / "journal/0-0.jsonl", std::ios::app) << "{\"check\":\"12";
  const auto verification = verify_run(run.path());
  EXPECT_EQ(text_of(verification.problems), "");
  EXPECT_EQ(text_of(verification.notes),
            "journal/0-0.jsonl: its last line is cut off (normal after a kill)\n"
            "segments/.x.h5.tmp-12: no journal line names it (left by a kill; can be deleted)\n"
            "segments/orphan.h5: no journal line names it (left by a kill; can be deleted)\n"
            "tasks.json.tmp9: no journal line names it (left by a kill; can be deleted)\n");
  EXPECT_EQ(verification.n_tasks_done, 4);
}

TEST(Verify, AFolderThatIsNoRunIsAProblem) {
  const TemporaryRun run("nothing");
  EXPECT_TRUE(holds(text_of(verify_run(run.path()).problems), "is not a run of attnsweep"));
}

// Any flipped bit is a problem of verify, but for a journal's last newline (a torn line); and
// what can still be read is what was written.
TEST(Verify, NoFlippedBitStaysUnnoticed) {
  const TemporaryRun run("flips");
  write_sample_run(run.path());
  const auto expected = all_rows(run.path());
  int n_flips = 0;
  for (const auto* name :
       {"segments/0-0-0.h5", "segments/0-0-1.h5", "journal/0-0.jsonl", "tasks.json"}) {
    const auto file = run.path() / name;
    const auto n_bits = 8 * std::filesystem::file_size(file);
    const auto step = n_bits / 80;
    for (std::uint64_t bit = n_bits - 1; bit < n_bits; bit -= step, ++n_flips) {
      flip_bit(file, bit);
      const auto verification = verify_run(run.path());
      const bool torn = holds(text_of(verification.notes), "its last line is cut off");
      EXPECT_TRUE(!verification.problems.empty() || torn) << name << " bit " << bit;
      try {
        for (const auto& [task, rows] : all_rows(run.path()))
          EXPECT_EQ(rows, expected.at(task)) << name << " bit " << bit;
        EXPECT_TRUE(torn) << name << " bit " << bit;
      } catch (const ArchiveError&) {
      }
      flip_bit(file, bit);
    }
  }
  EXPECT_GE(n_flips, 320);
  EXPECT_EQ(all_rows(run.path()), expected);
}

}  // namespace
}  // namespace attnsweep::archive
