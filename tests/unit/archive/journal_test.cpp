#include <fstream>

#include <gtest/gtest.h>

#include "archive/checked_text.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/archive/samples.hpp"

namespace attnsweep::archive {
namespace {

JournalEntry full_entry() {
  auto entry = sample_entry(sample_plan().tasks[0], full_measure(), "0-0", "d1", {});
  entry.replaces = "older.h5";
  entry.reasons = {{"measured", 9}, {"too_short", 2}};
  entry.failures = {"r1: bad_record: \"quoted\"\nnext line", "r2: not UTF-8: \xff"};
  entry.message = "日本";
  entry.n_tokens = 1'234'567'890'123;
  entry.flops = 1.0 / 3;
  return entry;
}

void expect_equal(const JournalEntry& got, const JournalEntry& expected) {
  EXPECT_EQ(got.done, expected.done);
  EXPECT_EQ(got.task, expected.task);
  EXPECT_EQ(got.segment, expected.segment);
  EXPECT_EQ(got.digest, expected.digest);
  EXPECT_EQ(got.replaces, expected.replaces);
  EXPECT_EQ(got.measure, expected.measure);
  EXPECT_EQ(got.n_rows, expected.n_rows);
  EXPECT_EQ(got.reasons, expected.reasons);
  EXPECT_EQ(got.failures, expected.failures);
  EXPECT_EQ(got.message, expected.message);
  EXPECT_EQ(got.seconds, expected.seconds);
  EXPECT_EQ(got.n_tokens, expected.n_tokens);
  EXPECT_EQ(got.flops, expected.flops);
  EXPECT_EQ(got.host, expected.host);
  EXPECT_EQ(got.rank, expected.rank);
  EXPECT_EQ(got.time, expected.time);
}

// A run with two journals of two lines; `text` is the first one's content.
struct TwoJournals {
  TemporaryRun run{"journals"};
  std::filesystem::path first = run.path() / "journal/a.jsonl";
  std::string text;

  TwoJournals() {
    for (const auto* name : {"b", "a"}) {
      JournalWriter writer(run.path(), name);
      for (const int rank : {1, 2}) {
        auto entry = full_entry();
        entry.host = name;
        entry.rank = rank;
        writer.append(entry);
      }
    }
    text = read_file(first);
  }
  Journal with(const std::string& content) const {
    std::ofstream(first, std::ios::binary | std::ios::trunc) << content;
    return read_journal(run.path());
  }
};

TEST(Journal, ReadsBackEveryField) {
  const TwoJournals two;
  const auto journal = read_journal(two.run.path());
  ASSERT_EQ(journal.entries.size(), 4U);
  EXPECT_TRUE(journal.torn.empty());
  EXPECT_TRUE(journal.damaged.empty());
  auto expected = full_entry();
  expected.failures[1] = "r2: not UTF-8: \uFFFD";
  expected.host = "a";
  expected.rank = 1;
  expect_equal(journal.entries[0], expected);
  EXPECT_EQ(journal.entries[1].place, "journal/a.jsonl:2");
  EXPECT_EQ(journal.entries[2].place, "journal/b.jsonl:1");
}

TEST(Journal, ARunWithoutOneIsEmpty) {
  const TemporaryRun run("no-journal");
  const auto journal = read_journal(run.path());
  EXPECT_TRUE(journal.entries.empty() && journal.torn.empty() && journal.damaged.empty());
}

TEST(Journal, ALineCutAnywhereIsTorn) {
  const TwoJournals two;
  const auto first_line = two.text.find('\n') + 1;
  for (std::size_t end = first_line + 1; end < two.text.size(); end += 37) {
    const auto journal = two.with(two.text.substr(0, end));
    EXPECT_EQ(journal.entries.size(), 3U) << end;
    EXPECT_EQ(journal.torn, std::vector<std::string>{"journal/a.jsonl"}) << end;
    EXPECT_TRUE(journal.damaged.empty()) << end;
  }
}

TEST(Journal, AWholeLineThatChangedIsDamage) {
  const TwoJournals two;
  auto text = two.text;
  text[text.find("older")] = 'O';
  const auto check = two.text.substr(10, 16);
  auto journal = two.with(text);
  EXPECT_EQ(journal.entries.size(), 3U);
  ASSERT_EQ(journal.damaged.size(), 1U);
  EXPECT_TRUE(holds(journal.damaged[0], "journal/a.jsonl:1: checksum is "));
  EXPECT_TRUE(holds(journal.damaged[0], ", the text says " + check));

  journal = two.with(two.text + "{}\n\n" + two.text.substr(0, 30));
  ASSERT_EQ(journal.damaged.size(), 2U);
  EXPECT_TRUE(holds(journal.damaged[0], "journal/a.jsonl:3: is not of the form {\"check\":…,"));
  EXPECT_TRUE(holds(journal.damaged[1], "journal/a.jsonl:4: is not of the form"));
  EXPECT_EQ(journal.torn.size(), 1U);
}

TEST(Journal, FieldsOfAnotherKindAreDamage) {
  const TwoJournals two;
  constexpr std::uint64_t key = 0x6a6f75726e616c;
  const auto payload = two.text.substr(36, two.text.find('\n') - 37);
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto text = payload;
    const auto at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
    const auto journal = two.with(with_check(key, "entry", text) + "\n");
    return journal.damaged.empty() ? "" : journal.damaged[0];
  };
  EXPECT_EQ(changed("nothing", "nothing"), "");  // the payload is cut out right
  EXPECT_TRUE(holds(changed("\"task\"", "\"tusk\""), "a.jsonl:1: lacks 'task'"));
  EXPECT_TRUE(holds(changed("\"done\":true", "\"done\":1"), "'done' is not true or false"));
  EXPECT_TRUE(holds(changed("\"rank\":1", "\"rank\":1e30"), "'rank' is not a whole number"));
  EXPECT_TRUE(
      holds(changed("\"rank\":1", "\"rank\":99999999999"), "'rank' is not a number in range"));
  EXPECT_TRUE(holds(changed("\"tv\"", "\"tw\""), "'norms' holds the unknown name 'tw'"));
  EXPECT_TRUE(holds(changed("\"measured\":9", "\"measured\":null"), "'measured' is not a whole"));
  EXPECT_TRUE(
      holds(changed("\"failures\":[", "\"failures\":[1,"), "'failures' is not a list of texts"));
  EXPECT_TRUE(holds(changed("}", ""), "its entry is not JSON"));
}

TEST(Journal, AnExistingFileIsNotContinued) {
  const TwoJournals two;
  EXPECT_TRUE(holds(message_of<StopError>([&] { JournalWriter(two.run.path(), "a"); }),
                    "journal/a.jsonl: journal cannot be made: File exists"));
}

TEST(Journal, AFailedWriteIsCutOff) {
  const TemporaryRun run("cut-off");
  JournalWriter writer(run.path(), "a");
  writer.append(full_entry());
  const auto file = run.path() / "journal/a.jsonl";
  const auto size = std::filesystem::file_size(file);
  {
    const FileSizeLimit limit(size + 100);
    EXPECT_TRUE(holds(message_of<StopError>([&] { writer.append(full_entry()); }),
                      "journal/a.jsonl: line cannot be written: File too large"));
  }
  EXPECT_EQ(std::filesystem::file_size(file), size);
  writer.append(full_entry());
  const auto journal = read_journal(run.path());
  EXPECT_EQ(journal.entries.size(), 2U);
  EXPECT_TRUE(journal.torn.empty() && journal.damaged.empty());
}

}  // namespace
}  // namespace attnsweep::archive
