#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/file_format.hpp"
#include "corpus/record.hpp"
#include "corpus/record_source.hpp"
#include "corpus/selection.hpp"

namespace attnsweep::corpus {

/// Records of a block, of which a task is one or more whole ones.
constexpr std::int64_t records_per_block = 1024;

/// What the index knows of a file.
struct IndexedFile {
  CorpusFile file;
  std::string digest;  ///< of the stored bytes
  std::int64_t n_records = 0;
  std::int64_t n_bytes = 0;  ///< of the records, decoded
  bool seekable = false;     ///< whether reading may start at a mark
  std::vector<Mark> marks;   ///< of every 1024th record, and one of the end
};

/// A record that stands for many when costs are predicted.
struct SampledRecord {
  Record record;             ///< a very long one is cut
  std::int64_t n_bytes = 0;  ///< of the whole record, decoded
  double kept = 1;           ///< the share of its content that is left in `record`
};

/// What a pass over all files of a corpus finds. It travels between ranks and starts as bytes.
struct CorpusIndex {
  std::vector<IndexedFile> files;
  Selection selection;                ///< what deduplicate, sample and stratify leave
  std::int64_t n_duplicates = 0;      ///< left out by `deduplicate`
  std::vector<SampledRecord> sample;  ///< up to 256 records, chosen by a hash of their place

  std::int64_t n_records() const { return selection.n_records(); }
  std::int64_t n_selected() const { return selection.n_selected(); }
  /// Of all records, decoded.
  std::int64_t n_bytes() const;
  /// Decoded bytes of the selected records of blocks [first, first + n), estimated from the marks.
  double block_bytes(std::int64_t first, std::int64_t n) const;
  /// Digest of the files' digests in their order: the corpus's own.
  std::string digest() const;

  std::string to_bytes() const;
  /// Throws InputError for bytes that are no whole index of this version.
  static CorpusIndex from_bytes(std::string_view bytes);
};

}  // namespace attnsweep::corpus
