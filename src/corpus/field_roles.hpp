#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "config/study.hpp"
#include "corpus/record_source.hpp"

namespace attnsweep::corpus {

/// Which fields of a record a corpus wants, and what for.
struct FieldRoles {
  /// Everything that makes a Record.
  explicit FieldRoles(const CorpusEntry& entry);
  /// What the index needs of every record: the id, with `stratify` that covariate, with
  /// `deduplicate` everything that is content.
  static FieldRoles of_index(const CorpusEntry& entry);

  /// One of `wanted.names`; `nowhere` where the corpus has no such role.
  std::size_t text = Wanted::nowhere, text_pair = Wanted::nowhere, words = Wanted::nowhere,
              input_ids = Wanted::nowhere, messages = Wanted::nowhere, id = Wanted::nowhere,
              document = Wanted::nowhere;
  std::vector<std::size_t> covariates;  ///< `nowhere`: a computed one
  std::vector<std::pair<std::string, std::size_t>> template_fields;
  std::vector<std::size_t> content;  ///< all that two equal records share
  Wanted wanted;

 private:
  FieldRoles() = default;
  std::size_t want(const std::string& name);
  void want_content(const CorpusEntry& entry);
};

}  // namespace attnsweep::corpus
