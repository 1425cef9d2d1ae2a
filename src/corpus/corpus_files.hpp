#pragma once
#include <filesystem>
#include <vector>

#include "config/study.hpp"
#include "corpus/record_reader.hpp"

namespace attnsweep::corpus {

/// A file of a corpus.
struct CorpusFile {
  std::filesystem::path path;
  Format format;
};

/// The files that a corpus's paths and globs name: in the order of the study, those of one glob by
/// the bytes of their paths. Throws InputError with every problem at once.
std::vector<CorpusFile> find_files(const CorpusEntry& entry);

}  // namespace attnsweep::corpus
