#pragma once
#include <string>
#include <vector>

#include "base/rows.hpp"
#include "sweep/inputs.hpp"

namespace attnsweep::sweep {

/// What a cell of the study is: its description with its identity, a JSON object of everything
/// that determines its rows (digests of model, tokenizer and corpus; precision, tokens_per_batch;
/// the rules that make sequences; a control's seed). Norms, heads, views and observables are not
/// part of it, nor are paths, device and threads. The inputs' digests must have been taken.
CellInfo describe_cell(const Study& study, const ModelInput& model, const CorpusInput& corpus);

/// "max_tokens: was 512, is 128" for every key in which two identities differ.
std::vector<std::string> differences(const std::string& was, const std::string& is);

}  // namespace attnsweep::sweep
