#include "corpus/tokenizer_settings.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::corpus {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The object in a file; an empty one where there is no file.
Json object_in(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return Json::object();
  auto json = Json::parse(read_file(file), nullptr, false);
  if (!json.is_object()) throw InputError(file.string() + ": is no valid JSON object");
  return json;
}

/// The text of a token, which is stored as it is or with its settings.
std::optional<std::string> token_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object() && json.contains("content") && json["content"].is_string())
    return json["content"].get<std::string>();
  return std::nullopt;
}

std::optional<std::string> token_of(const Json& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::nullopt : token_text(*found);
}

/// config with map's tokens laid over it, unless it lists the added tokens itself (files of before
/// 2023 do not, and the library then trusts the map).
Json united(Json config, const Json& map) {
  if (!config.contains("added_tokens_decoder"))
    for (const auto& [key, value] : map.items()) config[key] = value;
  return config;
}

std::string variables_of(const Json& settings) {
  Json variables = Json::object();
  for (const char* name :
       {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"})
    if (const auto text = token_of(settings, name)) variables[name] = *text;
  if (const auto more = settings.find("additional_special_tokens");
      more != settings.end() && more->is_array() && !more->empty())
    for (const auto& token : *more)
      if (const auto text = token_text(token))
        variables["additional_special_tokens"].push_back(*text);
  if (const auto extra = settings.find("extra_special_tokens");
      extra != settings.end() && extra->is_object())
    for (const auto& [name, token] : extra->items())
      if (const auto text = token_text(token)) variables[name] = *text;
  return variables.dump();
}

void take_chat_template(const fs::path& folder, const Json& config, TokenizerSettings& settings) {
  std::error_code error;
  if (const auto file = folder / "chat_template.jinja"; fs::exists(file, error)) {
    settings.chat_template = read_file(file);
    return;
  }
  const auto found = config.find("chat_template");
  if (found == config.end()) return;
  if (found->is_string()) settings.chat_template = found->get<std::string>();
  if (!found->is_array()) return;
  for (const auto& item : *found) {
    if (!item.is_object()) continue;
    const auto name = token_of(item, "name").value_or("");
    if (name == "default") settings.chat_template = token_of(item, "template");
    settings.other_chat_templates += (settings.other_chat_templates.empty() ? "" : ", ") + name;
  }
}

}  // namespace

TokenizerSettings read_tokenizer_settings(const fs::path& folder) {
  const auto config = object_in(folder / "tokenizer_config.json");
  const auto map = object_in(folder / "special_tokens_map.json");
  TokenizerSettings settings;
  for (const char* name : {"cls_token", "sep_token", "bos_token", "eos_token"})
    for (const auto* file : {&config, &map})
      if (const auto text = token_of(*file, name)) settings.framing_tokens.insert(*text);
  const auto both = united(config, map);
  settings.bos_token = token_of(both, "bos_token");
  if (const auto names = config.find("model_input_names");
      names != config.end() && names->is_array()) {
    settings.takes_type_ids = false;
    for (const auto& name : *names)
      if (name == "token_type_ids") settings.takes_type_ids = true;
  }
  settings.chat_variables = variables_of(both);
  take_chat_template(folder, config, settings);
  return settings;
}

}  // namespace attnsweep::corpus
