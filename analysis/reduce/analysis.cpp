#include "reduce/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "reduce/parallel.hpp"

namespace attnsweep::reduce {
namespace {

HeadResult analyse_head(const Collected& model, const SeriesData& data,
                        const ReduceOptions& options) {
  HeadResult out;
  out.info = model.info;
  out.series = data.series;
  out.head = data.head;
  out.m = data.m;
  out.excluded = data.left_out;
  const Units& units = data.units;
  out.n_sequences = units.n_sequences;
  out.n_clusters = units.n_clusters;
  if (units.size == 0 || data.m < 2) return out;
  const CurveBasis basis(data.m);
  for (double y : units.total_y) out.g.push_back(y / units.total_n);
  const CurveStats stats = curve_stats(basis, out.g);
  std::vector<double> x(units.size, 0);
  for (std::size_t u = 0; u < units.size; ++u)
    for (int i = 0; i < data.m; ++i) x[u] -= basis.t[i] / basis.s * units.y[u * data.m + i];
  const LinearEstimate lambda = estimate_linear(x, units.n);
  out.lambda = lambda.value;
  out.drop = lambda.value * (data.m - 1);
  out.se = lambda.se;
  out.r2 = stats.r2;
  out.share_positive = units.total_positive / units.total_n;
  if (units.size < 2) return out;
  out.df = units.df();
  out.interval = t_interval(lambda.value, lambda.se, out.df, options.level);
  return out;
}

/// Sequences of the cell that failed or were left out of the fit, as a share of those that should
/// have been in it. Texts too short, or dropped for their length, were never to be measured.
double excluded_share(const Collected& model, const SeriesData& data) {
  double left_out = static_cast<double>(model.n_failed);
  for (const auto& [reason, n] : data.left_out)
    if (reason != "view_too_small") left_out += static_cast<double>(n);
  const double all = left_out + static_cast<double>(data.n_used);
  return all > 0 ? left_out / all : 0;
}

CellResult start_cell(const Collected& model, const SeriesData& data) {
  CellResult cell;
  cell.info = model.info;
  cell.series = data.series;
  cell.m = data.m;
  cell.n_pairs = data.n_pairs;
  cell.censored = data.censored;
  cell.excluded = model.not_measured;
  for (const auto& [reason, n] : data.left_out) cell.excluded[reason] += n;
  cell.excluded_share = excluded_share(model, data);
  return cell;
}

ControlResult against_control(const Documents& documents, const Member& trained,
                              const Member& control, double level) {
  const PairDifference pair = compare_models(trained, control, documents, level);
  ControlResult out;
  out.model = control.model->info.model;
  out.n_sequences = pair.n_sequences;
  out.n_clusters = pair.n_clusters;
  out.drop_difference = pair.drop;
  out.se = pair.drop_se;
  out.df = pair.df;
  out.interval = pair.drop_interval;
  return out;
}

const SeriesData* find_series(const Collected& model, const Series& series) {
  for (const SeriesData& data : model.mean)
    if (data.series == series) return &data;
  return nullptr;
}

MeasureSet measured_views(const Collected& model) {
  MeasureSet out;
  out.views.clear();
  for (const SeriesData& data : model.mean) out.views.push_back(data.series.view);
  return out;
}

}  // namespace

bool in_family(const CellInfo& info, const MeasureSet& measure, const Series& series,
               const ReduceOptions& options) {
  if (!info.control_of.empty() || series.heads != Heads::mean) return false;
  if (series.norm != options.primary_norm) return false;
  const bool has_keep =
      std::find(measure.views.begin(), measure.views.end(), View::keep) != measure.views.end();
  return series.view == View::keep || !has_keep;
}

UnitRule unit_rule(const ReduceOptions& options, std::uint64_t seed) {
  return {options.max_units, seed, options.weights == "document"};
}

namespace {

/// A head-mean cell to be analysed.
struct Job {
  const Collected* model;
  const SeriesData* data;
};

CellResult analyse(const Job& job, const CorpusData& corpus, const ReplicateWeights* weights,
                   const ReduceOptions& options) {
  CellResult cell = start_cell(*job.model, *job.data);
  cell.in_family = in_family(cell.info, measured_views(*job.model), cell.series, options);
  analyse_cell(job.data->units, weights, options, cell);
  for (const Collected& control : corpus.models) {
    if (control.info.control_of != cell.info.model) continue;
    if (const SeriesData* data = find_series(control, cell.series))
      cell.controls.push_back(against_control(corpus.documents, {job.model, job.data},
                                              {&control, data}, options.level));
  }
  return cell;
}

/// Cells on equally many units share their weights, so those are taken together.
void analyse_cells(const CorpusData& corpus, int threads, Summary& summary) {
  std::map<std::size_t, std::vector<Job>> by_units;
  for (const Collected& model : corpus.models)
    for (const SeriesData& data : model.mean) by_units[data.units.size].push_back({&model, &data});
  for (const auto& [units, jobs] : by_units) {
    std::unique_ptr<ReplicateWeights> weights;
    if (units >= 2)
      weights = std::make_unique<ReplicateWeights>(summary.seed, units, summary.n_replicates);
    std::vector<CellResult> cells(jobs.size());
    parallel_for(jobs.size(), threads, [&, &same = jobs](std::size_t k) {
      cells[k] = analyse(same[k], corpus, weights.get(), summary.options);
    });
    std::move(cells.begin(), cells.end(), std::back_inserter(summary.cells));
  }
}

void analyse_heads(const CorpusData& corpus, int threads, Summary& summary) {
  std::vector<Job> jobs;
  for (const Collected& model : corpus.models)
    for (const SeriesData& data : model.heads) jobs.push_back({&model, &data});
  std::vector<HeadResult> heads(jobs.size());
  parallel_for(jobs.size(), threads, [&](std::size_t k) {
    heads[k] = analyse_head(*jobs[k].model, *jobs[k].data, summary.options);
  });
  std::move(heads.begin(), heads.end(), std::back_inserter(summary.heads));
}

}  // namespace

void analyse_corpus(const CorpusData& corpus, int threads, Summary& summary) {
  for (const Collected& model : corpus.models) {
    summary.models.push_back({model.info, model.n_rows,
                              static_cast<std::int64_t>(model.keys->size()), model.n_failed,
                              model.n_tokens, model.not_measured});
    for (const auto& [reason, n] : model.affected) summary.excluded[reason] += n;
  }
  analyse_heads(corpus, threads, summary);
  analyse_cells(corpus, threads, summary);
  compare_corpus(corpus.models, corpus.documents,
                 {summary.options, summary.seed, summary.n_replicates, threads}, summary.across);
}

}  // namespace attnsweep::reduce
