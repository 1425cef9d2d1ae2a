// Every bad line is a record with a problem that says where, what was got and what was expected.
#include <gtest/gtest.h>

#include "unit/corpus/fixtures.hpp"

namespace attnsweep::corpus {
namespace {

struct Case {
  const char* name;
  std::string line;
  std::string problem;  ///< behind "file:2: "
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class BadLine : public testing::TestWithParam<Case> {};

TEST_P(BadLine, IsARecordWithAProblem) {
  const Folder folder;
  const auto file = folder.write(
      "a.jsonl", "{\"text\":\"good\"}\n" + GetParam().line + "\n{\"text\":\"good again\"}\n");
  auto entry = corpus_of({file});
  Corpus corpus(entry, 1);
  const auto records = all_records(corpus);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].problem, "");
  EXPECT_EQ(records[1].problem, file + ":2: " + GetParam().problem);
  EXPECT_FALSE(records[1].id.empty());
  EXPECT_EQ(records[2].text, "good again");
  EXPECT_EQ(corpus.first_look().problems, std::vector<std::string>{records[1].problem});
}

const std::string array_expected = ", an array of token ids was expected";
const std::string id_expected = ", an integer from 0 to 2147483647 was expected";

INSTANTIATE_TEST_SUITE_P(
    Corpus, BadLine,
    testing::Values(
        Case{"cut", R"({"text": "a)", "is no valid JSON at byte 11: EOF while parsing a string"},
        Case{"not_utf8", "{\"text\": \"\xff\"}", "byte 11 is no UTF-8"},
        Case{"lone_surrogate", R"({"text": "\ud800"})",
             "is no valid JSON at byte 17: unexpected end of hex escape"},
        Case{"nul", std::string("{\"text\": \"a\0b\"}", 15),
             "a NUL byte stands at byte 12: is it text at all?"},
        Case{"array", R"([{"text": "a"}])", "is an array, a JSON object was expected"},
        Case{"string", R"("a")", "is a string, a JSON object was expected"},
        Case{"trailing", R"({"text": "a"} x)", "is no valid JSON at byte 15: trailing characters"},
        Case{"repeated", R"({"text": "a", "text": "b"})", "the key 'text' stands there twice"},
        Case{"no_text", R"({"id": "a", "txet": "b"})",
             "field 'text' is missing; the record has: id, txet; did you mean 'txet'?"},
        Case{"empty_object", "{}", "field 'text' is missing; the record has: no field"},
        Case{"text_number", R"({"text": 3})", "field 'text' is an integer, a string was expected"},
        Case{"text_null", R"({"text": null})", "field 'text' is null, a string was expected"},
        Case{"id_real", R"({"text": "a", "id": 1.5})",
             "field 'id' is a number with a fraction or exponent, a string or an integer was "
             "expected"},
        Case{"id_empty", R"({"text": "a", "id": ""})", "field 'id' is an empty string"},
        Case{"id_newline", R"({"text": "a", "id": "x\ny"})",
             "field 'id' contains a control character (byte 2)"},
        Case{"id_nul", R"({"text": "a", "id": "x\u0000"})",
             "field 'id' contains a control character (byte 2)"},
        Case{"id_c1", R"({"text": "a", "id": "\u0085"})",
             "field 'id' contains a control character (byte 1)"},
        Case{"id_long", "{\"text\": \"a\", \"id\": \"" + std::string(1025, 'i') + "\"}",
             "field 'id' has 1025 bytes, at most 1024 are allowed"},
        Case{"document_list", R"({"text": "a", "document": ["d"]})",
             "field 'document' is an array, a string or an integer was expected"},
        Case{"ids_string", R"({"input_ids": "1 2"})",
             "field 'input_ids' is a string" + array_expected},
        Case{"ids_negative", R"({"input_ids": [1, -1]})",
             "field 'input_ids': input_ids[1] is -1" + id_expected},
        Case{"ids_large", R"({"input_ids": [2147483648]})",
             "field 'input_ids': input_ids[0] is 2147483648" + id_expected},
        Case{"ids_larger", R"({"input_ids": [18446744073709551615]})",
             "field 'input_ids': input_ids[0] is 18446744073709551615" + id_expected},
        Case{"ids_real", R"({"input_ids": [1, 2, 2.5, "x"]})",
             "field 'input_ids': input_ids[2] is 2.5" + id_expected},
        Case{"ids_nested", R"({"input_ids": [[1, 2], 3]})",
             "field 'input_ids': input_ids[0] is an array" + id_expected},
        Case{"ids_object", R"({"input_ids": [1, {"a": [-5]}, 3]})",
             "field 'input_ids': input_ids[1] is an object" + id_expected}),
    [](const auto& at) { return std::string(at.param.name); });

TEST(BadRecords, ACovariateMustBeThere) {
  const Folder folder;
  const auto file = folder.write("a.jsonl",
                                 "{\"text\":\"a\",\"topc\":1,\"id\":\"kept\"}\n"
                                 "{\"text\":\"a\",\"topic\":null}\n"
                                 "{\"text\":\"a\",\"topic\":{}}\n");
  auto entry = corpus_of({file});
  entry.covariates = {"topic"};
  Corpus corpus(entry, 1);
  const auto r = all_records(corpus);
  EXPECT_EQ(r[0].problem, file +
                              ":1: field 'topic' is missing; the record has: text, topc, id; did "
                              "you mean 'topc'?");
  EXPECT_EQ(r[0].id, "kept");
  EXPECT_EQ(r[1].problem,
            file +
                ":2: field 'topic' is null, a string, a number or a boolean was expected of a "
                "covariate");
  EXPECT_EQ(r[2].problem,
            file +
                ":3: field 'topic' is an object, a string, a number or a boolean was expected "
                "of a covariate");
}

TEST(BadRecords, PlainText) {
  const Folder folder;
  const auto file = folder.write("a.txt", std::string("ok\nb\xE9 d\na\0b\n", 12));
  Corpus corpus(corpus_of({file}), 1);
  const auto r = all_records(corpus);
  ASSERT_EQ(r.size(), 3u);
  EXPECT_EQ(r[1].problem, file + ":2: byte 2 is no UTF-8");
  EXPECT_EQ(r[2].problem, file + ":3: a NUL byte stands at byte 2: is it text at all?");
  auto entry = corpus_of({file});
  entry.covariates = {"topic"};
  Corpus wants_fields(entry, 1);
  EXPECT_EQ(all_records(wants_fields)[0].problem,
            file + ":1: field 'topic' is missing; plain text has no fields");
}

TEST(BadRecords, LinesAreCountedWithTheBlankOnes) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "{\"text\":\"a\"}\n\n";
  const auto file = folder.write("a.jsonl", text + "{}\n");
  Corpus corpus(corpus_of({file}), 1);
  const auto index = corpus.build_index();
  EXPECT_EQ(index.n_records(), 3001);
  // Read from the nearest sparse offset, not from the start.
  const auto r = corpus.read_blocks(index, 2, 1);
  EXPECT_TRUE(r.back().problem.starts_with(file + ":6001: ")) << r.back().problem;
}

}  // namespace
}  // namespace attnsweep::corpus
