#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace attnsweep::corpus {

/// What stands beside tokenizer.json in a model's folder: tokenizer_config.json,
/// special_tokens_map.json, chat_template.jinja.
struct TokenizerSettings {
  /// Texts of all tokens that either file names as cls, sep, bos or eos.
  std::set<std::string> framing_tokens;
  /// The text of bos_token, where there is one.
  std::optional<std::string> bos_token;
  /// Whether the model takes token_type_ids; unset: the files do not say.
  std::optional<bool> takes_type_ids;
  /// The chat template that transformers takes when none is asked for: chat_template.jinja, else
  /// that of tokenizer_config.json, of named ones the one called default.
  std::optional<std::string> chat_template;
  /// Names of templates where none of them is the default; joined by ", ".
  std::string other_chat_templates;
  /// What a chat template sees, a JSON object: bos_token and its like, additional_special_tokens.
  std::string chat_variables;
};

/// Throws InputError naming a file that is no JSON object.
TokenizerSettings read_tokenizer_settings(const std::filesystem::path& folder);

}  // namespace attnsweep::corpus
