// Lengths: truncated, dropped, windowed; texts and input_ids.
#include <gtest/gtest.h>

#include <numeric>

#include "corpus/sequences.hpp"
#include "unit/corpus/fixtures.hpp"

namespace attnsweep::corpus {
namespace {

/// <s> text </s>, ids 0 and 2; see tests/reference/make_small_tokenizers.py.
const Tokenizer& tokenizer() {
  static const Tokenizer loaded(ATTNSWEEP_TESTS_DIR "/reference/tokenizers/byte_level_bpe");
  return loaded;
}

SequenceRules rules(OnLong on_long, std::int64_t limit, std::int64_t stride = 0) {
  SequenceRules out;
  out.on_long = on_long;
  out.limit = limit;
  out.stride = stride;
  out.min_tokens = 4;
  out.special_ids = {0, 2};
  return out;
}

Record text_record(std::string text) {
  Record record;
  record.index = 5;
  record.id = "r";
  record.document = "d";
  record.text = std::move(text);
  record.covariates = {"c"};
  return record;
}

Record ids_record(std::int32_t n) {
  auto record = text_record("");
  record.input_ids.emplace(static_cast<std::size_t>(n));
  std::iota(record.input_ids->begin(), record.input_ids->end(), 100);
  return record;
}

std::vector<Sequence> make(const Record& record, const SequenceRules& r,
                           const Tokenizer* t = &tokenizer()) {
  return make_sequences(std::span(&record, 1), t, r);
}

const std::string long_text = "The quick brown fox jumps over the lazy dog, again and again.";

TEST(Sequences, ATextThatFits) {
  const auto whole = tokenizer().encode(long_text);
  for (const auto on_long : {OnLong::truncate, OnLong::drop, OnLong::window}) {
    const auto s = make(text_record(long_text), rules(on_long, std::ssize(whole.ids)));
    ASSERT_EQ(s.size(), 1u);
    EXPECT_EQ(s[0].ids, whole.ids);
    EXPECT_EQ(s[0].type_ids, whole.type_ids);
    EXPECT_EQ(s[0].row.reason, Reason::measured);
    EXPECT_EQ(s[0].row.n_tokens, std::ssize(whole.ids));
    EXPECT_EQ(s[0].row.n_full, std::ssize(whole.ids));
    EXPECT_EQ(s[0].row.id, on_long == OnLong::window ? "r#0" : "r");
    EXPECT_EQ(s[0].row.document, "d");
    EXPECT_EQ(s[0].row.record, 5);
    EXPECT_EQ(s[0].row.covariates, std::vector<std::string>{"c"});
    std::vector<std::uint8_t> special(whole.ids.size(), 0);
    special.front() = special.back() = 1;
    EXPECT_EQ(s[0].special, special);
  }
}

TEST(Sequences, TruncationKeepsTheFirstTokensBetweenTheSpecialOnes) {
  const auto plain = tokenizer().plain_ids(long_text);
  const auto s = make(text_record(long_text), rules(OnLong::truncate, 10));
  ASSERT_EQ(s.size(), 1u);
  std::vector<std::int32_t> expected{0};
  expected.insert(expected.end(), plain.begin(), plain.begin() + 8);
  expected.push_back(2);
  EXPECT_EQ(s[0].ids, expected);
  EXPECT_EQ(s[0].type_ids, std::vector<std::int32_t>(10, 0));
  EXPECT_EQ(s[0].row.n_tokens, 10);
  EXPECT_EQ(s[0].row.n_full, std::ssize(plain) + 2);
}

TEST(Sequences, DropLeavesARowWithoutTokens) {
  const auto n = std::ssize(tokenizer().encode(long_text).ids);
  const auto s = make(text_record(long_text), rules(OnLong::drop, n - 1));
  ASSERT_EQ(s.size(), 1u);
  EXPECT_EQ(s[0].row.reason, Reason::too_long);
  EXPECT_TRUE(s[0].ids.empty());
  EXPECT_EQ(s[0].row.n_full, n);
  EXPECT_EQ(s[0].detail, std::to_string(n) + " tokens, the limit is " + std::to_string(n - 1));
}

TEST(Sequences, TooShort) {
  const auto s = make(text_record(""), rules(OnLong::truncate, 10));
  ASSERT_EQ(s.size(), 1u);
  EXPECT_EQ(s[0].row.reason, Reason::too_short);
  EXPECT_EQ(s[0].row.n_tokens, 2);
  EXPECT_EQ(s[0].detail, "2 tokens, min_tokens is 4");
  EXPECT_EQ(make(ids_record(3), rules(OnLong::truncate, 10))[0].row.reason, Reason::too_short);
  EXPECT_EQ(make(ids_record(4), rules(OnLong::truncate, 10))[0].row.reason, Reason::measured);
}

TEST(Sequences, InputIdsGetNoSpecialTokensAndAreCutAtTheEnd) {
  const auto record = ids_record(12);
  const auto cut = make(record, rules(OnLong::truncate, 7), nullptr);
  EXPECT_EQ(cut[0].ids, (std::vector<std::int32_t>{100, 101, 102, 103, 104, 105, 106}));
  EXPECT_EQ(cut[0].row.n_full, 12);
  EXPECT_EQ(make(record, rules(OnLong::drop, 11), nullptr)[0].row.reason, Reason::too_long);
  auto r = rules(OnLong::truncate, 12);
  r.special_ids = {101, 111};
  EXPECT_EQ(make(record, r, nullptr)[0].special,
            (std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

/// For every n, room and stride: the windows cover each token in order, neighbours share `stride`
/// tokens (the last one may be shorter, not closer), and the last holds a token of its own.
TEST(Sequences, WindowsCoverAndShare) {
  for (std::int64_t limit = 4; limit <= 9; ++limit)
    for (std::int64_t stride = 0; stride < limit; ++stride)
      for (std::int32_t n = 0; n <= 40; ++n) {
        const auto s = make(ids_record(n), rules(OnLong::window, limit, stride), nullptr);
        std::int32_t next = 100;  // the first id that no window held yet
        for (std::size_t k = 0; k < s.size(); ++k) {
          const auto& ids = s[k].ids;
          EXPECT_EQ(s[k].row.id, numbered("r#", k));
          EXPECT_EQ(s[k].row.window, static_cast<std::int32_t>(k));
          EXPECT_EQ(s[k].row.document, "d");
          EXPECT_EQ(s[k].row.n_full, n);
          EXPECT_LE(std::ssize(ids), limit);
          if (k + 1 < s.size()) {
            EXPECT_EQ(std::ssize(ids), limit);
          }
          if (ids.empty()) continue;
          EXPECT_EQ(ids.front(), k == 0 ? 100 : next - static_cast<std::int32_t>(stride));
          EXPECT_GE(ids.back(), next);
          for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_EQ(ids[i], ids[i - 1] + 1);
          next = ids.back() + 1;
        }
        EXPECT_EQ(next, 100 + n);
        EXPECT_EQ(s.empty(), false);
      }
}

TEST(Sequences, EachWindowOfATextHasItsOwnSpecialTokens) {
  const auto plain = tokenizer().plain_ids(long_text);
  const auto s = make(text_record(long_text), rules(OnLong::window, 8, 2));
  ASSERT_GT(s.size(), 2u);
  std::size_t at = 0;
  for (const auto& window : s) {
    EXPECT_EQ(window.ids.front(), 0);
    EXPECT_EQ(window.ids.back(), 2);
    for (std::size_t i = 1; i + 1 < window.ids.size(); ++i)
      EXPECT_EQ(window.ids[i], plain.at(at + i - 1));
    EXPECT_EQ(window.row.n_full, std::ssize(plain) + 2);
    at += 4;
  }
}

TEST(Sequences, BadRecordsAreRows) {
  auto record = text_record("");
  record.problem = "a.jsonl:3: field 'text' is missing";
  auto s = make(record, rules(OnLong::truncate, 10));
  ASSERT_EQ(s.size(), 1u);
  EXPECT_EQ(s[0].row.reason, Reason::bad_record);
  EXPECT_EQ(s[0].row.id, "r");
  EXPECT_EQ(s[0].detail, record.problem);
  EXPECT_EQ(make(record, rules(OnLong::window, 10))[0].row.id, "r#0");
  s = make(text_record("a text"), rules(OnLong::truncate, 10), nullptr);
  EXPECT_EQ(s[0].row.reason, Reason::bad_record);
  EXPECT_EQ(s[0].detail,
            "record 'r': it is a text, but the model has no tokenizer.json: input_ids were expected");
}

TEST(Sequences, ALimitWithoutRoomIsRefused) {
  EXPECT_EQ(message_of([] { make(text_record("a"), rules(OnLong::truncate, 2)); }),
            "the limit of 2 tokens (max_tokens, or the model's positions) leaves no room beside 2 "
            "special tokens");
  EXPECT_EQ(message_of([] { make(text_record("a"), rules(OnLong::window, 10, 8)); }),
            "stride 8 must lie from 0 to 7, below the 8 tokens that a window has beside its "
            "special ones");
}

}  // namespace
}  // namespace attnsweep::corpus
