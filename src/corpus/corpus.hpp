#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/study.hpp"
#include "corpus/corpus_index.hpp"
#include "corpus/record.hpp"

namespace attnsweep::corpus {

/// A corpus of files, in any format of CorpusFormat. Bounded memory: reads forward, and from a
/// mark of the index or the start when asked to go back. A record without an id is
/// "<first 8 digits of its file's digest>:<its number in the file>".
class Corpus {
 public:
  /// Expands globs and folders and checks that each file can be opened. Throws InputError with
  /// every problem at once ("corpora.<id>.files: 'x*.jsonl' matches no file").
  Corpus(const CorpusEntry& entry, std::uint64_t study_seed);
  /// Files that were found before; touches none of them.
  Corpus(const CorpusEntry& entry, std::uint64_t study_seed, std::vector<CorpusFile> files);
  ~Corpus();
  Corpus(Corpus&&) noexcept;
  Corpus& operator=(Corpus&&) noexcept;

  const std::vector<CorpusFile>& files() const;

  /// What the first three records of each file say.
  struct FirstLook {
    /// Of those records (and "holds no record"); empty when they are good. With `on_bad_record:
    /// skip` bad ones are told only of a file in which all three are.
    std::vector<std::string> problems;
    bool needs_tokenizer = false;  ///< one of them has no input_ids
  };
  FirstLook first_look() const;

  using Index = CorpusIndex;
  /// One pass over the files, by this process alone (index_builder.hpp has the parts that ranks
  /// share). Throws InputError with every file that cannot be read to its end or holds no record,
  /// and for ids that are there twice.
  Index build_index() const;

  /// Records [first·1024, (first+n)·1024) of the selected ones. A reader stays open where it
  /// stands (up to four), so that blocks in growing order cost one pass even of a compressed file;
  /// going back in one starts it again. Throws InputError when a file cannot be read or holds
  /// fewer records than `index` says.
  std::vector<Record> read_blocks(const Index& index, std::int64_t first, std::int64_t n);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::corpus
