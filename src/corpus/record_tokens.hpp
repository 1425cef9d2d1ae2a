#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "corpus/corpus.hpp"
#include "corpus/sequence_rules.hpp"
#include "corpus/tokenizer.hpp"

namespace attnsweep::corpus {

/// What a tokenizer puts around the tokens of a record.
enum class Frame : std::uint8_t { none, single, pair };

/// The tokens of a record, before anything is cut or put around them. They depend on the corpus,
/// the tokenizer and the chat template, but on no length, so that models may share them.
struct RecordTokens {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> pair_ids;  ///< of the second text of a pair
  Frame frame = Frame::none;
  std::string problem;  ///< why there are none, else empty
  bool operator==(const RecordTokens&) const = default;
};

/// The text of a record as the tokenizer gets it: by the model's chat template where the record has
/// messages, by the corpus's template, else its own. Words are joined by a space, the texts of a
/// pair by a line break (the tokenizer gets them one by one). Empty where there are only input_ids.
/// Throws InputError where the chat template does not take the messages.
std::string text_of(const Record& record, const SequenceRules& rules);

/// Tokens of records in order: of input_ids as they are (no frame); of a chat without a frame,
/// since the template writes the special tokens. `tokenizer` may be null where all have input_ids.
/// A record with a problem has none.
std::vector<RecordTokens> tokens_of(std::span<const Record> records, const Tokenizer* tokenizer,
                                    const SequenceRules& rules);

/// The same counted: ids without the special ones, of all whole records.
void count_tokens(std::span<const RecordTokens> records, const SequenceRules& rules,
                  TokenCounts& counts);

}  // namespace attnsweep::corpus
