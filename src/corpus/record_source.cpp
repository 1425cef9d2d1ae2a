#include "corpus/record_source.hpp"

#include "base/error.hpp"
#include "corpus/sources.hpp"

namespace attnsweep::corpus {

const char* describe(FieldValue::Kind kind) {
  using enum FieldValue::Kind;
  switch (kind) {
    case missing: return "missing";
    case null: return "null";
    case boolean: return "a boolean";
    case integer: return "an integer";
    case real: return "a number with a fraction or exponent";
    case string: return "a string";
    case array: return "an array";
    case object: return "an object";
    case bytes: return "bytes that are no UTF-8";
    case cell: return "a text";
  }
  return "unknown";
}

std::string place_of(const CorpusFile& file, const Mark& mark) {
  return file.path.string() + (mark.line > 0 ? ":" + std::to_string(mark.line)
                                             : ": record " + std::to_string(mark.number));
}

std::unique_ptr<RecordSource> open_records(const CorpusFile& file, const Wanted& wanted,
                                           Digest* digest) {
  switch (file.format) {
    case CorpusFormat::text:
    case CorpusFormat::paragraphs:
    case CorpusFormat::document: return open_text(file, wanted, digest);
    case CorpusFormat::jsonl: return open_json_lines(file, wanted, digest);
    case CorpusFormat::json: return open_json_array(file, wanted, digest);
    case CorpusFormat::csv:
    case CorpusFormat::tsv: return open_csv(file, wanted, digest);
    case CorpusFormat::parquet:
    case CorpusFormat::dataset: return open_table(file, wanted, digest);
    case CorpusFormat::automatic: break;
  }
  throw BugError(file.path.string() + ": its format was never found");
}

}  // namespace attnsweep::corpus
