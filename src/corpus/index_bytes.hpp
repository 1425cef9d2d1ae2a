#pragma once
#include <vector>

#include "corpus/byte_stream.hpp"
#include "corpus/corpus_index.hpp"

namespace attnsweep::corpus {

// Parts of an index as bytes.
void put(ByteWriter& out, const IndexedFile& file);
IndexedFile get_file(ByteReader& in);
void put(ByteWriter& out, const SampledRecord& sampled);
SampledRecord get_sampled(ByteReader& in);

}  // namespace attnsweep::corpus
