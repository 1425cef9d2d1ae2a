// Ids equal those of Python's tokenizers; see tests/reference/make_token_digests.py and
// make_small_tokenizers.py.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/hash.hpp"
#include "corpus/sequences.hpp"
#include "corpus/tokenizer.hpp"
#include "unit/corpus/fixtures.hpp"

namespace attnsweep::corpus {
namespace {

namespace fs = std::filesystem;
const fs::path reference = ATTNSWEEP_TESTS_DIR "/reference";
const fs::path fortunes = "/usr/share/games/fortunes";

fs::path minilm() {
  const char* named = std::getenv("ATTNSWEEP_MODEL");
  return named != nullptr ? fs::path(named)
                          : fs::path(ATTNSWEEP_TESTS_DIR).parent_path() / "models/all-MiniLM-L6-v2";
}

/// Texts of a file of fortunes, as tests/reference/token_texts.py cuts them.
std::vector<std::string> texts_of(const std::string& category) {
  std::vector<std::string> texts;
  std::istringstream in(read_file(fortunes / category) + "\n%");
  std::string text, line;
  bool has_line = false;
  while (std::getline(in, line)) {
    if (line != "%") {
      text += (has_line ? "\n" : "") + line;
      has_line = true;
      continue;
    }
    if (!text.empty()) texts.push_back(std::move(text));
    text.clear();
    has_line = false;
  }
  return texts;
}

void require_fortunes() {
  if (!fs::exists(fortunes / "wisdom"))
    FAIL() << fortunes << " is missing: run jobs/setup.sh first (Debian's fortunes, fortunes-min)";
}

/// A digest over the ids of many texts; token_texts.ids_digest.
class IdsDigest {
 public:
  void add(const std::vector<std::int32_t>& ids) {
    word(static_cast<std::uint32_t>(ids.size()));
    for (const auto id : ids) word(static_cast<std::uint32_t>(id));
  }
  std::string hex() { return digest_.hex(); }

 private:
  void word(std::uint32_t value) {
    char bytes[4];
    for (char& byte : bytes) {
      byte = static_cast<char>(value & 0xFFu);
      value >>= 8;
    }
    digest_.add(std::string_view(bytes, 4));
  }
  Digest digest_;
};

TEST(Tokenizer, MiniLmOnFifteenThousandTexts) {
  require_fortunes();
  if (!fs::exists(minilm() / "tokenizer.json"))
    FAIL() << minilm() << " is missing: run jobs/setup.sh and jobs/fetch_minilm.sh first";
  const Tokenizer tokenizer(minilm());
  EXPECT_EQ(tokenizer.n_special_tokens(), 2);
  EXPECT_EQ(tokenizer.vocabulary_size(), 30522);
  EXPECT_EQ(tokenizer.special_ids(), (std::vector<std::int32_t>{101, 102}));
  std::istringstream expected(read_file(reference / "token_digests.txt"));
  std::string category, file_digest, ids_digest;
  std::size_t n_texts = 0, total = 0;
  while (expected >> category >> n_texts >> file_digest >> ids_digest) {
    ASSERT_EQ(digest_of_file(fortunes / category), file_digest)
        << fortunes / category << " is another file than the one the reference was made of";
    const auto texts = texts_of(category);
    EXPECT_EQ(texts.size(), n_texts) << category;
    IdsDigest digest;
    for (const auto& text : texts) digest.add(tokenizer.encode(text).ids);
    EXPECT_EQ(digest.hex(), ids_digest) << category;
    total += n_texts;
  }
  EXPECT_EQ(total, 15217u);
}

class SmallTokenizer : public testing::TestWithParam<const char*> {
 protected:
  nlohmann::json all_ = nlohmann::json::parse(read_file(reference / "token_references.json"));
  nlohmann::json expected_ = all_["tokenizers"][GetParam()];
  Tokenizer tokenizer_{reference / "tokenizers" / GetParam()};

  std::vector<std::string> sample() const {
    std::vector<std::string> texts;
    for (const auto& part : all_["sample"]) {
      const std::string category = part["category"];
      EXPECT_EQ(digest_of_file(fortunes / category), part["digest"]) << category;
      auto some = texts_of(category);
      some.resize(part["n"]);
      texts.insert(texts.end(), some.begin(), some.end());
    }
    return texts;
  }
};

TEST_P(SmallTokenizer, Describes) {
  EXPECT_EQ(tokenizer_.vocabulary_size(), expected_["vocabulary_size"]);
  EXPECT_EQ(tokenizer_.n_special_tokens(), expected_["n_special"]);
  EXPECT_EQ(tokenizer_.special_ids(), expected_["around_nothing"].get<std::vector<std::int32_t>>());
}

TEST_P(SmallTokenizer, OddTexts) {
  for (const auto& item : expected_["texts"]) {
    const std::string text = item["text"];
    const auto encoded = tokenizer_.encode(text);
    EXPECT_EQ(encoded.ids, item["ids"].get<std::vector<std::int32_t>>()) << item["text"];
    const auto again = tokenizer_.with_special_tokens(tokenizer_.plain_ids(text));
    EXPECT_EQ(again.ids, encoded.ids) << item["text"];
    EXPECT_EQ(again.type_ids, encoded.type_ids);
  }
}

TEST_P(SmallTokenizer, ASampleOfTexts) {
  require_fortunes();
  IdsDigest full, plain;
  for (const auto& text : sample()) {
    full.add(tokenizer_.encode(text).ids);
    plain.add(tokenizer_.plain_ids(text));
  }
  EXPECT_EQ(full.hex(), expected_["sample_digest"]);
  EXPECT_EQ(plain.hex(), expected_["plain_digest"]);
}

TEST_P(SmallTokenizer, WindowsAreThoseOfTruncationWithAStride) {
  require_fortunes();
  SequenceRules rules;
  rules.limit = all_["window"];
  rules.stride = all_["stride"];
  rules.on_long = OnLong::window;
  rules.min_tokens = 0;
  auto texts = sample();
  texts.resize(all_["n_windowed"]);
  std::vector<Record> records(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) records[i].text = texts[i];
  IdsDigest digest;
  const auto windows = make_sequences(records, &tokenizer_, rules);
  for (const auto& window : windows) digest.add(window.ids);
  EXPECT_EQ(windows.size(), expected_["n_windows"]);
  EXPECT_EQ(digest.hex(), expected_["windows_digest"]);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SmallTokenizer,
                         testing::Values("byte_level_bpe", "unigram", "llama_bpe"),
                         [](const auto& at) { return std::string(at.param); });

TEST(Tokenizer, SpecialIdsAreTheNamedOnesAndNeverUnkPadOrMask) {
  const Folder folder;
  folder.write("tokenizer.json", read_file(reference / "tokenizers/llama_bpe/tokenizer.json"));
  EXPECT_EQ(Tokenizer(folder.path("")).special_ids(), std::vector<std::int32_t>{1});
  folder.write("tokenizer_config.json",
               R"({"bos_token": {"content": "<s>"}, "unk_token": "<unk>", "pad_token": "<0x00>",
                   "sep_token": null, "cls_token": "not in the vocabulary"})");
  EXPECT_EQ(Tokenizer(folder.path("")).special_ids(), std::vector<std::int32_t>{1});
  folder.write("special_tokens_map.json", R"({"eos_token": "</s>", "mask_token": "<0x01>"})");
  EXPECT_EQ(Tokenizer(folder.path("")).special_ids(), (std::vector<std::int32_t>{1, 2}));
  folder.write("special_tokens_map.json", "{");
  EXPECT_EQ(message_of([&] { Tokenizer(folder.path("")); }),
            folder.path("special_tokens_map.json") + ": is no valid JSON object");
}

TEST(Tokenizer, BadFilesAreNamed) {
  const Folder folder;
  const auto message = [&] { return message_of([&] { Tokenizer(folder.path("")); }); };
  const auto file = folder.path("tokenizer.json");
  EXPECT_EQ(message(), file + ": No such file or directory (os error 2)");
  folder.write("tokenizer.json", "{\"model\": ");
  EXPECT_EQ(message(), file + ": EOF while parsing a value at line 1 column 10");
  folder.write("tokenizer.json", "[]");
  EXPECT_TRUE(message().starts_with(file + ": ")) << message();
  folder.write("tokenizer.json", R"({"model": {"type": "Unheard"}})");
  EXPECT_TRUE(message().starts_with(file + ": ")) << message();
}

TEST(Tokenizer, ATextThatIsNoUtf8IsRefused) {
  const Tokenizer tokenizer(reference / "tokenizers/unigram");
  const auto message = message_of([&] { tokenizer.encode("ab\xFF"); });
  EXPECT_TRUE(message.ends_with(": the text is not UTF-8: bad byte at 2")) << message;
}

}  // namespace
}  // namespace attnsweep::corpus
