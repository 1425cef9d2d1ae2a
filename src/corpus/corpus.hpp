#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/study.hpp"

namespace attnsweep::corpus {

/// Records of a block, of which a task is one or more whole ones.
constexpr std::int64_t records_per_block = 1024;

/// One record of a corpus. Of input_ids, words and text the first that is there is its content,
/// unless template_fields or messages make the text.
struct Record {
  std::int64_t index = 0;  ///< position among the corpus's (sampled) records, from 0
  std::string id, document, text;
  std::optional<std::string> text_pair;           ///< the second sentence of a pair
  std::optional<std::vector<std::string>> words;  ///< a text that is split already
  std::optional<std::vector<std::int32_t>> input_ids;
  std::optional<std::string> messages;                 ///< of a chat: a JSON array of objects
  std::map<std::string, std::string> template_fields;  ///< values of the {field}s of `template`
  /// One an entry of CorpusEntry::covariates, numbers in their shortest form; empty where the
  /// covariate is a computed one.
  std::vector<std::string> covariates;
  /// Why the record is unusable ("corpora/a.jsonl:17: field 'text' is missing; …"); else empty.
  std::string problem;
  bool skipped = false;  ///< the problem is only counted (on_bad_record: skip)
};

/// A corpus of files: plain text (.txt, a line a record), JSONL (.jsonl, .ndjson, .json, an object
/// a line; blank lines are no records); each also .gz, .zst, .xz. Bounded memory: reads forward,
/// and from a sparse offset or the start when asked to go back. A record without an id is
/// "<first 8 digits of its file's digest>:<its number in the file>".
class Corpus {
 public:
  /// Expands globs (sorted by bytes) and checks that each file can be opened. Throws InputError
  /// with every problem at once ("corpora.<id>.files: 'x*.jsonl' matches no file").
  Corpus(const CorpusEntry& entry, std::uint64_t study_seed);
  ~Corpus();
  Corpus(Corpus&&) noexcept;

  const std::vector<std::filesystem::path>& files() const;

  /// Problems of the first three records of each file (and "holds no record"); empty when they are
  /// good.
  std::vector<std::string> first_problems() const;

  /// Whether one of those records is a text, which takes a tokenizer (one with input_ids does not).
  bool first_records_need_tokenizer() const;

  /// What a pass over all files finds; a text form travels between ranks and runs.
  struct Index {
    std::int64_t n_records = 0;             ///< in the files
    std::int64_t n_selected = 0;            ///< after `sample`
    std::int64_t total_text_bytes = 0;      ///< of the selected records' lines, decompressed
    std::vector<std::string> file_digests;  ///< of the stored bytes, one a file
    std::vector<std::int64_t> file_records;
    std::vector<std::vector<std::int64_t>>
        offsets;  ///< byte of each 1024th record; empty: compressed
    std::vector<std::vector<std::int64_t>> lines;  ///< line number of the same records, from 1
    std::vector<std::int64_t> selected;  ///< file-order numbers of sampled records; empty: all
    std::string to_json() const;
    static Index from_json(const std::string& text);
    /// Digest of file digests and order: the corpus's own.
    std::string digest() const;
  };
  /// One pass over the files (hash, count), and with `sample` a second one, which reads the ids.
  /// Throws InputError with every file that cannot be read to its end or holds no record.
  Index build_index() const;

  /// Records [first·1024, (first+n)·1024) of the selected ones. Throws InputError when a file
  /// cannot be read or holds fewer records than `index` says.
  std::vector<Record> read_blocks(const Index& index, std::int64_t first, std::int64_t n);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::corpus
