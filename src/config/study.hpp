#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantities.hpp"
#include "base/reduce_options.hpp"

namespace attnsweep {

/// A model of the study. A control with `seeds: n` has been expanded into n entries "<id>.0" …
/// "<id>.<n-1>" by the reader, each with its own `seed_index`.
struct ModelEntry {
  std::string id;
  std::string lineage;
  std::filesystem::path path;  ///< absolute; of a control: its trained model's
  std::string control_of;      ///< id of the trained model; empty for a trained one
  int seed_index = 0;          ///< k of a control
  bool operator==(const ModelEntry&) const = default;
};

/// What happens to a sequence over the limit.
enum class OnLong { truncate, drop, window };

/// How the files of a corpus hold their records; `automatic`: as a file's name tells.
enum class CorpusFormat {
  automatic,
  text,        ///< a line a record
  paragraphs,  ///< records are separated by blank lines
  document,    ///< one file a record
  jsonl,       ///< a JSON object a line
  json,        ///< one JSON array of objects
  csv,         ///< a header row, fields separated by commas
  tsv,         ///< the same with tabs
  parquet,
  dataset,  ///< a folder of the `datasets` library's save_to_disk, or Arrow stream files
};
/// As the study spells it ("auto" for automatic).
std::string_view name(CorpusFormat);
const std::vector<CorpusFormat>& all_corpus_formats();

/// What becomes of a record that cannot be used: `stop` makes it a failed row (and ends the start
/// where it is among the first of its file), `skip` a row that is only counted.
enum class OnBadRecord { stop, skip };

/// Names of the fields of a record. An unset one was not mapped by the user: of text, id, document
/// and input_ids the default name is used where a record has it, of messages with chat_template;
/// the others are used only where they are mapped.
struct FieldMap {
  std::optional<std::string> text, text_pair, words, input_ids, id, document, messages;
  bool operator==(const FieldMap&) const = default;
};

struct CorpusEntry {
  std::string id;
  std::vector<std::string> files;  ///< absolute paths or globs, in the order of the study
  CorpusFormat format = CorpusFormat::automatic;
  FieldMap fields;
  std::vector<std::string> covariates;  ///< fields of the records, or computed ones
  OnBadRecord on_bad_record = OnBadRecord::stop;
  bool deduplicate = false;                  ///< of records with equal content only the first stays
  std::optional<std::string> text_template;  ///< key `template`: the text, with {field}s in it
  bool chat_template = false;                ///< messages become a text by the model's own template
  std::int64_t max_tokens = 512;
  std::int64_t min_tokens = 8;
  OnLong on_long = OnLong::truncate;
  std::int64_t stride = 0;              ///< tokens shared by neighbouring windows
  std::optional<std::int64_t> sample;   ///< this many records by a keyed hash of the id
  std::optional<std::string> stratify;  ///< a covariate: `sample` takes equal shares of its values
  bool operator==(const CorpusEntry&) const = default;
};

/// Covariates that are computed from a text or its tokens: n_tokens, type_token_ratio,
/// mean_word_length, compression_ratio, unigram_surprisal. The names are theirs even where a record
/// has such a field.
const std::vector<std::string>& computed_covariates();
bool is_computed_covariate(const std::string& name);

struct ComputeOptions {
  std::string device = "auto";        ///< auto, cpu, cuda
  std::string precision = "float32";  ///< float32, float64, bfloat16, float16
  int threads = 1;                    ///< of one rank
  std::int64_t tokens_per_batch = 4096;
  bool operator==(const ComputeOptions&) const = default;
};

/// Outside the identity.
struct RunOptions {
  double commit_interval = 0;  ///< seconds; 0: starts at 5 and doubles up to 600
  std::int64_t commit_bytes = 64 << 20;
  bool operator==(const RunOptions&) const = default;
};

/// A study file, read, checked and resolved.
struct Study {
  std::string name;
  std::uint64_t seed = 20251030;
  std::vector<ModelEntry> models;
  std::vector<CorpusEntry> corpora;
  MeasureSet measure;
  ComputeOptions compute;
  ReduceOptions reduce;
  RunOptions run;
  std::filesystem::path file;  ///< where it was read from, as it was given
  bool operator==(const Study&) const = default;
};

/// `key=value` overrides from the command line ("compute.threads=2", "models.0.path=x", value in
/// YAML); a path in one is relative to the current directory.
using Overrides = std::vector<std::string>;

/// Reads and checks a study file. Touches no other file (globs are not expanded, paths not looked
/// at). Throws ConfigError with every problem of the file at once, each
/// "file:line:column: models[1].patth: unknown key; did you mean 'path'?"; an override's place is
/// "--set key=value".
/// Paths: `${VAR}` is the environment's (`$${` a plain "${"), a relative one starts at the file's
/// folder, "." and ".." are taken out by name (no symbolic link is followed). Where the study does
/// not name reduce.primary_norm and does not measure frobenius, it is the first of `norms`.
Study read_study(const std::filesystem::path& file, const Overrides& overrides = {});

/// The resolved study as canonical YAML with every key (of a corpus the optional ones where they
/// are set), which read_study reads back as an equal study. Controls are written as the user wrote
/// them (id, control_of, seeds).
std::string canonical_yaml(const Study& study);

/// Only `seed` and `reduce` of a RUN's study.yaml (an imported run has no models to read), with
/// overrides of the form "reduce.KEY=VALUE". Throws ConfigError.
ReduceOptions read_reduce_options(const std::filesystem::path& file, const Overrides& overrides);

}  // namespace attnsweep
