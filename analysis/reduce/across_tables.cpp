#include <cmath>

#include "reduce/table.hpp"
#include "reduce/words.hpp"

namespace attnsweep::reduce {
namespace {

std::string yes_or_no(bool x) { return x ? "true" : "false"; }

/// corpus, norm and view.
void corpus_of(TableBuilder& t, const std::string& corpus, const Series& series) {
  t.text("corpus", "corpus", corpus);
  t.text("norm", "size of a layer difference", std::string(name(series.norm)));
  t.text("view", "tokens in the measured matrix", std::string(name(series.view)));
}

void interval(TableBuilder& t, const std::string& key, const std::string& units,
              const Interval& i) {
  t.number(key + "_low", "lower end of its interval", units, i.low);
  t.number(key + "_high", "upper end of its interval", units, i.high);
}

Table effective_depth_table(const Summary& s) {
  TableBuilder t("effective_depth", "effective depth of a cell");
  for (const CellResult& c : s.cells)
    for (const EffectiveDepth& depth : c.effective_depth) {
      const Reach& reach = depth.shown();
      const double first = s.options.burn_in;
      t.row();
      t.cell(c.info.model, c.info.corpus, c.series);
      t.number("epsilon", "threshold", "1", depth.epsilon);
      t.text("relative", "to the difference at the first point", yes_or_no(depth.relative));
      t.number("n", "layer pair from which on the difference stays below", "layer",
               first + reach.n);
      t.number("n_low", "lower end of its interval", "layer", first + reach.low);
      t.number("n_high", "upper end of its interval", "layer", first + reach.high);
      t.number("last", "last layer pair measured", "layer", first + c.m - 1);
      t.text("extrapolated", "beyond the last layer pair, along the line",
             yes_or_no(depth.extrapolated));
      t.text("unreliable", "an end is one of the outermost replicates",
             yes_or_no(reach.unreliable));
    }
  return t.take();
}

Table pairs_table(const Across& across) {
  TableBuilder t("pairs", "two models on the same texts");
  for (const PairDifference& p : across.pairs) {
    t.row();
    t.text("model_a", "model A", p.model_a);
    t.text("model_b", "model B", p.model_b);
    corpus_of(t, p.corpus, p.series);
    t.number("sequences", "common sequences", "1", double(p.n_sequences));
    t.number("documents", "their documents", "1", double(p.n_clusters));
    t.number("not_common", "sequences used in one of the two, or cut elsewhere", "1",
             double(p.n_not_common));
    t.number("df", "degrees of freedom", "1", p.df);
    t.number("lambda_difference", "lambda of A minus lambda of B", "1/layer", p.lambda);
    interval(t, "lambda_difference", "1/layer", p.lambda_interval);
    t.number("lambda_difference_se", "its standard error", "1/layer", p.lambda_se);
    t.number("drop_difference", "T of A minus T of B", "nat", p.drop);
    interval(t, "drop_difference", "nat", p.drop_interval);
    t.number("drop_difference_se", "its standard error", "nat", p.drop_se);
  }
  return t.take();
}

Table common_table(const Across& across) {
  TableBuilder t("common", "model in the comparison of a corpus");
  for (const CommonInfo& info : across.common) {
    const auto row = [&](const std::string& model, double not_common, const std::string& reason) {
      t.row();
      t.cell(model, info.corpus, info.series);
      t.number("sequences", "sequences common to all compared models", "1",
               double(info.n_sequences));
      t.number("documents", "their documents", "1", double(info.n_clusters));
      t.number("not_common", "sequences used in this model and not in all", "1", not_common);
      t.text("left_out", "why the model is not compared", reason);
    };
    for (const std::string& model : info.models) row(model, double(info.not_common.at(model)), "");
    for (const auto& [model, reason] : info.left_out) row(model, undefined, reason);
  }
  return t.take();
}

std::string against(const DepthResult& d) { return d.parameters ? "parameters" : "depth"; }

Table depth_table(const Across& across) {
  TableBuilder t("depth", "trend over models");
  for (const DepthResult& d : across.depth)
    for (int row = 0; row < n_depth_rows; ++row) {
      const Trend& trend = d.tests.trends[row];
      t.row();
      corpus_of(t, d.corpus, d.series);
      t.text("against", "what the models are ordered by", against(d));
      t.text("quantity", "what is held against it", std::string(name(static_cast<DepthRow>(row))));
      t.number("tau", "Kendall tau-b", "1", trend.tau);
      t.number("p", "one-sided p of a fall", "1", trend.p_falls);
      t.number("p_rises", "one-sided p of a rise", "1", trend.p_rises);
      t.number("p_attainable", "smallest p that these models could give", "1", trend.p_attainable);
      t.number("models", "models", "1", double(d.models.size()));
      t.number("units", "models, or lineages taken as one value", "1", double(d.n_units));
      t.number("permutations", "arrangements compared with", "1", double(d.tests.permutations));
      t.text("exact", "all arrangements", yes_or_no(d.tests.exact));
      t.number("window", "points of the common window", "1", d.windows.points);
      t.text("verdict", "verdict over the rows", d.verdict);
      t.text("separable", "from the other of depth and parameters", yes_or_no(d.separable));
    }
  return t.take();
}

Table depth_models_table(const Across& across) {
  const char* units[] = {"1/layer", "nat", "1/layer", "nat"};
  const char* names[] = {"lambda over all points", "T over all points",
                         "lambda over the common window", "T per relative depth"};
  TableBuilder t("depth_models", "model over the common sequences");
  for (const DepthResult& d : across.depth) {
    if (d.parameters) continue;
    for (const DepthModel& m : d.models) {
      t.row();
      t.cell(m.info.model, d.corpus, d.series);
      t.text("lineage", "lineage", m.info.lineage);
      t.number("n_layers", "layers", "1", m.info.n_layers);
      t.number("n_parameters", "parameters", "1", double(m.info.n_parameters));
      t.number("points", "usable layer pairs", "1", m.m);
      for (int row = 0; row < n_depth_rows; ++row) {
        const std::string key(name(static_cast<DepthRow>(row)));
        t.number(key, names[row], units[row], m.value[row]);
        interval(t, key, units[row], m.interval[row]);
      }
    }
  }
  return t.take();
}

Table variance_table(const Across& across) {
  TableBuilder t("variance", "variance component of lambda");
  for (const VarianceResult& v : across.variance) {
    const auto row = [&](const char* component, const Component& c, const Interval& population,
                         const Interval& population_share) {
      t.row();
      corpus_of(t, v.corpus, v.series);
      t.text("component", "component", component);
      t.number("variance", "variance of lambda", "1/layer2", c.variance);
      interval(t, "variance", "1/layer2", c.interval);
      t.number("share", "share of all components", "1", c.share);
      interval(t, "share", "1", c.share_interval);
      t.text("negative", "negative by moments, set to 0", yes_or_no(c.negative));
      interval(t, "population", "1/layer2", population);
      interval(t, "population_share", "1", population_share);
      t.number("models", "models", "1", double(v.models.size()));
      t.number("documents", "documents", "1", double(v.n_documents));
      t.number("sequences", "sequences", "1", double(v.n_sequences));
    };
    row("model", v.model, v.population_model, v.population_share);
    row("document", v.document, {}, {});
    row("model_document", v.model_document, {}, {});
    if (!v.windows) continue;
    row("text", v.text, {}, {});
    row("model_text", v.model_text, {}, {});
  }
  return t.take();
}

Table heterogeneity_table(const Across& across) {
  TableBuilder t("heterogeneity", "difference of the models of a corpus");
  for (const HeterogeneityResult& h : across.heterogeneity) {
    t.row();
    corpus_of(t, h.corpus, h.series);
    t.number("models", "models", "1", double(h.models.size()));
    t.number("documents", "documents", "1", double(h.n_documents));
    t.number("mean", "mean lambda over models", "1/layer", h.mean);
    t.number("sigma", "standard deviation of lambda over models", "1/layer", h.sigma);
    t.number("cv", "its ratio to the mean", "1", h.cv);
    t.number("t2", "Hotelling's T squared", "1", h.t2);
    t.number("f", "F", "1", h.f);
    t.number("df1", "degrees of freedom of the numerator", "1", h.df1);
    t.number("df2", "degrees of freedom of the denominator", "1", h.df2);
    t.number("p", "p that all lambda are equal", "1", h.p);
    t.text("reason", "why there is no test", h.reason);
  }
  return t.take();
}

Table model_corpus_table(const Across& across) {
  TableBuilder t("model_corpus", "model in a corpus");
  for (const ModelCorpus& m : across.model_corpus)
    for (std::size_t k = 0; k < m.models.size(); ++k)
      for (std::size_t c = 0; c < m.corpora.size(); ++c) {
        t.row();
        t.cell(m.models[k], m.corpora[c], m.series);
        t.number("lambda", "lambda", "1/layer", m.lambda[k][c]);
        t.number("lambda_low", "lower end of its interval", "1/layer", m.low[k][c]);
        t.number("lambda_high", "upper end of its interval", "1/layer", m.high[k][c]);
        t.number("drop", "T", "nat", m.drop[k][c]);
        t.number("lambda_common", "lambda over the common sequences", "1/layer", m.common[k][c]);
        t.number("model_mean", "mean over corpora", "1/layer", m.model_mean[k]);
        t.number("corpus_mean", "mean over models", "1/layer", m.corpus_mean[c]);
        t.number("interaction", "what the means leave", "1/layer", m.interaction[k][c]);
      }
  return t.take();
}

Table covariates_table(const Across& across) {
  TableBuilder t("covariates", "regression of lambda on a covariate");
  for (const CovariateResult& c : across.covariates) {
    t.row();
    t.cell(c.model, c.corpus, c.series);
    t.text("covariate", "covariate", c.covariate);
    t.text("kind", "number or category", c.category ? "category" : "number");
    t.text("status", "ok, or why there are no numbers", c.status);
    t.number("sequences", "sequences", "1", double(c.n_sequences));
    t.number("documents", "documents", "1", double(c.n_clusters));
    t.number("missing", "sequences without a value", "1", double(c.n_missing));
    t.number("slope", "slope beside ln n", "1/layer", c.slope);
    interval(t, "slope", "1/layer", c.interval);
    t.number("se", "its standard error", "1/layer", c.se);
    t.number("df", "degrees of freedom", "1", c.df);
    t.number("slope_alone", "slope without ln n", "1/layer", c.slope_alone);
    t.number("sd", "standard deviation inside a corpus", "1", c.sd);
    t.number("r2", "R squared", "1", c.r2);
    t.number("r2_added", "R squared beyond ln n alone", "1", c.r2_added);
    t.number("p", "p", "1", c.p);
    t.number("p_adjusted", "p after Holm over covariates", "1", c.p_adjusted);
  }
  return t.take();
}

Table levels_table(const Across& across) {
  TableBuilder t("covariate_levels", "level of a category");
  for (const CovariateResult& c : across.covariates)
    for (const LevelEffect& level : c.levels) {
      t.row();
      t.cell(c.model, c.corpus, c.series);
      t.text("covariate", "covariate", c.covariate);
      t.text("level", "level", level.level);
      t.number("sequences", "sequences", "1", double(level.n_sequences));
      t.number("difference", "of lambda, to the most frequent level", "1/layer", level.difference);
      interval(t, "difference", "1/layer", level.interval);
    }
  return t.take();
}

}  // namespace

std::vector<Table> across_tables(const Summary& s) {
  return {effective_depth_table(s),      pairs_table(s.across),        common_table(s.across),
          depth_table(s.across),         depth_models_table(s.across), variance_table(s.across),
          heterogeneity_table(s.across), model_corpus_table(s.across), covariates_table(s.across),
          levels_table(s.across)};
}

}  // namespace attnsweep::reduce
