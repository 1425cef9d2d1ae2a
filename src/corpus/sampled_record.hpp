#pragma once
#include <cstddef>

#include "corpus/corpus_index.hpp"

namespace attnsweep::corpus {

/// Leaves at most about `most_bytes` of a record's content and notes the share that is kept. A
/// text is cut between characters.
void cut(SampledRecord& sampled, std::size_t most_bytes);

}  // namespace attnsweep::corpus
