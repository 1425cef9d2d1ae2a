#pragma once
// Private to src/model.
#include "model/softmax_rows.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// What q · k is multiplied by in a layer.
double score_factor(const spec::ArchitectureSpec& spec, int layer);

/// The keys that a layer's queries may look at.
Band band_of(const spec::ArchitectureSpec& spec, int layer);

}  // namespace attnsweep::model
