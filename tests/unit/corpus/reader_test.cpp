// What good files hold, whatever their form.
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "unit/corpus/fixtures.hpp"

namespace attnsweep::corpus {
namespace {

std::vector<std::string> texts(const std::vector<Record>& records) {
  std::vector<std::string> out;
  for (const auto& record : records) {
    EXPECT_EQ(record.problem, "");
    out.push_back(record.text);
  }
  return out;
}

std::vector<std::string> texts_of(const std::string& file) {
  Corpus corpus(corpus_of({file}), 1);
  return texts(all_records(corpus));
}

TEST(Reader, PlainTextIsALineARecord) {
  const Folder folder;
  const auto file = folder.write("a.txt", "\xEF\xBB\xBFone\r\n\n  two \nthr\u00e9e");
  Corpus corpus(corpus_of({file}), 1);
  const auto records = all_records(corpus);
  EXPECT_EQ(texts(records), (std::vector<std::string>{"one", "", "  two ", "thr\u00e9e"}));
  const auto digest = digest_of_file(file);
  EXPECT_EQ(records[2].id, digest.substr(0, 8) + ":2");
  EXPECT_EQ(records[2].document, records[2].id);
  EXPECT_EQ(records[3].index, 3);
}

TEST(Reader, TheLastLineBreakEndsTheLastRecord) {
  const Folder folder;
  EXPECT_EQ(texts_of(folder.write("a.txt", "one\ntwo\n")).size(), 2u);
  EXPECT_EQ(texts_of(folder.write("b.txt", "one\ntwo")).size(), 2u);
  EXPECT_EQ(texts_of(folder.write("c.txt", "one\ntwo\n\n")).size(), 3u);
}

TEST(Reader, JsonFields) {
  const Folder folder;
  auto entry = corpus_of({folder.write(
      "a.jsonl",
      R"({"id": 7, "document": "d", "text": "a\u0000\u00e9\n", "n": 0.1, "deep": [{"id": [1]}]}
{"text": "", "id": null, "n": true}

  
{"input_ids": [3, 0, 2147483647], "id": "x \u2713", "n": -12}
{"input_ids": null, "text": "t", "document": 18446744073709551615, "n": "s"})")});
  entry.covariates = {"n"};
  Corpus corpus(entry, 1);
  const auto r = all_records(corpus);
  ASSERT_EQ(r.size(), 4u);
  for (const auto& record : r) EXPECT_EQ(record.problem, "");
  EXPECT_EQ(r[0].id, "7");
  EXPECT_EQ(r[0].document, "d");
  EXPECT_EQ(r[0].text, std::string("a\0\u00e9\n", 5));
  EXPECT_EQ(r[0].covariates, std::vector<std::string>{"0.1"});
  EXPECT_EQ(r[1].id, digest_of_file(entry.files[0]).substr(0, 8) + ":1");
  EXPECT_EQ(r[1].covariates, std::vector<std::string>{"true"});
  EXPECT_EQ(r[2].id, "x \u2713");
  EXPECT_EQ(r[2].document, r[2].id);
  EXPECT_EQ(r[2].input_ids, (std::vector<std::int32_t>{3, 0, 2147483647}));
  EXPECT_FALSE(r[3].input_ids);
  EXPECT_EQ(r[3].document, "18446744073709551615");
  EXPECT_EQ(corpus.first_look().problems, std::vector<std::string>{});
  EXPECT_TRUE(corpus.first_look().needs_tokenizer);
}

TEST(Reader, MappedFieldsFallBackWhereARecordLacksThem) {
  const Folder folder;
  auto entry =
      corpus_of({folder.write("a.json",
                              "{\"body\":\"b\",\"key\":\"k\",\"book\":\"w\",\"toks\":[1]}\n"
                              "{\"body\":\"c\",\"id\":\"unused\"}\n")});
  entry.fields.text = "body";
  entry.fields.id = "key";
  entry.fields.document = "book";
  entry.fields.input_ids = "toks";
  entry.covariates = {};
  Corpus corpus(entry, 1);
  const auto r = all_records(corpus);
  EXPECT_EQ(r[0].id, "k");
  EXPECT_EQ(r[0].document, "w");
  EXPECT_EQ(r[0].input_ids, std::vector<std::int32_t>{1});
  EXPECT_EQ(r[1].text, "c");
  EXPECT_EQ(r[1].id, digest_of_file(entry.files[0]).substr(0, 8) + ":1");
}

class Compressed : public testing::TestWithParam<const char*> {};

TEST_P(Compressed, GivesTheSameRecords) {
  const Folder folder;
  const auto lines = numbered_lines(0, 5000);
  const std::string ending = GetParam();
  const auto file = folder.write("a.jsonl" + ending, stored_as(ending, lines));
  EXPECT_EQ(texts_of(file), texts_of(folder.write("plain.jsonl", lines)));
  // The digest is of the stored bytes.
  Corpus corpus(corpus_of({file}), 1);
  const auto index = corpus.build_index();
  EXPECT_EQ(index.files[0].digest, digest_of_file(file));
  EXPECT_EQ(index.files[0].seekable, ending.empty());
}

TEST_P(Compressed, JoinedStreamsAreRead) {
  const Folder folder;
  const std::string ending = GetParam();
  const auto file =
      folder.write("a.ndjson" + ending, stored_as(ending, numbered_lines(0, 1500)) +
                                            stored_as(ending, numbered_lines(1500, 3000)));
  EXPECT_EQ(texts_of(file), texts_of(folder.write("plain.jsonl", numbered_lines(0, 3000))));
}

INSTANTIATE_TEST_SUITE_P(Reader, Compressed, testing::Values("", ".gz", ".zst", ".xz"));

}  // namespace
}  // namespace attnsweep::corpus
