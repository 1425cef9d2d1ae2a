// Private to src/archive: the fields of the records that plan files, journals and segments share,
// listed once.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rows.hpp"

namespace attnsweep::archive {

/// Calls use(name, member) for every field of a CellInfo, in the order of the struct. A field
/// added to CellInfo is added here, and is then stored and read everywhere.
template <class Cell, class Use>
void for_each_field(Cell& cell, Use use) {
  use("model", cell.model);
  use("corpus", cell.corpus);
  use("lineage", cell.lineage);
  use("control_of", cell.control_of);
  use("n_layers", cell.n_layers);
  use("n_heads", cell.n_heads);
  use("hidden_size", cell.hidden_size);
  use("n_parameters", cell.n_parameters);
  use("model_type", cell.model_type);
  use("layer_types", cell.layer_types);
  use("token_limit", cell.token_limit);
  use("model_digest", cell.model_digest);
  use("tokenizer_digest", cell.tokenizer_digest);
  use("corpus_digest", cell.corpus_digest);
  use("identity", cell.identity);
  use("precision", cell.precision);
  use("device", cell.device);
  use("covariates", cell.covariates);
  use("unknown_config_keys", cell.unknown_config_keys);
}

/// The minor schema version that brought a field of CellInfo; archives of an earlier one lack it.
inline int field_since(std::string_view name) { return name == "unknown_config_keys" ? 1 : 0; }

/// The four lists of a MeasureSet as names: use(list's name, names).
void for_each_list(
    const MeasureSet& measure,
    const std::function<void(const std::string&, const std::vector<std::string>&)>& use);

/// The MeasureSet whose lists are get("norms"), get("heads"), get("views"), get("observables").
/// Throws std::runtime_error on an unknown name.
MeasureSet measure_from(const std::function<std::vector<std::string>(const std::string&)>& get);

}  // namespace attnsweep::archive
