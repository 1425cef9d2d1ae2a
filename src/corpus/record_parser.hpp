#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/study.hpp"
#include "corpus/corpus.hpp"
#include "corpus/field_roles.hpp"
#include "corpus/record_source.hpp"

namespace attnsweep::corpus {

/// The id of a record that has none.
std::string id_of_place(const std::string& file_digest, std::int64_t number);

/// Turns a source's records into Records by the fields of a corpus. Never throws for what a record
/// holds: what is wrong with it stands in Record::problem behind its place.
class RecordParser {
 public:
  explicit RecordParser(const CorpusEntry& entry);

  const Wanted& wanted() const { return roles_.wanted; }

  /// The source's record, with everything but Record::index. `file_digest` is for the id of a
  /// record without one.
  Record parse(RecordSource& source, const CorpusFile& file, const std::string& file_digest);

 private:
  std::string fill(RecordSource& source, Record& record);
  std::string take_content(RecordSource& source, Record& record) const;
  std::string take_text(RecordSource& source, std::size_t at, std::string& text) const;
  std::string take_covariate(RecordSource& source, std::size_t at, std::string& covariate) const;
  std::string take_template(RecordSource& source, Record& record) const;
  std::string missing(RecordSource& source, std::size_t at) const;
  const std::string& name(std::size_t at) const { return roles_.wanted.names[at]; }

  FieldRoles roles_;
  bool skips_;
  std::vector<FieldValue> values_;
};

/// Takes a string, an integer or a cell as a label (an id, a document); leaves `label` alone where
/// there is none. Returns what is wrong with it.
std::string take_label(const FieldValue& value, const std::string& name, std::string& label);

}  // namespace attnsweep::corpus
