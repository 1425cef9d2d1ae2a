// The words of a corpus's section.
#include <algorithm>

#include "base/error.hpp"
#include "config/study.hpp"

namespace attnsweep {

std::string_view name(CorpusFormat format) {
  switch (format) {
    case CorpusFormat::automatic: return "auto";
    case CorpusFormat::text: return "text";
    case CorpusFormat::paragraphs: return "paragraphs";
    case CorpusFormat::document: return "document";
    case CorpusFormat::jsonl: return "jsonl";
    case CorpusFormat::json: return "json";
    case CorpusFormat::csv: return "csv";
    case CorpusFormat::tsv: return "tsv";
    case CorpusFormat::parquet: return "parquet";
    case CorpusFormat::dataset: return "dataset";
  }
  throw BugError("an unknown format of a corpus");
}

const std::vector<CorpusFormat>& all_corpus_formats() {
  using enum CorpusFormat;
  static const std::vector<CorpusFormat> all{automatic, text, paragraphs, document, jsonl,
                                             json,      csv,  tsv,        parquet,  dataset};
  return all;
}

const std::vector<std::string>& computed_covariates() {
  static const std::vector<std::string> names{"n_tokens", "type_token_ratio", "mean_word_length",
                                              "compression_ratio", "unigram_surprisal"};
  return names;
}

bool is_computed_covariate(const std::string& name) {
  const auto& names = computed_covariates();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace attnsweep
