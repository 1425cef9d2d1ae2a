#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "archive/plan_file.hpp"
#include "config/study.hpp"
#include "corpus/tokenizer.hpp"
#include "model/evaluator.hpp"
#include "sweep/committer.hpp"
#include "sweep/inputs.hpp"

namespace attnsweep::sweep {

/// The engine's options of a study, without a control's seed.
model::EvaluatorOptions evaluator_options(const Study& study);

/// Measures tasks on one rank: records → sequences → packs → forward passes → rows. Keeps the last
/// model loaded.
class Worker {
 public:
  /// `should_stop` is asked between packs.
  Worker(const Study& study, Inputs& inputs, std::function<bool()> should_stop);

  /// Everything of a finished task but its place in the archive; nothing when it was stopped.
  /// Throws InputError when model or corpus cannot be read any more, std::bad_alloc.
  std::optional<FinishedTask> measure(const archive::Task& task, const archive::PlannedCell& cell);

  /// The id of the loaded model, or empty.
  const std::string& loaded() const { return loaded_; }

 private:
  model::Evaluator& evaluator(const ModelInput& model);
  const corpus::Tokenizer* tokenizer(const ModelInput& model);

  const Study& study_;
  Inputs& inputs_;
  std::function<bool()> should_stop_;
  std::string loaded_;
  std::unique_ptr<model::Evaluator> evaluator_;
  std::map<std::string, std::unique_ptr<corpus::Tokenizer>> tokenizers_;  ///< by digest
};

}  // namespace attnsweep::sweep
