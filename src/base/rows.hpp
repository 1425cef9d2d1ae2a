#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/quantities.hpp"

namespace attnsweep {

/// A cell of the sweep (one model on one corpus): what its rows share. Stored as attributes of the
/// group <model>/<corpus> of every segment and in tasks.json, so that a reader of the archive needs
/// neither the model nor the corpus.
struct CellInfo {
  std::string model;
  std::string corpus;
  std::string lineage;     ///< block in the tests across models; empty: none
  std::string control_of;  ///< the trained model's id when this one is an untrained control
  int n_layers = 0;        ///< L, the number of attention matrices; there are L − 1 pairs
  int n_heads = 0;         ///< H, query heads
  std::int64_t hidden_size = 0;
  std::int64_t n_parameters = 0;
  std::string model_type;                ///< family, config.json's model_type
  std::vector<std::string> layer_types;  ///< L names: "full" or "sliding:W"
  /// Keys of config.json that no family knows: they were passed over.
  std::vector<std::string> unknown_config_keys;
  std::int64_t token_limit =
      0;  ///< min(max_tokens, the model's positions), special tokens included
  std::string model_digest;
  std::string tokenizer_digest;
  std::string corpus_digest;
  std::string identity;   ///< of the cell: the digest of everything that determines its rows
  std::string precision;  ///< float32, float64 …
  std::string device;     ///< cpu, cuda
  std::vector<std::string> covariates;  ///< names, in the order of SequenceRow::covariates
  bool operator==(const CellInfo&) const = default;
};

/// What was measured of one sequence (or why nothing was).
struct SequenceRow {
  std::string id;             ///< the record's id; windows: "id#k"
  std::string document;       ///< its cluster
  std::int64_t record = 0;    ///< position of its record in the corpus (after sampling), from 0
  std::int32_t window = 0;    ///< k of a window, else 0
  std::int32_t n_tokens = 0;  ///< measured tokens, special ones included
  std::int32_t n_full = 0;    ///< tokens before truncation
  Reason reason = Reason::measured;
  std::vector<std::string> covariates;
  /// values[s][i·heads + h]: d of pair i (and head h; heads = 1 for the head mean) in series s of
  /// MeasureSet::series(). Empty unless reason is measured. NaN: a view that cannot be measured.
  std::vector<std::vector<double>> values;
  /// floors[s][…]: the rounding floor φ of each value.
  std::vector<std::vector<double>> floors;
  /// observables[v·n_observables + o][layer]: of the head mean, per view.
  std::vector<std::vector<double>> observables;
  /// Rows of kept mass 0 left out in the dropped view, summed over pairs.
  std::int32_t empty_rows = 0;
};

}  // namespace attnsweep
