#include <iostream>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "base/error.hpp"
#include "config/study.hpp"
#include "sweep/inputs.hpp"

namespace attnsweep::apps {
namespace {

void tell_limits(const Study& study, const sweep::Inputs& inputs) {
  for (const auto& model : inputs.models)
    for (const auto& corpus : study.corpora)
      if (corpus.max_tokens > model.files.architecture.max_positions)
        log::info("corpora." + corpus.id + ".max_tokens: " + std::to_string(corpus.max_tokens) +
                  " is lowered to the " + std::to_string(model.files.architecture.max_positions) +
                  " positions of " + model.entry.id);
}

}  // namespace

int validate_command(const Words& words) {
  CommandLine line("validate", "Check a study file, its models and its corpora; nothing is written",
                   "attnsweep validate study.yaml");
  std::string file;
  Overrides overrides;
  line.app().add_option("STUDY", file, "The study file (YAML)")->required();
  line.app()
      .add_option("--set", overrides, "key=value instead of the file's; repeatable")
      ->allow_extra_args(false);
  if (const auto code = line.parse(words)) return *code;
  const auto study = read_study(file, overrides);
  const auto inputs = sweep::look_at(study);
  for (const auto& warning : inputs.warnings) log::warn(warning);
  tell_limits(study, inputs);
  std::cout << file << ": good: " << study.models.size() << " models, " << study.corpora.size()
            << " corpora, " << study.measure.series().size() << " series of layer differences\n";
  for (const auto& model : inputs.models) {
    const auto& architecture = model.files.architecture;
    std::cout << "  model " << model.entry.id << ": " << architecture.model_type << ", "
              << architecture.n_layers << " layers, " << architecture.n_heads << " heads, "
              << model.files.n_parameters << " parameters"
              << (model.entry.control_of.empty() ? "" : ", untrained") << "\n";
  }
  for (const auto& corpus : inputs.corpora)
    std::cout << "  corpus " << corpus.entry.id << ": " << corpus.corpus.files().size()
              << " files\n";
  return 0;
}

}  // namespace attnsweep::apps
