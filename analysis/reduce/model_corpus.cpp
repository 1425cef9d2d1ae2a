#include "reduce/model_corpus.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace attnsweep::reduce {
namespace {

/// Means over the models that have every corpus, and what they leave of λ.
void add_means(ModelCorpus& table) {
  const std::size_t n = table.corpora.size();
  std::vector<std::size_t> complete;
  table.model_mean.assign(table.models.size(), undefined);
  table.corpus_mean.assign(n, undefined);
  table.interaction.assign(table.models.size(), std::vector<double>(n, undefined));
  for (std::size_t k = 0; k < table.models.size(); ++k) {
    double sum = 0;
    for (double x : table.lambda[k]) sum += x;
    table.model_mean[k] = sum / static_cast<double>(n);
    if (!std::isnan(sum)) complete.push_back(k);
  }
  if (complete.empty()) return;
  const double rows = static_cast<double>(complete.size());
  table.mean = 0;
  for (std::size_t c = 0; c < n; ++c) {
    double sum = 0;
    for (std::size_t k : complete) sum += table.lambda[k][c];
    table.corpus_mean[c] = sum / rows;
    table.mean += table.corpus_mean[c] / static_cast<double>(n);
  }
  for (std::size_t k : complete)
    for (std::size_t c = 0; c < n; ++c)
      table.interaction[k][c] =
          table.lambda[k][c] - table.model_mean[k] - table.corpus_mean[c] + table.mean;
}

ModelCorpus table_of(const Summary& summary, const Series& series) {
  ModelCorpus out;
  out.series = series;
  std::set<std::string> models, corpora;
  const auto belongs = [&](const CellResult& cell) {
    return cell.info.control_of.empty() && cell.series == series;
  };
  for (const CellResult& cell : summary.cells) {
    if (!belongs(cell)) continue;
    models.insert(cell.info.model);
    corpora.insert(cell.info.corpus);
  }
  out.models.assign(models.begin(), models.end());
  out.corpora.assign(corpora.begin(), corpora.end());
  const std::vector<std::vector<double>> empty(out.models.size(),
                                               std::vector<double>(out.corpora.size(), undefined));
  out.lambda = out.low = out.high = out.drop = out.common = empty;
  const auto place = [](const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  for (const CellResult& cell : summary.cells) {
    if (!belongs(cell)) continue;
    const std::size_t k = place(out.models, cell.info.model);
    const std::size_t c = place(out.corpora, cell.info.corpus);
    out.lambda[k][c] = cell.stats.lambda;
    out.low[k][c] = cell.lambda.chosen(summary.options).low;
    out.high[k][c] = cell.lambda.chosen(summary.options).high;
    out.drop[k][c] = cell.stats.drop;
  }
  for (const DepthResult& depth : summary.across.depth) {
    if (depth.parameters || depth.series != series) continue;
    for (const DepthModel& model : depth.models)
      out.common[place(out.models, model.info.model)][place(out.corpora, depth.corpus)] =
          model.value[static_cast<int>(DepthRow::lambda_all)];
  }
  add_means(out);
  return out;
}

}  // namespace

std::vector<ModelCorpus> model_corpus_tables(const Summary& summary) {
  std::set<Series> all;
  for (const CellResult& cell : summary.cells)
    if (cell.info.control_of.empty() && cell.series.norm == summary.options.primary_norm)
      all.insert(cell.series);
  std::vector<ModelCorpus> out;
  for (const Series& series : all) {
    ModelCorpus table = table_of(summary, series);
    if (table.corpora.size() >= 2) out.push_back(std::move(table));
  }
  return out;
}

}  // namespace attnsweep::reduce
