#include "corpus/covariates.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <zlib.h>

#include "base/error.hpp"
#include "hf/hf.h"

namespace attnsweep::corpus {
namespace {

std::string shortest(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

std::string ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? "" : shortest(static_cast<double>(part) / static_cast<double>(whole));
}

hf_words words_of(std::string_view text) {
  hf_words words{};
  if (hf_count_words(text.data(), text.size(), &words) != 0)
    throw InputError("the text is not UTF-8");
  return words;
}

std::size_t compressed_bytes(std::string_view text) {
  auto size = ::compressBound(text.size());
  std::vector<Bytef> out(size);
  // zlib takes its input as bytes.
  const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
  const int status = ::compress2(out.data(), &size, bytes, text.size(), 6);
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  require(status == Z_OK, "zlib's compress2 returned " + std::to_string(status));
  return size;
}

std::string surprisal(const Sequence& sequence, const TokenCounts& counts) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < sequence.ids.size(); ++i) {
    if (sequence.special[i] != 0) continue;
    sum += counts.surprisal(sequence.ids[i]);
    ++n;
  }
  return n == 0 ? "" : shortest(sum / static_cast<double>(n));
}

/// The same of every sequence of a record.
std::string of_text(const std::string& name, std::string_view text) {
  if (name == "compression_ratio")
    return text.empty() ? "" : ratio(compressed_bytes(text), text.size());
  const auto words = words_of(text);
  return name == "type_token_ratio" ? ratio(words.n_types, words.n_words)
                                    : ratio(words.n_characters, words.n_words);
}

}  // namespace

bool covariates_need_text(const SequenceRules& rules) {
  return std::any_of(rules.covariates.begin(), rules.covariates.end(), [](const auto& name) {
    return is_computed_covariate(name) && name != "n_tokens" && name != "unigram_surprisal";
  });
}

void fill_covariates(std::string_view text, const SequenceRules& rules,
                     std::span<Sequence> sequences) {
  for (std::size_t c = 0; c < rules.covariates.size(); ++c) {
    const auto& name = rules.covariates[c];
    if (!is_computed_covariate(name)) continue;
    const bool of_sequence = name == "n_tokens" || name == "unigram_surprisal";
    const auto shared = of_sequence ? std::string() : of_text(name, text);
    for (auto& sequence : sequences) {
      auto& value = sequence.row.covariates.at(c);
      if (name == "n_tokens")
        value = std::to_string(sequence.row.n_tokens);
      else if (name == "unigram_surprisal")
        value = rules.token_counts ? surprisal(sequence, *rules.token_counts) : std::string();
      else
        value = shared;
    }
  }
}

}  // namespace attnsweep::corpus
