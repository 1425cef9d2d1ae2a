#pragma once
#include <vector>

#include "reduce/analysis.hpp"

namespace attnsweep::reduce {

/// The model × corpus tables of trained models and the primary norm, one a view; none below two
/// corpora. Cells and the comparison with depth are in place.
std::vector<ModelCorpus> model_corpus_tables(const Summary& summary);

}  // namespace attnsweep::reduce
