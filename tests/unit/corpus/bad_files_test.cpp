// Files and patterns that cannot be used stop with one InputError that holds every problem.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include "base/hash.hpp"
#include "unit/corpus/fixtures.hpp"

namespace attnsweep::corpus {
namespace {

std::string opening(const std::vector<std::string>& files) {
  return message_of([&] { Corpus(corpus_of(files), 1); });
}

std::string indexing(const std::string& file) {
  return message_of([&] { Corpus(corpus_of({file}), 1).build_index(); });
}

TEST(BadFiles, EveryProblemAtOnce) {
  const Folder folder;
  folder.write("texts.jsonl", "{}");
  folder.write("a.doc", "");
  folder.write("sub/b.doc", "");
  ::mkfifo(folder.path("pipe.jsonl").c_str(), 0600);
  const auto at = [&](const char* name) { return "corpora.c.files: '" + folder.path(name) + "' "; };
  EXPECT_EQ(opening({folder.path("txets.jsonl"), folder.path("texs*.jsonl"), folder.path("a.doc"),
                     folder.path("sub"), folder.path("none/a.txt"), folder.path("texts.jsonl"),
                     folder.path("text*.jsonl"), folder.path("pipe.jsonl")}),
            at("txets.jsonl") +
                "cannot be opened: No such file or directory; did you mean 'texts.jsonl'?\n" +
                at("texs*.jsonl") + "matches no file; did you mean 'texts.jsonl'?\n" + at("a.doc") +
                "has a name that tells no format; known endings are " + known_endings() + "\n" +
                at("sub") + "holds no file of a known format\n" + at("none/a.txt") +
                "cannot be opened: No such file or directory: the folder " + folder.path("none") +
                " does not exist\n" + at("texts.jsonl") + "is named twice\n" + at("pipe.jsonl") +
                "is no regular file, which is read twice");
}

TEST(BadFiles, GlobsAreSortedByBytes) {
  const Folder folder;
  for (const char* name : {"b.txt", "a.txt", "B.txt", "a-1.txt", "a[1].txt"})
    folder.write(name, "x\n");
  const Corpus corpus(corpus_of({folder.path("[aB]*.txt"), folder.path("b.txt")}), 1);
  std::vector<std::string> names;
  for (const auto& file : corpus.files()) names.push_back(file.path.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"B.txt", "a-1.txt", "a.txt", "a[1].txt", "b.txt"}));
  const Corpus literal(corpus_of({folder.path("a[1].txt")}), 1);
  EXPECT_EQ(literal.files()[0].path.filename(), "a[1].txt");
}

TEST(BadFiles, NoRecord) {
  const Folder folder;
  for (const char* name : {"a.txt", "a.jsonl"}) {
    const auto file = folder.write(name, "");
    EXPECT_EQ(indexing(file), file + ": holds no record");
    EXPECT_EQ(Corpus(corpus_of({file}), 1).first_look().problems,
              std::vector<std::string>{file + ": holds no record"});
  }
  for (const char* ending : {".gz", ".zst", ".xz"}) {
    const auto file = folder.write(std::string("e.jsonl") + ending, stored_as(ending, ""));
    EXPECT_EQ(indexing(file), file + ": holds no record");
  }
}

class BadCompression : public testing::TestWithParam<const char*> {};

TEST_P(BadCompression, TruncatedCorruptOrNone) {
  const Folder folder;
  const std::string ending = GetParam();
  const auto good = stored_as(ending, numbered_lines(0, 20000));
  const auto truncated = folder.write("t.jsonl" + ending, good.substr(0, good.size() / 2));
  EXPECT_TRUE(indexing(truncated).starts_with(truncated + ": cannot be decompressed: "))
      << indexing(truncated);
  auto bytes = good;
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 64; ++i) bytes[i] ^= 0x55;
  const auto corrupt = folder.write("c.jsonl" + ending, bytes);
  EXPECT_TRUE(indexing(corrupt).starts_with(corrupt + ": cannot be decompressed: "))
      << indexing(corrupt);
  for (const auto& text : {std::string("{\"text\":\"plain\"}\n"), std::string()}) {
    const auto plain = folder.write("p.jsonl" + ending, text);
    EXPECT_NE(indexing(plain).find(plain + ": is not "), std::string::npos) << indexing(plain);
    EXPECT_EQ(Corpus(corpus_of({plain}), 1).first_look().problems.size(), 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, BadCompression, testing::Values(".gz", ".zst", ".xz"));

TEST(BadFiles, GzipMembersAreCheckedToTheLastByte) {
  const Folder folder;
  const auto good = stored_as(".gz", numbered_lines(0, 100));
  const auto checked = [&](const std::string& bytes) {
    return indexing(folder.write("g.jsonl.gz", bytes));
  };
  const auto file = folder.path("g.jsonl.gz") + ": cannot be decompressed: ";
  EXPECT_EQ(checked(good), "no error");
  EXPECT_EQ(checked(good + std::string(1000, '\0')), "no error");
  EXPECT_EQ(checked(good + "garbage"), file + "other data follow its last member");
  EXPECT_EQ(checked(good.substr(0, good.size() - 1)), file + "it is truncated");
  auto bytes = good;
  bytes[bytes.size() - 8] ^= 1;  // of the CRC-32
  EXPECT_EQ(checked(bytes), file + "incorrect data check");
  bytes = good;
  bytes[bytes.size() - 1] ^= 1;  // of the length
  EXPECT_EQ(checked(bytes), file + "incorrect length check");
}

TEST(BadFiles, AFileThatShrankIsNoticed) {
  const Folder folder;
  const auto file = folder.write("a.jsonl", numbered_lines(0, 3000));
  Corpus corpus(corpus_of({file}), 1);
  const auto index = corpus.build_index();
  folder.write("a.jsonl", numbered_lines(0, 1500));
  const auto message = message_of([&] { corpus.read_blocks(index, 1, 1); });
  EXPECT_EQ(message, file +
                         ": holds 1500 records, 3000 were there when it was counted: it changed "
                         "since");
}

TEST(BadFiles, SeveralBadFilesAreAllNamed) {
  const Folder folder;
  const auto a = folder.write("a.jsonl", ""), b = folder.write("b.jsonl.gz", "x");
  const auto message = message_of([&] { Corpus(corpus_of({a, b}), 1).build_index(); });
  EXPECT_NE(message.find(a + ": holds no record\n" + b + ": "), std::string::npos) << message;
}

}  // namespace
}  // namespace attnsweep::corpus
