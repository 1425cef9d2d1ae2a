#pragma once
#include <filesystem>
#include <memory>
#include <string>

namespace attnsweep::corpus {

/// A model's own chat template: Jinja, rendered as transformers' apply_chat_template does without
/// tools, documents and a prompt for an answer. `strftime_now` is not there, so that a template
/// that writes the date takes its fixed one: a text does not depend on the day. Immutable and safe
/// to share between threads.
class ChatTemplate {
 public:
  /// The template of a model's folder. Throws InputError where it has none or it is no template.
  explicit ChatTemplate(const std::filesystem::path& folder);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;

  /// The text of a conversation, a JSON array of messages. Throws InputError with what the template
  /// says of one that it does not take.
  std::string render(const std::string& messages) const;

  const std::string& source() const;
  /// Digest of the template and of the tokens that it sees.
  const std::string& digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::corpus
