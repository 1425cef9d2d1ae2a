#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::corpus {

/// Token ids of one text with what the model's tokenizer adds around it.
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;
};

/// Hugging Face's own tokenizer behind tokenizer.json. Stored truncation and padding are not
/// obeyed. Immutable and safe to share between threads; encodes on the caller's thread.
class Tokenizer {
 public:
  /// Reads folder/tokenizer.json. Throws InputError naming the file and the reason.
  explicit Tokenizer(const std::filesystem::path& folder);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// Ids of `text` (UTF-8), special tokens included.
  Encoding encode(std::string_view text) const;
  /// Ids without special tokens, and how many specials the post-processor puts before and after.
  Encoding encode_plain(std::string_view text) const;
  /// Puts the special tokens around plain ids (a window, a cut text).
  Encoding with_special_tokens(const Encoding& plain) const;
  /// The number of special tokens around a single text.
  int n_special_tokens() const;
  /// Ids of the tokenizer's cls, sep, bos and eos tokens (never unk, pad or mask), sorted: those
  /// named so by tokenizer_config.json or special_tokens_map.json, and those that the
  /// post-processor adds.
  const std::vector<std::int32_t>& special_ids() const;
  std::int64_t vocabulary_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::corpus
