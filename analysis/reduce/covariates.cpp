#include "reduce/covariates.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "reduce/multiplicity.hpp"

namespace attnsweep::reduce {
namespace {

double two_sided_p(double t, double df) {
  if (std::isnan(t)) return undefined;
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(df), std::fabs(t)));
}

/// Wald's test that the first q slopes are all 0.
double wald_p(const Regression& fit, std::size_t q) {
  const auto n = static_cast<Eigen::Index>(fit.slope.size()), k = static_cast<Eigen::Index>(q);
  const Eigen::Map<const Eigen::MatrixXd> covariance(fit.covariance.data(), n, n);
  const Eigen::Map<const Eigen::VectorXd> slope(fit.slope.data(), n);
  const Eigen::LDLT<Eigen::MatrixXd> solver(covariance.topLeftCorner(k, k));
  // The sandwich of few clusters has too few dimensions to test as many slopes.
  constexpr double singular = 1e-12;
  if (!(solver.rcond() > singular)) return undefined;
  const double statistic = slope.head(k).dot(solver.solve(slope.head(k))) / static_cast<double>(q);
  return boost::math::cdf(boost::math::complement(
      boost::math::fisher_f(static_cast<double>(q), fit.df), std::max(statistic, 0.0)));
}

void add_number(const CentredMoments& moments, double level, CovariateResult& out) {
  // One regressor: ln n itself, or a number whose texts are all of one length.
  const bool single = moments.k == 1;
  const Regression alone = regress(moments, {0});
  const Regression with = single ? alone : regress(moments, {0, 1});
  double square = 0;
  for (std::size_t u = 0; u < moments.n_units(); ++u)
    square += moments.zz[u * moments.k * moments.k];
  out.sd = std::sqrt(square / moments.n);
  if (!alone.solved) {
    out.status = "constant";
    return;
  }
  out.slope_alone = alone.slope[0];
  if (!with.solved) {
    out.status = "collinear";
    return;
  }
  out.status = "ok";
  out.slope = with.slope[0];
  out.se = with.se[0];
  out.df = with.df;
  out.interval = t_interval(out.slope, out.se, out.df, level);
  out.r2 = with.r2;
  out.r2_added = with.r2 - (single ? 0 : regress(moments, {1}).r2);
  out.p = two_sided_p(out.slope / out.se, out.df);
}

void add_category(const CentredMoments& moments, double level, CovariateResult& out) {
  const std::size_t ln_n = moments.k - 1;
  const auto most = std::max_element(
      out.levels.begin(), out.levels.end(),
      [](const LevelEffect& a, const LevelEffect& b) { return a.n_sequences < b.n_sequences; });
  const auto reference = static_cast<std::size_t>(most - out.levels.begin());
  std::vector<std::size_t> regressors;
  for (std::size_t k = 0; k < out.levels.size(); ++k)
    if (k != reference) regressors.push_back(k);
  const std::size_t q = regressors.size();
  if (q == 0) {
    out.status = "constant";
    return;
  }
  // Where all texts are of one length, ln n has nothing to add.
  const Regression length = regress(moments, {ln_n});
  if (length.solved) regressors.push_back(ln_n);
  const Regression fit = regress(moments, regressors);
  if (!fit.solved) {
    out.status = "collinear";
    return;
  }
  out.status = "ok";
  out.df = fit.df;
  out.r2 = fit.r2;
  out.r2_added = fit.r2 - (length.solved ? length.r2 : 0);
  out.p = wald_p(fit, q);
  out.levels[reference].difference = 0;
  for (std::size_t k = 0; k < q; ++k) {
    LevelEffect& effect = out.levels[regressors[k]];
    effect.difference = fit.slope[k];
    effect.interval = t_interval(fit.slope[k], fit.se[k], fit.df, level);
  }
}

/// Numbers of a constant ln n: the covariate stands alone.
CentredMoments without_constant_length(const CentredMoments& moments,
                                       const std::string& covariate) {
  if (covariate == "ln_n" || moments.k != 2 || regress(moments, {1}).solved) return moments;
  CentredMoments out = moments;
  out.k = 1;
  out.zz.clear();
  out.zy.clear();
  for (std::size_t u = 0; u < moments.n_units(); ++u) {
    out.zz.push_back(moments.zz[u * 4]);
    out.zy.push_back(moments.zy[u * 2]);
  }
  return out;
}

CovariateResult result_of(const CovariateMoments& from, const CentredMoments& moments,
                          double level) {
  CovariateResult out;
  out.model = from.model;
  out.corpus = from.corpus;
  out.series = from.series;
  out.covariate = from.covariate;
  out.category = from.category;
  out.n_sequences = from.n_sequences;
  out.n_clusters = from.n_clusters;
  out.n_missing = from.n_missing;
  for (std::size_t k = 0; k < from.level_sequences.size(); ++k)
    out.levels.push_back({from.levels[k], from.level_sequences[k], undefined, {}});
  if (from.too_many_levels) {
    out.status = "too many levels";
  } else if (from.n_sequences == 0) {
    out.status = "no sequences";
  } else if (moments.n_units() < 2) {
    out.status = "one document";
  } else if (from.category) {
    add_category(moments, level, out);
  } else {
    add_number(moments, level, out);
  }
  return out;
}

/// The same covariate of several corpora. Levels are united: one that a corpus lacks has indicators
/// of 0 there.
CovariateMoments united(const std::vector<const CovariateMoments*>& parts) {
  CovariateMoments out = *parts[0];
  out.corpus.clear();
  out.n_sequences = out.n_clusters = out.n_missing = 0;
  std::set<std::string> levels;
  for (const CovariateMoments* part : parts) {
    out.n_sequences += part->n_sequences;
    out.n_clusters += part->n_clusters;
    out.n_missing += part->n_missing;
    out.too_many_levels |= part->too_many_levels;
    levels.insert(part->levels.begin(), part->levels.end());
  }
  out.too_many_levels |= levels.size() > most_compared_levels;
  out.levels.assign(levels.begin(), levels.end());
  out.level_sequences.assign(out.levels.size(), 0);
  if (out.too_many_levels) return out;
  std::vector<CentredMoments> widened;
  for (const CovariateMoments* part : parts) {
    if (part->n_sequences == 0) continue;
    std::vector<std::size_t> place;  // of every regressor of the part
    for (std::size_t k = 0; k < part->levels.size(); ++k) {
      place.push_back(
          static_cast<std::size_t>(std::distance(levels.begin(), levels.find(part->levels[k]))));
      out.level_sequences[place.back()] += part->level_sequences[k];
    }
    const std::size_t own = part->moments.k, wide = own - place.size() + levels.size();
    while (place.size() < own) place.push_back(wide - own + place.size());
    widened.push_back(part->moments);
    CentredMoments& w = widened.back();
    w.k = wide;
    w.zz.assign(w.n_units() * wide * wide, 0);
    w.zy.assign(w.n_units() * wide, 0);
    for (std::size_t u = 0; u < w.n_units(); ++u)
      for (std::size_t a = 0; a < own; ++a) {
        w.zy[u * wide + place[a]] = part->moments.zy[u * own + a];
        for (std::size_t b = 0; b < own; ++b)
          w.zz[(u * wide + place[a]) * wide + place[b]] = part->moments.zz[(u * own + a) * own + b];
      }
  }
  std::vector<const CentredMoments*> all;
  for (const CentredMoments& w : widened) all.push_back(&w);
  out.moments = all.empty() ? CentredMoments{} : pooled(all, all[0]->k);
  return out;
}

/// Regressions of one (model, corpus), and Holm over them.
void add_results(const std::vector<const CovariateMoments*>& moments, double level,
                 std::vector<CovariateResult>& out) {
  std::vector<double> p;
  const std::size_t first = out.size();
  for (const CovariateMoments* m : moments) {
    out.push_back(result_of(*m, without_constant_length(m->moments, m->covariate), level));
    if (!std::isnan(out.back().p)) p.push_back(out.back().p);
  }
  const std::vector<double> adjusted = holm(p);
  std::size_t k = 0;
  for (std::size_t r = first; r < out.size(); ++r)
    if (!std::isnan(out[r].p)) out[r].p_adjusted = adjusted[k++];
}

}  // namespace

std::vector<CovariateResult> analyse_covariates(const std::vector<const CovariateMoments*>& moments,
                                                double level) {
  std::vector<CovariateResult> out;
  std::map<std::string, std::vector<const CovariateMoments*>> by_corpus, by_covariate;
  std::vector<std::string> order;
  for (const CovariateMoments* m : moments) {
    by_corpus[m->corpus].push_back(m);
    std::vector<const CovariateMoments*>& same = by_covariate[m->covariate];
    if (same.empty()) order.push_back(m->covariate);
    same.push_back(m);
  }
  for (const auto& [corpus, of_corpus] : by_corpus) add_results(of_corpus, level, out);
  if (by_corpus.size() < 2) return out;
  std::vector<CovariateMoments> all;
  for (const std::string& covariate : order) {
    const auto& parts = by_covariate[covariate];
    // A covariate that is numbers in one corpus and categories in another is two covariates.
    const bool same_kind = std::all_of(parts.begin(), parts.end(), [&](const auto* part) {
      return part->category == parts[0]->category;
    });
    if (parts.size() > 1 && same_kind) all.push_back(united(parts));
  }
  std::vector<const CovariateMoments*> together;
  for (const CovariateMoments& m : all) together.push_back(&m);
  add_results(together, level, out);
  return out;
}

}  // namespace attnsweep::reduce
