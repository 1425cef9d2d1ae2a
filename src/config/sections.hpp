#pragma once
#include <vector>

#include "config/strict.hpp"
#include "config/study.hpp"

// One reader a section of the study. Each notes its problems and gives what could be read.
namespace attnsweep::config {

std::vector<ModelEntry> read_models(const Value& list);
std::vector<CorpusEntry> read_corpora(const Value& list);
/// norms, heads, special_tokens, observables.
MeasureSet read_measure(StrictMap& study);
ComputeOptions read_compute(const Value& section);
ReduceOptions read_reduce(const Value& section);
RunOptions read_run(const Value& section);

/// Every key that `reduce` has, for suggestions.
std::vector<std::string> reduce_keys();

}  // namespace attnsweep::config
