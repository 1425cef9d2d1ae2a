#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::corpus {

/// Token ids as a model gets them.
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

  using Ids = std::span<const std::int32_t>;

  /// Ids of `text` (UTF-8), special tokens included.
  Encoding encode(std::string_view text) const;
  /// Ids without special tokens: of a text, or of one that comes in words, which the tokenizer
  /// takes one by one as its library does (`is_pretokenized`).
  std::vector<std::int32_t> plain_ids(std::string_view text) const;
  std::vector<std::int32_t> plain_ids(const std::vector<std::string>& words) const;

  /// Puts the special tokens around plain ids (of a window, a cut text), or around and between
  /// those of a pair. Where tokenizer_config.json says that its model takes no token_type_ids, all
  /// type ids are 0.
  Encoding with_special_tokens(Ids plain) const;
  Encoding with_special_tokens(Ids first, Ids second) const;
  /// How many those are.
  int n_special_tokens() const;
  int n_special_tokens_of_pair() const;

  /// Ids of the tokenizer's cls, sep, bos and eos tokens (never unk, pad or mask), sorted: those
  /// named so by tokenizer_config.json or special_tokens_map.json, and those that the
  /// post-processor adds.
  const std::vector<std::int32_t>& special_ids() const;
  /// The id of the token that those files name bos_token, where they do and it is in the
  /// vocabulary.
  std::optional<std::int32_t> bos_id() const;
  /// The text of a token. Throws InputError where no token has the id.
  std::string token(std::int32_t id) const;
  std::int64_t vocabulary_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::corpus
