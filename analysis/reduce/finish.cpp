#include <algorithm>
#include <cmath>
#include <tuple>

#include "reduce/analysis.hpp"
#include "reduce/model_corpus.hpp"
#include "reduce/multiplicity.hpp"

namespace attnsweep::reduce {
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

namespace {

void judge(Summary& summary) {
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
    // Beyond the measured depth only where the law is supported.
    for (EffectiveDepth& depth : cell.effective_depth)
      depth.extrapolated = std::isinf(depth.measured.n) && cell.verdict.verdict == V::supported;
  }
}

void sort_all(Summary& summary) {
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
  for (CellResult& cell : summary.cells)
    std::sort(cell.controls.begin(), cell.controls.end(),
              [](const ControlResult& a, const ControlResult& b) { return a.model < b.model; });
  Across& across = summary.across;
  std::sort(across.pairs.begin(), across.pairs.end(),
            [](const PairDifference& a, const PairDifference& b) {
              return std::tie(a.corpus, a.series, a.model_a, a.model_b) <
                     std::tie(b.corpus, b.series, b.model_a, b.model_b);
            });
}

}  // namespace

void finish(Summary& summary) {
  judge(summary);
  for (CellResult& cell : summary.cells) add_flags(cell, summary);
  sort_all(summary);
  finish_covariates(summary.options.level, summary.across);
  summary.across.model_corpus = model_corpus_tables(summary);
}

}  // namespace attnsweep::reduce
