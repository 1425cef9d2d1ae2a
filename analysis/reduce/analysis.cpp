#include "reduce/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "reduce/multiplicity.hpp"

namespace attnsweep::reduce {
namespace {

HeadResult analyse_head(const Collected& model, const SeriesData& data, const Summary& summary) {
  HeadResult out;
  out.info = model.info;
  out.series = data.series;
  out.head = data.head;
  out.m = data.m;
  out.excluded = data.left_out;
  const Units units = make_units(data.clusters, data.m, summary.options.max_units, summary.seed);
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
  out.interval = t_interval(lambda.value, lambda.se, out.df, summary.options.level);
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

ControlResult against_control(const CorpusData& corpus, const Collected& model,
                              const SeriesData& data, const Collected& control,
                              const SeriesData& control_data, const Summary& summary) {
  const PairDifference pair = compare_models(model, data, control, control_data, corpus.documents,
                                             summary.options, summary.seed);
  ControlResult out;
  out.model = control.info.model;
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

void add_pairs(const CorpusData& corpus, Summary& summary) {
  for (std::size_t i = 0; i < corpus.models.size(); ++i) {
    const Collected& a = corpus.models[i];
    if (!a.info.control_of.empty()) continue;
    for (std::size_t j = i + 1; j < corpus.models.size(); ++j) {
      const Collected& b = corpus.models[j];
      if (!b.info.control_of.empty()) continue;
      for (const SeriesData& data : a.mean) {
        const SeriesData* other = find_series(b, data.series);
        if (!other || data.series.norm != summary.options.primary_norm) continue;
        if (data.m < 2 || other->m < 2) continue;
        summary.pairs.push_back(
            compare_models(a, data, b, *other, corpus.documents, summary.options, summary.seed));
      }
    }
  }
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

void analyse_corpus(const CorpusData& corpus, Summary& summary) {
  // Cells on equally many units share their weights, so they are taken one after the other.
  struct Job {
    const Collected* model;
    const SeriesData* data;
    Units units;
  };
  std::vector<Job> jobs;
  for (const Collected& model : corpus.models) {
    summary.models.push_back({model.info, model.n_rows,
                              static_cast<std::int64_t>(model.keys.size()), model.n_failed,
                              model.n_tokens, model.not_measured});
    for (const auto& [reason, n] : model.affected) summary.excluded[reason] += n;
    for (const SeriesData& data : model.heads)
      summary.heads.push_back(analyse_head(model, data, summary));
    for (const SeriesData& data : model.mean)
      jobs.push_back({&model, &data,
                      make_units(data.clusters, data.m, summary.options.max_units, summary.seed)});
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const Job& a, const Job& b) { return a.units.size < b.units.size; });
  std::unique_ptr<ReplicateWeights> weights;
  for (const Job& job : jobs) {
    if (job.units.size >= 2 && (!weights || weights->units() != job.units.size))
      weights =
          std::make_unique<ReplicateWeights>(summary.seed, job.units.size, summary.n_replicates);
    CellResult cell = start_cell(*job.model, *job.data);
    cell.in_family = in_family(cell.info, measured_views(*job.model), cell.series, summary.options);
    analyse_cell(job.units, job.units.size >= 2 ? weights.get() : nullptr, summary.options, cell);
    for (const Collected& control : corpus.models) {
      if (control.info.control_of != cell.info.model) continue;
      if (const SeriesData* data = find_series(control, cell.series))
        cell.controls.push_back(
            against_control(corpus, *job.model, *job.data, control, *data, summary));
    }
    summary.cells.push_back(std::move(cell));
  }
  add_pairs(corpus, summary);
}

namespace {

CellVerdict verdict_of(const CellResult& cell, bool as_control, const ReduceOptions& options) {
  Evidence e;
  e.documents = std::min(static_cast<double>(cell.n_clusters), cell.j_eff);
  e.points = cell.m;
  e.excluded_share = cell.excluded_share;
  e.stability = cell.stability;
  e.p = cell.in_family ? cell.p_v_adjusted : cell.p_v;
  e.r2_within = cell.r2_within;
  e.control = as_control;
  return judge_cell(cell.curve_verdict, e, options);
}

bool changes(const CellResult& cell, const Sensitivity& s) {
  return s.verdict.v != V::none && s.verdict.v != cell.curve_verdict.v;
}

void add_flags(CellResult& cell, const Summary& summary) {
  const bool trained = cell.info.control_of.empty();
  bool also_untrained = false;
  for (ControlResult& control : cell.controls) {
    for (const CellResult& other : summary.cells) {
      if (other.info.model != control.model || other.info.corpus != cell.info.corpus ||
          other.series != cell.series)
        continue;
      control.drop = other.stats.drop;
      control.v = other.curve_verdict.v;
      control.verdict = verdict_of(other, false, summary.options).verdict;
      also_untrained |=
          control.verdict == cell.verdict.verdict || control.drop >= cell.stats.drop / 2;
    }
  }
  if (also_untrained) cell.flags.push_back("also_untrained");
  if (changes(cell, cell.without_first) || changes(cell, cell.without_last))
    cell.flags.push_back("sensitive_ends");
  if (trained && cell.controls.empty()) cell.flags.push_back("control_missing");
}

}  // namespace

void finish(Summary& summary) {
  std::vector<double> p;
  for (const CellResult& cell : summary.cells)
    if (cell.in_family) p.push_back(cell.p_v);
  const std::vector<double> adjusted = holm(p);
  std::size_t k = 0;
  for (CellResult& cell : summary.cells) {
    if (cell.in_family) {
      const double value = adjusted[k++];
      if (!std::isnan(cell.p_v)) cell.p_v_adjusted = value;
    }
    cell.verdict = verdict_of(cell, !cell.info.control_of.empty(), summary.options);
  }
  for (CellResult& cell : summary.cells) add_flags(cell, summary);
  const auto key = [](const auto& c) {
    return std::tuple(c.info.model, c.info.corpus, c.series.view, c.series.norm);
  };
  std::sort(summary.cells.begin(), summary.cells.end(),
            [&](const CellResult& a, const CellResult& b) { return key(a) < key(b); });
  std::sort(summary.heads.begin(), summary.heads.end(),
            [&](const HeadResult& a, const HeadResult& b) {
              return std::tuple_cat(key(a), std::tuple(a.head)) <
                     std::tuple_cat(key(b), std::tuple(b.head));
            });
  std::sort(summary.models.begin(), summary.models.end(),
            [](const ModelRows& a, const ModelRows& b) {
              return std::tie(a.info.model, a.info.corpus) < std::tie(b.info.model, b.info.corpus);
            });
  std::sort(summary.pairs.begin(), summary.pairs.end(),
            [](const PairDifference& a, const PairDifference& b) {
              return std::tie(a.corpus, a.series, a.model_a, a.model_b) <
                     std::tie(b.corpus, b.series, b.model_a, b.model_b);
            });
  for (CellResult& cell : summary.cells)
    std::sort(cell.controls.begin(), cell.controls.end(),
              [](const ControlResult& a, const ControlResult& b) { return a.model < b.model; });
}

}  // namespace attnsweep::reduce
