#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/study.hpp"
#include "corpus/corpus_index.hpp"

namespace attnsweep::corpus {

/// Which words of every record a pass spools for the choice of records.
enum class Column { ids, contents, categories };

/// A record that may be among those which predict costs: the smaller the hash of its place, the
/// rather it is.
struct Candidate {
  std::uint64_t hash = 0;
  std::int64_t file = 0, number = 0;
  bool has_record = false;  ///< of a file that is not seekable; the others are read later
  SampledRecord sampled;
  bool operator<(const Candidate& other) const { return hash < other.hash; }
};

/// What one worker's pass over its files found; the words lie in spools beside it.
struct ScanPart {
  struct File {
    std::int64_t number = 0;  ///< position among the corpus's files
    std::int64_t begin = 0;   ///< of its words, in records
    IndexedFile indexed;
  };
  std::vector<File> files;
  std::vector<std::string> categories;  ///< values of `stratify`, by the words of its spool
  std::vector<Candidate> candidates;
  std::string to_bytes() const;
  static ScanPart from_bytes(std::string_view bytes);
};

constexpr std::size_t most_candidates = 256;

/// Files of a part, in `folder`.
std::filesystem::path part_file(const std::filesystem::path& folder, int part);
std::filesystem::path spool_file(const std::filesystem::path& folder, int part, Column column);

/// A digest that is known already, or an empty string.
using KnownDigest = std::function<std::string(const std::filesystem::path& file)>;

/// Passes over the files whose positions are `numbers` and writes the part with that number into
/// `folder`. Throws InputError with every file that cannot be read to its end or holds no record.
void scan_files(const CorpusEntry& entry, std::uint64_t study_seed,
                const std::vector<CorpusFile>& files, const std::vector<std::size_t>& numbers,
                const std::filesystem::path& folder, int part, const KnownDigest& known = {});

}  // namespace attnsweep::corpus
