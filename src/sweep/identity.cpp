#include "sweep/identity.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace attnsweep::sweep {
namespace {

std::string_view name(OnLong rule) {
  switch (rule) {
    case OnLong::truncate: return "truncate";
    case OnLong::drop: return "drop";
    case OnLong::window: return "window";
  }
  return "?";
}

nlohmann::json identity_of(const Study& study, const ModelInput& model, const CorpusInput& corpus,
                           std::int64_t limit) {
  const auto& entry = corpus.entry;
  nlohmann::json json = {{"model", model.model_digest},
                         {"tokenizer", model.tokenizer_digest},
                         {"corpus", corpus.index.digest()},
                         {"precision", study.compute.precision},
                         {"tokens_per_batch", study.compute.tokens_per_batch},
                         {"max_tokens", limit},
                         {"min_tokens", entry.min_tokens},
                         {"on_long", name(entry.on_long)},
                         {"fields.text", entry.fields.text.value_or("text")},
                         {"fields.id", entry.fields.id.value_or("id")},
                         {"fields.document", entry.fields.document.value_or("document")},
                         {"fields.input_ids", entry.fields.input_ids.value_or("input_ids")},
                         {"covariates", entry.covariates}};
  // What came later is there only where it is set: older identities stay equal.
  if (entry.format != CorpusFormat::automatic) json["format"] = name(entry.format);
  if (entry.fields.text_pair) json["fields.text_pair"] = *entry.fields.text_pair;
  if (entry.fields.words) json["fields.words"] = *entry.fields.words;
  if (entry.text_template) json["template"] = *entry.text_template;
  if (entry.chat_template) {
    json["chat_template"] = true;
    json["fields.messages"] = entry.fields.messages.value_or("messages");
  }
  if (entry.on_bad_record == OnBadRecord::skip) json["on_bad_record"] = "skip";
  if (entry.deduplicate) json["deduplicate"] = true;
  if (entry.stratify) json["stratify"] = *entry.stratify;
  if (entry.on_long == OnLong::window) json["stride"] = entry.stride;
  if (entry.sample) json["sample"] = *entry.sample;
  // The seed reaches the rows of a control and the choice of a sample, and nothing else.
  if (entry.sample || !model.entry.control_of.empty()) json["seed"] = study.seed;
  if (!model.entry.control_of.empty()) json["initialisation"] = model.entry.seed_index;
  return json;
}

}  // namespace

CellInfo describe_cell(const Study& study, const ModelInput& model, const CorpusInput& corpus) {
  const auto& architecture = model.files.architecture;
  CellInfo info;
  info.model = model.entry.id;
  info.corpus = corpus.entry.id;
  info.lineage = model.entry.lineage;
  info.control_of = model.entry.control_of;
  info.n_layers = static_cast<int>(architecture.n_layers);
  info.n_heads = static_cast<int>(architecture.n_heads);
  info.hidden_size = architecture.hidden;
  info.n_parameters = model.files.n_parameters;
  info.model_type = architecture.model_type;
  info.layer_types = architecture.layer_types;
  info.unknown_config_keys = model.files.unknown_keys;
  info.token_limit = std::min(corpus.entry.max_tokens, architecture.max_positions);
  info.model_digest = model.model_digest;
  info.tokenizer_digest = model.tokenizer_digest;
  info.corpus_digest = corpus.index.digest();
  info.identity = identity_of(study, model, corpus, info.token_limit).dump();
  info.precision = study.compute.precision;
  info.device = study.compute.device == "auto" ? "cpu" : study.compute.device;
  info.covariates = corpus.entry.covariates;
  return info;
}

std::vector<std::string> differences(const std::string& was, const std::string& is) {
  const auto old_json = nlohmann::json::parse(was, nullptr, false);
  const auto new_json = nlohmann::json::parse(is, nullptr, false);
  if (!old_json.is_object() || !new_json.is_object())
    return {"identity: was " + was + ", is " + is};
  std::set<std::string> keys;
  for (const auto& item : old_json.items()) keys.insert(item.key());
  for (const auto& item : new_json.items()) keys.insert(item.key());
  const auto text = [](const nlohmann::json& json, const std::string& key) {
    if (!json.contains(key)) return std::string("unset");
    const auto value = json[key].is_string() ? json[key].get<std::string>() : json[key].dump();
    return value.size() == 64 ? value.substr(0, 12) + "… (digest)" : value;
  };
  std::vector<std::string> lines;
  for (const auto& key : keys)
    if (!old_json.contains(key) || !new_json.contains(key) || old_json[key] != new_json[key])
      lines.push_back(key + ": was " + text(old_json, key) + ", is " + text(new_json, key));
  return lines;
}

}  // namespace attnsweep::sweep
