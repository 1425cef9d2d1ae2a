#pragma once
// The attention references of tests/reference and what the evaluator gives for the same ids.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/evaluator.hpp"
#include "unit/spec/model_folder.hpp"

namespace attnsweep::test {

/// One sequence of a reference file.
struct ReferenceSequence {
  std::vector<std::int32_t> ids, types;
  std::vector<std::int32_t> at;  ///< sampled indices into n × n, layers × heads × m; empty: all
  std::vector<double> p;
  std::vector<double> norms;  ///< norms × layer pairs: d_i of the head mean; may be missing
  model::SequenceInput input() const { return {ids, types, {}}; }
};

struct AttentionReference {
  std::vector<ReferenceSequence> sequences;
  double float32_error = 0;                ///< of transformers' own float32
  std::vector<double> norm_float32_error;  ///< the same, one a norm
};

inline AttentionReference read_reference(const fs::path& file) {
  const auto tensors = read_tensors(file);
  AttentionReference out;
  out.float32_error = values_of<double>(tensors, "float32_error").at(0);
  out.norm_float32_error = values_of<double>(tensors, "norm_float32_error");
  for (int k = 0;; ++k) {
    const auto name = std::to_string(k);
    ReferenceSequence one;
    one.ids = values_of<std::int32_t>(tensors, name + ".ids");
    if (one.ids.empty()) return out;
    one.types = values_of<std::int32_t>(tensors, name + ".types");
    one.at = values_of<std::int32_t>(tensors, name + ".at");
    one.p = values_of<double>(tensors, name + ".p");
    one.norms = values_of<double>(tensors, name + ".norms");
    out.sequences.push_back(std::move(one));
  }
}

inline std::vector<model::SequenceInput> inputs_of(const std::vector<ReferenceSequence>& all) {
  std::vector<model::SequenceInput> inputs;
  for (const auto& one : all) inputs.push_back(one.input());
  return inputs;
}

/// layers × heads × n × n of every sequence.
inline std::vector<std::vector<double>> attention_of(model::Evaluator& evaluator,
                                                     std::span<const model::SequenceInput> pack) {
  std::vector<std::vector<double>> out(pack.size());
  evaluator.attention(pack, [&](int, std::size_t s, int, std::span<const double> p) {
    out[s].insert(out[s].end(), p.begin(), p.end());
  });
  return out;
}

/// Largest difference of the reference's entries to the whole attention `got`; infinite where the
/// numbers of entries do not fit.
inline double worst_difference(const ReferenceSequence& reference, const std::vector<double>& got) {
  const std::size_t entries = reference.ids.size() * reference.ids.size();
  const std::size_t maps = got.size() / entries;
  const std::size_t per_map = maps == 0 ? 0 : reference.p.size() / maps;
  if (maps == 0 || per_map * maps != reference.p.size() ||
      (reference.at.empty() ? per_map != entries : reference.at.size() != reference.p.size()))
    return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t map = 0; map < maps; ++map)
    for (std::size_t j = 0; j < per_map; ++j) {
      const std::size_t here = map * per_map + j;
      const std::size_t at =
          reference.at.empty() ? j : static_cast<std::size_t>(reference.at[here]);
      const double difference = std::abs(got[map * entries + at] - reference.p[here]);
      // Written so that nan is the worst.
      worst = difference <= worst ? worst : difference;
      if (std::isnan(difference)) return difference;
    }
  return worst;
}

inline std::unique_ptr<model::Evaluator> evaluator_of(const fs::path& folder,
                                                      const std::string& precision = "float32",
                                                      bool tensor_operators = false) {
  model::EvaluatorOptions options;
  options.precision = precision;
  options.device = "cpu";
  options.tensor_operators = tensor_operators;
  return model::load_evaluator(spec::read_model_files(folder), options);
}

}  // namespace attnsweep::test
