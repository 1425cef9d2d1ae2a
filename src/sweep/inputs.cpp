#include "sweep/inputs.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace attnsweep::sweep {
namespace fs = std::filesystem;
namespace {

void add_problems(std::vector<std::string>& problems, const std::string& where,
                  const InputError& error) {
  // The corpus names its own key where that is the mistake.
  for (const auto& problem : error.problems)
    problems.push_back(problem.rfind(where + ".", 0) == 0 ? problem : where + ": " + problem);
}

ModelInput look_at_model(const ModelEntry& entry, std::vector<std::string>& warnings) {
  ModelInput model;
  model.entry = entry;
  model.files = spec::read_model_files(entry.path, entry.control_of.empty());
  if (model.files.architecture.n_layers < 2)
    throw InputError(entry.path.string() + "/config.json: the model has " +
                     std::to_string(model.files.architecture.n_layers) +
                     " layer; a difference of neighbouring layers takes at least 2");
  std::error_code error;
  model.has_tokenizer = fs::exists(entry.path / "tokenizer.json", error);
  load_tokenizer(model);
  std::string unknown;
  for (const auto& key : model.files.unknown_keys) unknown += (unknown.empty() ? "" : ", ") + key;
  if (!unknown.empty())
    warnings.push_back("models." + entry.id + ": " + (entry.path / "config.json").string() +
                       ": never seen before and passed over: " + unknown);
  return model;
}

/// Why the special tokens leave no room for others in a sequence or a window; empty: they do.
std::string no_room(const ModelInput& model, const CorpusEntry& entry) {
  const auto tokenizer = load_tokenizer(model);
  const auto limit = rules_for(model, entry, tokenizer.get()).limit;
  const auto special = tokenizer ? static_cast<std::int64_t>(tokenizer->n_special_tokens()) : 0;
  const auto room = limit - special;
  if (room < 1)
    return "max_tokens: " + std::to_string(limit) + " tokens leave no room beside the " +
           std::to_string(special) + " special tokens of " + model.entry.id;
  if (entry.on_long == OnLong::window && entry.stride >= room)
    return "stride: " + std::to_string(entry.stride) + " is not below the " + std::to_string(room) +
           " tokens that a window of " + model.entry.id + " holds beside its special ones";
  return {};
}

void look_at_models(const Study& study, Inputs& inputs, std::vector<std::string>& problems) {
  for (const auto& entry : study.models) {
    // The controls of one model share its folder: its problems are told once.
    const bool told = !entry.control_of.empty() && entry.seed_index > 0;
    try {
      inputs.models.push_back(look_at_model(entry, inputs.warnings));
    } catch (const InputError& error) {
      if (!told) add_problems(problems, "models." + entry.id, error);
    }
  }
}

void look_at_corpora(const Study& study, Inputs& inputs, std::vector<std::string>& problems) {
  const bool all_have_tokenizers = std::all_of(inputs.models.begin(), inputs.models.end(),
                                               [](const ModelInput& m) { return m.has_tokenizer; });
  for (const auto& entry : study.corpora) {
    try {
      corpus::Corpus corpus(entry, study.seed);
      const auto look = corpus.first_look();
      for (const auto& problem : look.problems)
        problems.push_back("corpora." + entry.id + ": " + problem);
      if (!all_have_tokenizers && look.needs_tokenizer)
        for (const auto& model : inputs.models)
          if (!model.has_tokenizer)
            problems.push_back("models." + model.entry.id + ": " + model.entry.path.string() +
                               ": has no tokenizer.json, and the records of corpora." + entry.id +
                               " are texts; records with input_ids need none");
      for (const auto& model : inputs.models)
        if (const auto problem = no_room(model, entry); !problem.empty())
          problems.push_back("corpora." + entry.id + ": " + problem);
      inputs.corpora.push_back({entry, std::move(corpus), {}});
    } catch (const InputError& error) {
      add_problems(problems, "corpora." + entry.id, error);
    }
  }
}

}  // namespace

const ModelInput& Inputs::model(const std::string& id) const {
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const ModelInput& m) { return m.entry.id == id; });
  require(found != models.end(), "no model '" + id + "' among the inputs");
  return *found;
}

CorpusInput& Inputs::corpus(const std::string& id) {
  const auto found = std::find_if(corpora.begin(), corpora.end(),
                                  [&](const CorpusInput& c) { return c.entry.id == id; });
  require(found != corpora.end(), "no corpus '" + id + "' among the inputs");
  return *found;
}

Inputs look_at_models(const Study& study) {
  Inputs inputs;
  std::vector<std::string> problems;
  look_at_models(study, inputs, problems);
  if (!problems.empty()) throw InputError(problems);
  return inputs;
}

Inputs look_at(const Study& study) {
  Inputs inputs;
  std::vector<std::string> problems;
  look_at_models(study, inputs, problems);
  look_at_corpora(study, inputs, problems);
  if (!problems.empty()) throw InputError(problems);
  return inputs;
}

std::vector<fs::path> model_files_of(const ModelInput& model) {
  std::vector<fs::path> files{model.entry.path / "config.json"};
  if (model.entry.control_of.empty())
    files.insert(files.end(), model.files.weight_files.begin(), model.files.weight_files.end());
  return files;
}

std::vector<fs::path> tokenizer_files_of(const ModelInput& model) {
  std::vector<fs::path> files;
  if (!model.has_tokenizer) return files;
  std::error_code error;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"})
    if (fs::exists(model.entry.path / name, error)) files.push_back(model.entry.path / name);
  return files;
}

void take_digests(Inputs& inputs, const std::function<std::string(const fs::path&)>& of) {
  for (auto& model : inputs.models) {
    Digest digest;
    for (const auto& file : model_files_of(model))
      digest.add(file.filename().string() + "\n" + of(file) + "\n");
    model.model_digest = digest.hex();
    Digest tokenizer;
    for (const auto& file : tokenizer_files_of(model))
      tokenizer.add(file.filename().string() + "\n" + of(file) + "\n");
    model.tokenizer_digest = model.has_tokenizer ? tokenizer.hex() : "none";
  }
}

std::unique_ptr<corpus::Tokenizer> load_tokenizer(const ModelInput& model) {
  return model.has_tokenizer ? std::make_unique<corpus::Tokenizer>(model.entry.path) : nullptr;
}

corpus::SequenceRules rules_for(const ModelInput& model, const CorpusEntry& entry,
                                const corpus::Tokenizer* tokenizer) {
  corpus::SequenceRules rules;
  rules.limit = std::min(entry.max_tokens, model.files.architecture.max_positions);
  rules.min_tokens = entry.min_tokens;
  rules.on_long = entry.on_long;
  rules.stride = entry.stride;
  rules.special_ids = tokenizer != nullptr ? tokenizer->special_ids() : model.files.special_ids;
  std::sort(rules.special_ids.begin(), rules.special_ids.end());
  return rules;
}

}  // namespace attnsweep::sweep
