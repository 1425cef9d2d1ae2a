#include "corpus/tokenizer.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "corpus/hf_handles.hpp"
#include "corpus/special_frame.hpp"
#include "corpus/tokenizer_settings.hpp"

namespace attnsweep::corpus {
namespace {

std::vector<std::int32_t> ids_of(const hf_encoding* raw) {
  const std::span ids(hf_encoding_ids(raw), hf_encoding_size(raw));
  return {ids.begin(), ids.end()};
}

Encoding copied(const hf_encoding* raw) {
  const std::span types(hf_encoding_type_ids(raw), hf_encoding_size(raw));
  return {ids_of(raw), {types.begin(), types.end()}};
}

}  // namespace

struct Tokenizer::State {
  std::string file;
  HfHandle<hf_tokenizer> handle;
  bool takes_type_ids = true;
  int n_special = 0, n_special_of_pair = 0;
  std::vector<std::int32_t> special_ids;
  std::optional<std::int32_t> bos_id;
  std::optional<SpecialFrame> frame, pair_frame;

  HfHandle<hf_encoding> encode(std::string_view text, bool add_special) const {
    char* error = nullptr;
    auto* raw =
        hf_tokenizer_encode(handle.get(), text.data(), text.size(), add_special ? 1 : 0, &error);
    return hf_checked(raw, error, file);
  }

  std::optional<std::int32_t> id_of(const std::string& token) const {
    const auto id = hf_tokenizer_token_id(handle.get(), token.c_str());
    return id < 0 ? std::nullopt : std::optional(static_cast<std::int32_t>(id));
  }

  /// What the library's post-processing makes of the ids of a text, or of two.
  Encoding processed(const std::vector<Ids>& texts) const {
    std::vector<std::vector<std::uint32_t>> ids;
    for (const auto& text : texts) ids.emplace_back(text.begin(), text.end());
    const bool is_pair = ids.size() == 2;
    char* error = nullptr;
    auto* raw = hf_tokenizer_add_special(handle.get(), ids[0].data(), ids[0].size(),
                                         is_pair ? ids[1].data() : nullptr,
                                         is_pair ? ids[1].size() : 0, is_pair ? 1 : 0, &error);
    auto out = copied(hf_checked(raw, error, file).get());
    if (!takes_type_ids) std::fill(out.type_ids.begin(), out.type_ids.end(), 0);
    return out;
  }
};

Tokenizer::Tokenizer(const std::filesystem::path& folder) : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.file = (folder / "tokenizer.json").string();
  char* error = nullptr;
  s.handle = hf_checked(hf_tokenizer_load(s.file.c_str(), &error), error, s.file);
  s.n_special = static_cast<int>(hf_tokenizer_n_special(s.handle.get(), 0));
  s.n_special_of_pair = static_cast<int>(hf_tokenizer_n_special(s.handle.get(), 1));

  const auto settings = read_tokenizer_settings(folder);
  s.takes_type_ids = settings.takes_type_ids.value_or(true);
  if (settings.bos_token) s.bos_id = s.id_of(*settings.bos_token);
  std::set<std::int32_t> ids;
  for (const auto& token : settings.framing_tokens)
    if (const auto id = s.id_of(token)) ids.insert(*id);
  const auto added = s.processed({Ids()}).ids;
  ids.insert(added.begin(), added.end());
  s.special_ids.assign(ids.begin(), ids.end());

  const auto process = [&s](const std::vector<Ids>& texts) { return s.processed(texts); };
  s.frame = SpecialFrame::of(process, 1);
  s.pair_frame = SpecialFrame::of(process, 2);
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Encoding Tokenizer::encode(std::string_view text) const {
  auto out = copied(state_->encode(text, true).get());
  if (!state_->takes_type_ids) std::fill(out.type_ids.begin(), out.type_ids.end(), 0);
  return out;
}

std::vector<std::int32_t> Tokenizer::plain_ids(std::string_view text) const {
  return ids_of(state_->encode(text, false).get());
}

std::vector<std::int32_t> Tokenizer::plain_ids(const std::vector<std::string>& words) const {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* error = nullptr;
  auto* raw = hf_tokenizer_encode_words(state_->handle.get(), texts.data(), sizes.data(),
                                        words.size(), &error);
  return ids_of(hf_checked(raw, error, state_->file).get());
}

Encoding Tokenizer::with_special_tokens(Ids plain) const {
  return state_->frame ? state_->frame->around({plain}) : state_->processed({plain});
}

Encoding Tokenizer::with_special_tokens(Ids first, Ids second) const {
  return state_->pair_frame ? state_->pair_frame->around({first, second})
                            : state_->processed({first, second});
}

int Tokenizer::n_special_tokens() const { return state_->n_special; }
int Tokenizer::n_special_tokens_of_pair() const { return state_->n_special_of_pair; }

const std::vector<std::int32_t>& Tokenizer::special_ids() const { return state_->special_ids; }

std::optional<std::int32_t> Tokenizer::bos_id() const { return state_->bos_id; }

std::string Tokenizer::token(std::int32_t id) const {
  char* error = nullptr;
  auto* raw = hf_tokenizer_token(state_->handle.get(), static_cast<std::uint32_t>(id), &error);
  return hf_copied(hf_checked(raw, error, state_->file).get());
}

std::int64_t Tokenizer::vocabulary_size() const {
  return static_cast<std::int64_t>(hf_tokenizer_vocabulary_size(state_->handle.get()));
}

}  // namespace attnsweep::corpus
