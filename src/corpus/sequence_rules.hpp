#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/study.hpp"
#include "config/text_template.hpp"
#include "corpus/chat_template.hpp"
#include "corpus/token_counts.hpp"

namespace attnsweep::corpus {

/// How the records of a corpus become the sequences of a model.
struct SequenceRules {
  std::int64_t limit = 512;  ///< min(max_tokens, the model's positions)
  std::int64_t min_tokens = 8;
  OnLong on_long = OnLong::truncate;
  std::int64_t stride = 0;
  std::vector<std::int32_t> special_ids;     ///< sorted; of the tokenizer, else of config.json
  bool skip_bad = false;                     ///< on_bad_record: skip
  std::vector<TemplatePiece> text_template;  ///< empty: none
  std::shared_ptr<const ChatTemplate> chat_template;  ///< null: none
  /// As in CorpusEntry; the computed ones are filled in.
  std::vector<std::string> covariates;
  /// For unigram_surprisal; without them it stays empty.
  std::shared_ptr<const TokenCounts> token_counts;
};

}  // namespace attnsweep::corpus
