#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "config/study.hpp"
#include "corpus/corpus.hpp"
#include "corpus/record_reader.hpp"

namespace attnsweep::corpus {

/// Turns a record's line into a Record by the fields of a corpus.
class RecordParser {
 public:
  explicit RecordParser(const CorpusEntry& entry);
  ~RecordParser();

  /// Everything but Record::index. Never throws for what the line holds: what is wrong with it
  /// stands in `problem` behind `file`:line. `digest` is the file's, for the ids of records
  /// without one.
  Record parse(const RawRecord& raw, bool json, const std::string& file,
               const std::string& digest) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::corpus
