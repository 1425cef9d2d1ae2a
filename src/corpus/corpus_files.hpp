#pragma once
#include <vector>

#include "config/study.hpp"
#include "corpus/file_format.hpp"

namespace attnsweep::corpus {

/// The files that a corpus's paths, folders and globs name: in the order of the study, those of one
/// glob or folder by the bytes of their paths. A folder is a saved dataset, or stands for every
/// file of a known format below it (with `format` given: for every file), hidden ones left out.
/// Throws InputError with every problem at once.
std::vector<CorpusFile> find_files(const CorpusEntry& entry);

}  // namespace attnsweep::corpus
