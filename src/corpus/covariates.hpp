#pragma once
#include <string>
#include <string_view>

#include "corpus/sequence_rules.hpp"
#include "corpus/sequences.hpp"

namespace attnsweep::corpus {

/// Fills in the computed covariates of a record's sequences. `text` is the whole text, also where a
/// sequence holds a part of it; with no word or no text what needs them stays empty.
///
/// - n_tokens: tokens of the sequence, special ones included.
/// - type_token_ratio: words of the text that differ once written in small letters / words. Words
///   lie between the boundaries of Unicode Annex 29 and hold a letter or a digit.
/// - mean_word_length: their mean number of characters.
/// - compression_ratio: bytes that zlib makes of the text at level 6 / its bytes.
/// - unigram_surprisal: mean of −log2 p over the sequence's tokens but the special ones, in bits.
///
/// Numbers are the shortest decimals that read back exactly.
void fill_covariates(std::string_view text, const SequenceRules& rules,
                     std::span<Sequence> sequences);

/// Whether one of them takes the text.
bool covariates_need_text(const SequenceRules& rules);

}  // namespace attnsweep::corpus
