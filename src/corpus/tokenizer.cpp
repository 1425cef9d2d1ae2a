#include "corpus/tokenizer.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "hf/hf.h"

namespace attnsweep::corpus {
namespace {

struct Freed {
  void operator()(hf_tokenizer* p) const { hf_tokenizer_free(p); }
  void operator()(hf_encoding* p) const { hf_encoding_free(p); }
  void operator()(char* p) const { hf_string_free(p); }
};
using TokenizerHandle = std::unique_ptr<hf_tokenizer, Freed>;
using EncodingHandle = std::unique_ptr<hf_encoding, Freed>;

/// Takes over a result or turns the library's message into an InputError that names the file.
/// (`error` by reference: the call that sets it may be the first argument.)
template <class Handle>
Handle checked(typename Handle::pointer raw, char*& error, const std::string& file) {
  const std::unique_ptr<char, Freed> message(std::exchange(error, nullptr));
  if (raw == nullptr)
    throw InputError(file + ": " + (message ? message.get() : "the tokenizer gave no reason"));
  return Handle(raw);
}

Encoding copied(const hf_encoding* raw) {
  const auto n = hf_encoding_size(raw);
  const std::span ids(hf_encoding_ids(raw), n), types(hf_encoding_type_ids(raw), n);
  return {{ids.begin(), ids.end()}, {types.begin(), types.end()}};
}

/// Texts of the tokens that a settings file names as cls, sep, bos or eos.
std::vector<std::string> named_tokens(const std::filesystem::path& file) {
  std::vector<std::string> tokens;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return tokens;
  const auto json = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!json.is_object()) throw InputError(file.string() + ": is no valid JSON object");
  for (const char* key : {"cls_token", "sep_token", "bos_token", "eos_token"}) {
    const auto found = json.find(key);
    if (found == json.end()) continue;
    if (found->is_string()) tokens.push_back(*found);
    if (found->is_object() && found->contains("content") && (*found)["content"].is_string())
      tokens.push_back((*found)["content"]);
  }
  return tokens;
}

}  // namespace

struct Tokenizer::State {
  std::string file;
  TokenizerHandle handle;
  int n_special = 0;
  std::vector<std::int32_t> special_ids;

  EncodingHandle encode(std::string_view text, bool add_special) const {
    char* error = nullptr;
    auto* raw =
        hf_tokenizer_encode(handle.get(), text.data(), text.size(), add_special ? 1 : 0, &error);
    return checked<EncodingHandle>(raw, error, file);
  }

  EncodingHandle with_special(std::span<const std::int32_t> ids) const {
    const std::vector<std::uint32_t> plain_ids(ids.begin(), ids.end());
    char* error = nullptr;
    const auto plain = checked<EncodingHandle>(
        hf_encoding_from_ids(plain_ids.data(), plain_ids.size(), &error), error, file);
    auto* raw = hf_tokenizer_post_process(handle.get(), plain.get(), 0, plain_ids.size(), &error);
    return checked<EncodingHandle>(raw, error, file);
  }
};

Tokenizer::Tokenizer(const std::filesystem::path& folder) : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.file = (folder / "tokenizer.json").string();
  char* error = nullptr;
  s.handle = checked<TokenizerHandle>(hf_tokenizer_load(s.file.c_str(), &error), error, s.file);
  s.n_special = static_cast<int>(hf_tokenizer_n_special(s.handle.get()));

  std::set<std::int32_t> ids;
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"})
    for (const auto& token : named_tokens(folder / name))
      if (const auto id = hf_tokenizer_token_id(s.handle.get(), token.c_str()); id >= 0)
        ids.insert(static_cast<std::int32_t>(id));
  const auto around_nothing = s.with_special({});
  const auto added = copied(around_nothing.get()).ids;
  ids.insert(added.begin(), added.end());
  s.special_ids.assign(ids.begin(), ids.end());
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Encoding Tokenizer::encode(std::string_view text) const {
  return copied(state_->encode(text, true).get());
}

Encoding Tokenizer::encode_plain(std::string_view text) const {
  return copied(state_->encode(text, false).get());
}

Encoding Tokenizer::with_special_tokens(const Encoding& plain) const {
  return copied(state_->with_special(plain.ids).get());
}

int Tokenizer::n_special_tokens() const { return state_->n_special; }

const std::vector<std::int32_t>& Tokenizer::special_ids() const { return state_->special_ids; }

std::int64_t Tokenizer::vocabulary_size() const {
  return static_cast<std::int64_t>(hf_tokenizer_vocabulary_size(state_->handle.get()));
}

}  // namespace attnsweep::corpus
