#include "corpus/chat_template.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"
#include "corpus/hf_handles.hpp"
#include "corpus/tokenizer_settings.hpp"

namespace attnsweep::corpus {

struct ChatTemplate::State {
  HfHandle<hf_chat_template> handle;
  std::string source, digest;
};

ChatTemplate::ChatTemplate(const std::filesystem::path& folder)
    : state_(std::make_unique<State>()) {
  auto& s = *state_;
  const auto settings = read_tokenizer_settings(folder);
  if (!settings.chat_template)
    throw InputError(folder.string() +
                     ": has no chat template: neither chat_template.jinja nor 'chat_template' in "
                     "tokenizer_config.json" +
                     (settings.other_chat_templates.empty()
                          ? ""
                          : " called default, only: " + settings.other_chat_templates));
  s.source = *settings.chat_template;
  s.digest =
      Digest().add(s.source).add(std::string_view("\0", 1)).add(settings.chat_variables).hex();
  char* error = nullptr;
  auto* raw =
      hf_chat_template_load(s.source.data(), s.source.size(), settings.chat_variables.data(),
                            settings.chat_variables.size(), &error);
  s.handle = hf_checked(raw, error, folder.string() + ": its chat template");
}

ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const std::string& messages) const {
  char* error = nullptr;
  auto* raw =
      hf_chat_template_render(state_->handle.get(), messages.data(), messages.size(), &error);
  return hf_copied(hf_checked(raw, error, "the chat template says").get());
}

const std::string& ChatTemplate::source() const { return state_->source; }
const std::string& ChatTemplate::digest() const { return state_->digest; }

}  // namespace attnsweep::corpus
