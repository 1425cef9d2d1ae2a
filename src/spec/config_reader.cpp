#include "spec/config_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::spec {
namespace {

// Larger counts are slips, and products of two of them would leave 64 bits.
constexpr std::int64_t kLargestCount = 1 << 30;

/// The value as config.json spells it, cut where it is long.
std::string shown(const nlohmann::json& value) {
  auto text = value.dump();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

bool whole_in(const nlohmann::json& value, std::int64_t low, std::int64_t high) {
  if (!value.is_number_integer()) return false;
  // Beyond 2^63 the signed reading would wrap.
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return false;
  const auto number = value.get<std::int64_t>();
  return number >= low && number <= high;
}

}  // namespace

ConfigReader::ConfigReader(const std::filesystem::path& file) : file_(file) {
  const auto text = read_file(file);
  try {
    json_ = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    throw InputError(file.string() + ": not JSON: " + e.what());
  }
  if (!json_.is_object())
    throw InputError(file.string() + ": expected a JSON object, got " + json_.type_name());
}

const nlohmann::json* ConfigReader::find(const std::string& key) {
  seen_.insert(key);
  const auto it = json_.find(key);
  return it == json_.end() ? nullptr : &*it;
}

void ConfigReader::problem(const std::string& key, const std::string& what) {
  problems_.push_back(file_.string() + ": " + key + ": " + what);
}

void ConfigReader::unexpected(const std::string& key, const nlohmann::json& got,
                              const std::string& expected) {
  problem(key, shown(got) + "; expected " + expected);
}

std::int64_t ConfigReader::count(const std::string& key, std::optional<std::int64_t> fallback) {
  const auto* value = find(key);
  if (!value && fallback) return *fallback;
  if (!value) {
    problem(key, "missing; expected a whole number > 0");
  } else if (!whole_in(*value, 1, kLargestCount)) {
    problem(key, shown(*value) + "; expected a whole number from 1 to 2^30");
  } else {
    return value->get<std::int64_t>();
  }
  return fallback.value_or(1);
}

std::int64_t ConfigReader::id(const std::string& key, std::int64_t fallback) {
  const auto* value = find(key);
  if (!value || value->is_null()) return fallback;
  if (whole_in(*value, fallback < 0 ? -1 : 0, std::numeric_limits<std::int32_t>::max()))
    return value->get<std::int64_t>();
  problem(key, shown(*value) + "; expected a token id ≥ 0");
  return fallback;
}

std::int64_t ConfigReader::from_zero(const std::string& key, std::int64_t fallback) {
  const auto* value = find(key);
  if (!value || value->is_null()) return fallback;
  if (whole_in(*value, 0, kLargestCount)) return value->get<std::int64_t>();
  problem(key, shown(*value) + "; expected a whole number from 0 to 2^30");
  return fallback;
}

double ConfigReader::positive(const std::string& key, double fallback) {
  const auto* value = find(key);
  if (!value) return fallback;
  if (value->is_number() && std::isfinite(value->get<double>()) && value->get<double>() > 0)
    return value->get<double>();
  problem(key, shown(*value) + "; expected a number > 0");
  return fallback;
}

bool ConfigReader::flag(const std::string& key, bool fallback) {
  const auto* value = find(key);
  if (!value || value->is_null()) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  problem(key, shown(*value) + "; expected true or false");
  return fallback;
}

std::string ConfigReader::text(const std::string& key, const std::string& fallback) {
  const auto* value = find(key);
  if (!value || value->is_null()) return fallback;
  if (value->is_string()) return value->get<std::string>();
  problem(key, shown(*value) + "; expected a text");
  return fallback;
}

void ConfigReader::only(const std::string& key, const nlohmann::json& value,
                        const std::string& why) {
  const auto* got = find(key);
  if (got && !got->is_null() && *got != value)
    problem(key, shown(*got) + " is not supported; expected " + value.dump() + " (" + why + ")");
}

void ConfigReader::must_be_empty(const std::string& key, const std::string& why) {
  const auto* got = find(key);
  if (got && !got->is_null() && !(got->is_structured() && got->empty()))
    problem(key, shown(*got) + " is not supported (" + why + ")");
}

void ConfigReader::harmless(const std::string& keys) {
  std::istringstream words(keys);
  for (std::string key; words >> key;) seen_.insert(key);
}

const std::string& ConfigReader::keys_everywhere() {
  static const std::string keys =
      // Where it came from, labels, and how results are returned.
      "_name_or_path name_or_path _commit_hash architectures transformers_version adapters "
      "finetuning_task id2label label2id num_labels _num_labels problem_type task_specific_params "
      "tokenizer_class prefix language license output_attentions output_hidden_states "
      "return_dict return_dict_in_generate output_scores output_past model_max_length "
      "sentence_transformers auto_map "
      // How it was trained, stored and run.
      "torch_dtype dtype torchscript use_bfloat16 tf_legacy_loss gradient_checkpointing use_cache "
      "chunk_size_feed_forward attn_implementation _attn_implementation "
      "_attn_implementation_autoset _attn_implementation_internal classifier_dropout "
      "tie_word_embeddings tie_encoder_decoder "
      // Generation.
      "max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty "
      "temperature top_k top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size "
      "encoder_no_repeat_ngram_size bad_words_ids num_return_sequences forced_bos_token_id "
      "forced_eos_token_id remove_invalid_values exponential_decay_length_penalty suppress_tokens "
      "begin_suppress_tokens decoder_start_token_id cross_attention_hidden_size";
  return keys;
}

void ConfigReader::harmless_everywhere() {
  harmless(keys_everywhere());
  must_be_empty("quantization_config", "weights of 16 bits or more");
  // A family that runs one stack of two has asked for it.
  if (!seen_.contains("is_encoder_decoder"))
    only("is_encoder_decoder", false, "only encoders of one stack");
}

std::vector<std::int32_t> ConfigReader::special_ids() {
  std::set<std::int32_t> ids;
  for (const char* key :
       {"bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id", "pad_token_id"}) {
    const auto* value = find(key);
    if (!value || value->is_null()) continue;
    const auto list = value->is_array() ? *value : nlohmann::json::array({*value});
    for (const auto& one : list) {
      // -1 is how some configurations spell "none".
      if (whole_in(one, -1, -1)) continue;
      if (whole_in(one, 0, std::numeric_limits<std::int32_t>::max()))
        ids.insert(one.get<std::int32_t>());
      else
        problem(key, shown(*value) + "; expected a token id ≥ 0");
    }
  }
  return {ids.begin(), ids.end()};
}

std::vector<std::string> ConfigReader::left_over() const {
  auto keys = nested_left_over_;
  for (const auto& [key, value] : json_.items())
    if (!seen_.contains(key)) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace attnsweep::spec
