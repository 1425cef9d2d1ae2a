#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rows.hpp"
#include "config/study.hpp"
#include "corpus/corpus.hpp"
#include "corpus/sequences.hpp"
#include "corpus/tokenizer.hpp"
#include "spec/model_files.hpp"
#include "sweep/digests.hpp"

namespace attnsweep::sweep {

/// A model of the study that has been looked at (no weights are read).
struct ModelInput {
  ModelEntry entry;
  spec::ModelFiles files;
  bool has_tokenizer = false;
  std::string model_digest, tokenizer_digest;  ///< empty until take_digests
};

/// A corpus of the study that has been looked at.
struct CorpusInput {
  CorpusEntry entry;
  corpus::Corpus corpus;
  corpus::Corpus::Index index;  ///< empty until it is built
};

/// Everything that the study names, on disk.
struct Inputs {
  std::vector<ModelInput> models;
  std::vector<CorpusInput> corpora;
  std::vector<std::string> warnings;
  const ModelInput& model(const std::string& id) const;
  CorpusInput& corpus(const std::string& id);
};

/// Looks at the models alone. Throws InputError with every problem at once.
Inputs look_at_models(const Study& study);

/// Looks at every model (directory, config.json, tensors' names and shapes, tokenizer) and corpus
/// (files, first records). Throws InputError with every problem at once.
Inputs look_at(const Study& study);

/// The files whose bytes make a model what it is: config.json, and the weights of a trained one.
std::vector<std::filesystem::path> model_files_of(const ModelInput& model);
/// tokenizer.json and what says which tokens are special; empty without a tokenizer.
std::vector<std::filesystem::path> tokenizer_files_of(const ModelInput& model);
/// Fills in the digests from the files' digests.
void take_digests(Inputs& inputs,
                  const std::function<std::string(const std::filesystem::path&)>& of);

/// The tokenizer of a model, or null where it has none.
std::unique_ptr<corpus::Tokenizer> load_tokenizer(const ModelInput& model);

/// How the records of a corpus become sequences for a model; `tokenizer` may be null.
corpus::SequenceRules rules_for(const ModelInput& model, const CorpusEntry& corpus,
                                const corpus::Tokenizer* tokenizer);

}  // namespace attnsweep::sweep
