#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::corpus {

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

}  // namespace attnsweep::corpus
