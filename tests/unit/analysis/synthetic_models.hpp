#pragma once
#include <string>
#include <vector>

#include "reduce/collect.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {

inline const nlohmann::json& across_reference() { return reference_file("across_reference.json"); }

/// A sequence of a synthetic model: its log-curve and where it belongs.
struct SyntheticText {
  std::vector<double> g;
  std::string document;
  int n_tokens = 20;
  std::vector<std::string> covariates;
};

/// A straight log-curve of m points.
inline std::vector<double> straight_curve(double lambda, int m) {
  std::vector<double> g;
  for (int i = 0; i < m; ++i) g.push_back(-lambda * i);
  return g;
}

inline std::vector<SequenceRow> rows_of(const std::vector<SyntheticText>& texts) {
  std::vector<SequenceRow> rows;
  for (const SyntheticText& text : texts) {
    SequenceRow row;
    row.id = "r" + std::to_string(rows.size());
    row.document = text.document;
    row.record = static_cast<std::int64_t>(rows.size());
    row.n_tokens = row.n_full = text.n_tokens;
    row.covariates = text.covariates;
    row.values.emplace_back();
    for (double y : text.g) row.values[0].push_back(std::exp(y));
    row.floors.emplace_back(text.g.size(), 1e-12);
    rows.push_back(std::move(row));
  }
  return rows;
}

/// `rows` must outlive the source.
inline RowSource source_of(const std::vector<SequenceRow>& rows) {
  return [&rows](const UseRows& use) { use(rows, {0}); };
}

inline CellInfo synthetic_info(const std::string& model, int n_layers) {
  CellInfo info;
  info.model = model;
  info.corpus = "texts";
  info.n_layers = n_layers;
  info.n_heads = 1;
  info.n_parameters = 1000;
  return info;
}

/// A model collected from its texts.
inline Collected synthetic_model(const CellInfo& info, const std::vector<SyntheticText>& texts,
                                 Documents& documents, const CollectOptions& options = {}) {
  const std::vector<SequenceRow> rows = rows_of(texts);
  return collect(info, {}, source_of(rows), options, documents);
}

/// Models with given λ: lambda[model][sequence], three points each.
inline std::vector<Collected> models_with(const std::vector<std::vector<double>>& lambda,
                                          const std::vector<std::string>& document,
                                          Documents& documents) {
  std::vector<Collected> out;
  for (std::size_t k = 0; k < lambda.size(); ++k) {
    std::vector<SyntheticText> texts;
    for (std::size_t s = 0; s < document.size(); ++s)
      texts.push_back({straight_curve(lambda[k][s], 3), document[s], 20, {}});
    out.push_back(synthetic_model(synthetic_info("m" + std::to_string(k), 4), texts, documents));
  }
  return out;
}

inline std::vector<Member> members_of(const std::vector<Collected>& models) {
  std::vector<Member> out;
  for (const Collected& model : models) out.push_back({&model, &model.mean[0]});
  return out;
}

inline std::vector<std::vector<double>> matrix(const nlohmann::json& rows) {
  std::vector<std::vector<double>> out;
  for (const auto& row : rows) out.push_back(doubles(row));
  return out;
}

}  // namespace attnsweep::reduce
