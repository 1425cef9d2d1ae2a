#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/rows.hpp"
#include "corpus/corpus.hpp"
#include "corpus/record_tokens.hpp"
#include "corpus/sequence_rules.hpp"
#include "corpus/tokenizer.hpp"

namespace attnsweep::corpus {

/// A sequence ready to be measured: `row` carries id, document, counts and, where it must not be
/// measured, the reason; `detail` says more of one that is not measured.
/// ids, type_ids and special are equally long, row.n_tokens of them, except of a dropped sequence,
/// which has none and whose n_tokens is n_full. n_full counts all tokens of the record, special
/// ones included, of a window too. special[i] is 1 where ids[i] is one of the rules' special_ids.
struct Sequence {
  SequenceRow row;
  std::vector<std::int32_t> ids, type_ids;
  std::vector<std::uint8_t> special;
  std::string detail;
};

/// Sequences of a block's records, in record order, windows by k, from their tokens
/// (record_tokens.hpp). A text record without a tokenizer is a bad record. The limit includes the
/// special tokens, which a cut text keeps around its first tokens and every window has of its own;
/// input_ids and chats are taken as they are and cut at the end. Of a pair that is too long the
/// longer text loses its last tokens until both are equally long, then both do (the library's
/// `longest_first`); pairs have no windows. A window shares `stride` tokens with the one before,
/// and none holds only shared ones. Under on_long: window every row's id is "id#k" (a bad record's
/// "id#0"). Throws InputError where limit or stride leave a record no room, or a pair is to be
/// windowed.
std::vector<Sequence> make_sequences(std::span<const Record> records,
                                     std::span<const RecordTokens> tokens,
                                     const Tokenizer* tokenizer, const SequenceRules& rules);
/// The same with tokens_of(records, tokenizer, rules).
std::vector<Sequence> make_sequences(std::span<const Record> records, const Tokenizer* tokenizer,
                                     const SequenceRules& rules);

/// Packs of a block: indices of the measurable sequences, sorted by length (then by order), cut so
/// that a pack holds at most tokens_per_batch tokens; a longer sequence is a pack of its own. A
/// pure function of its arguments.
std::vector<std::vector<std::size_t>> make_packs(std::span<const Sequence> block,
                                                 std::int64_t tokens_per_batch);

}  // namespace attnsweep::corpus
