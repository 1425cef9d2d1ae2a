#include <cmath>

#include "reduce/json_parts.hpp"

namespace attnsweep::reduce {

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (double x : values) out.push_back(number(x));
  return out;
}

Json text(const std::string& s) { return s.empty() ? Json(nullptr) : Json(s); }

Json interval(const Interval& i, double scale) {
  return {{"low", number(i.low * scale)},
          {"high", number(i.high * scale)},
          {"unreliable", i.unreliable}};
}

Json effective_depth_json(const CellResult& cell, int burn_in) {
  Json out = Json::array();
  for (const EffectiveDepth& depth : cell.effective_depth) {
    const Reach& reach = depth.shown();
    Json one = {{"epsilon", depth.epsilon},
                {"relative", depth.relative},
                {"extrapolated", depth.extrapolated},
                {"unreliable", reach.unreliable}};
    const auto put = [&](const std::string& key, double n) {
      one[key] = number(burn_in + n);
      one[key + "_beyond"] = std::isinf(n);
    };
    put("n", reach.n);
    put("low", reach.low);
    put("high", reach.high);
    out.push_back(std::move(one));
  }
  return out;
}

namespace {

/// corpus, norm and view.
Json of_series(const std::string& corpus, const Series& series) {
  return {{"corpus", text(corpus)},
          {"norm", std::string(name(series.norm))},
          {"view", std::string(name(series.view))}};
}

void put_ends(Json& out, const std::string& key, const Interval& i) {
  out[key + "low"] = number(i.low);
  out[key + "high"] = number(i.high);
}

Json pair(const PairDifference& p) {
  return {{"model_a", p.model_a},
          {"model_b", p.model_b},
          {"corpus", p.corpus},
          {"norm", std::string(name(p.series.norm))},
          {"view", std::string(name(p.series.view))},
          {"sequences", p.n_sequences},
          {"documents", p.n_clusters},
          {"not_common", p.n_not_common},
          {"df", number(p.df)},
          {"lambda_difference", number(p.lambda)},
          {"lambda_difference_low", number(p.lambda_interval.low)},
          {"lambda_difference_high", number(p.lambda_interval.high)},
          {"lambda_difference_se", number(p.lambda_se)},
          {"drop_difference", number(p.drop)},
          {"drop_difference_low", number(p.drop_interval.low)},
          {"drop_difference_high", number(p.drop_interval.high)},
          {"drop_difference_se", number(p.drop_se)}};
}

Json common(const CommonInfo& c) {
  Json out = of_series(c.corpus, c.series);
  out["models"] = c.models;
  out["left_out"] = c.left_out.empty() ? Json::object() : Json(c.left_out);
  out["sequences"] = c.n_sequences;
  out["documents"] = c.n_clusters;
  out["not_common"] = c.not_common;
  return out;
}

Json depth_model(const DepthModel& m, bool parameters) {
  Json out = {{"model", m.info.model},
              {"lineage", text(m.info.lineage)},
              {"value", parameters ? m.info.n_parameters : m.info.n_layers},
              {"points", m.m},
              {"pairs", m.n_pairs}};
  for (int row = 0; row < n_depth_rows; ++row) {
    const std::string key(name(static_cast<DepthRow>(row)));
    out[key] = number(m.value[row]);
    put_ends(out, key + "_", m.interval[row]);
  }
  return out;
}

std::string note(const DepthResult& d) {
  std::string out;
  const auto add = [&](const std::string& sentence) { out += (out.empty() ? "" : " ") + sentence; };
  if (d.verdict == "too_few_models")
    add("So few models, or so few depths, cannot give a p of 0.05: values and plot only.");
  if (d.verdict == "window_artifact")
    add("Over the first layers that all models have, the trend is gone: a bent curve gives a "
        "shorter model a larger rate.");
  if (!d.separable)
    add("Depth and parameters both vary over fewer than 10 models: neither effect can be told from "
        "the other.");
  if (d.lineage_means) add("A lineage whose models are alike in this counts once, with its mean.");
  return out;
}

Json depth(const DepthResult& d) {
  Json out = of_series(d.corpus, d.series);
  out["against"] = d.parameters ? "parameters" : "depth";
  out["window"] = d.windows.points;
  out["relative_from"] = number(d.windows.from);
  out["relative_to"] = number(d.windows.to);
  out["models"] = Json::array();
  for (const DepthModel& m : d.models) out["models"].push_back(depth_model(m, d.parameters));
  out["rows"] = Json::array();
  for (int row = 0; row < n_depth_rows; ++row) {
    const Trend& trend = d.tests.trends[row];
    out["rows"].push_back({{"quantity", std::string(name(static_cast<DepthRow>(row)))},
                           {"tau", number(trend.tau)},
                           {"p", number(trend.p_falls)},
                           {"p_rises", number(trend.p_rises)},
                           {"p_attainable", number(trend.p_attainable)}});
  }
  out["units"] = d.n_units;
  out["blocks"] = d.blocks;
  out["exact"] = d.tests.exact;
  out["permutations"] = d.tests.permutations;
  out["verdict"] = d.verdict;
  out["separable"] = d.separable;
  out["tau_depth_parameters"] = number(d.tau_depth_parameters);
  out["note"] = text(note(d));
  return out;
}

Json component(const Component& c) {
  Json out = {
      {"variance", number(c.variance)}, {"negative", c.negative}, {"share", number(c.share)}};
  put_ends(out, "", c.interval);
  put_ends(out, "share_", c.share_interval);
  return out;
}

Json variance(const VarianceResult& v) {
  Json out = of_series(v.corpus, v.series);
  out["models"] = v.models;
  out["documents"] = v.n_documents;
  out["sequences"] = v.n_sequences;
  out["windows"] = v.windows;
  out["mean"] = number(v.mean);
  out["population"] = v.population;
  out["ms"] = {{"model", number(v.ms_model)},       {"document", number(v.ms_document)},
               {"error", number(v.ms_error)},       {"within_model", number(v.e_within)},
               {"within_text", number(v.s_within)}, {"harmonic_n", number(v.harmonic_n)}};
  Json& components = out["components"];
  components["model"] = component(v.model);
  put_ends(components["model"], "population_", v.population_model);
  put_ends(components["model"], "population_share_", v.population_share);
  components["document"] = component(v.document);
  components["model_document"] = component(v.model_document);
  if (v.windows) {
    components["text"] = component(v.text);
    components["model_text"] = component(v.model_text);
  }
  return out;
}

Json heterogeneity(const HeterogeneityResult& h) {
  Json out = of_series(h.corpus, h.series);
  out["models"] = h.models;
  out["documents"] = h.n_documents;
  out["mean"] = number(h.mean);
  out["sigma"] = number(h.sigma);
  out["cv"] = number(h.cv);
  out["t2"] = number(h.t2);
  out["f"] = number(h.f);
  out["df1"] = number(h.df1);
  out["df2"] = number(h.df2);
  out["p"] = number(h.p);
  out["reason"] = text(h.reason);
  return out;
}

Json model_corpus(const ModelCorpus& m) {
  const auto matrix = [](const std::vector<std::vector<double>>& rows) {
    Json out = Json::array();
    for (const auto& row : rows) out.push_back(numbers(row));
    return out;
  };
  return {{"norm", std::string(name(m.series.norm))},
          {"view", std::string(name(m.series.view))},
          {"models", m.models},
          {"corpora", m.corpora},
          {"lambda", matrix(m.lambda)},
          {"lambda_low", matrix(m.low)},
          {"lambda_high", matrix(m.high)},
          {"drop", matrix(m.drop)},
          {"lambda_common", matrix(m.common)},
          {"model_mean", numbers(m.model_mean)},
          {"corpus_mean", numbers(m.corpus_mean)},
          {"mean", number(m.mean)},
          {"interaction", matrix(m.interaction)}};
}

Json covariate(const CovariateResult& c) {
  Json out = of_series(c.corpus, c.series);
  out["model"] = c.model;
  out["covariate"] = c.covariate;
  out["kind"] = c.category ? "category" : "number";
  out["status"] = c.status;
  out["sequences"] = c.n_sequences;
  out["documents"] = c.n_clusters;
  out["missing"] = c.n_missing;
  out["slope"] = number(c.slope);
  put_ends(out, "slope_", c.interval);
  out["se"] = number(c.se);
  out["df"] = number(c.df);
  out["slope_alone"] = number(c.slope_alone);
  out["sd"] = number(c.sd);
  out["r2"] = number(c.r2);
  out["r2_added"] = number(c.r2_added);
  out["p"] = number(c.p);
  out["p_adjusted"] = number(c.p_adjusted);
  out["levels"] = Json::array();
  for (const LevelEffect& level : c.levels)
    out["levels"].push_back({{"level", level.level},
                             {"sequences", level.n_sequences},
                             {"difference", number(level.difference)},
                             {"low", number(level.interval.low)},
                             {"high", number(level.interval.high)}});
  return out;
}

template <class Results, class One>
Json list(const Results& results, One one) {
  Json out = Json::array();
  for (const auto& result : results) out.push_back(one(result));
  return out;
}

}  // namespace

Json across_json(const Across& a) {
  return {{"pairs", list(a.pairs, pair)},
          {"common", list(a.common, common)},
          {"depth", list(a.depth, depth)},
          {"variance", list(a.variance, variance)},
          {"heterogeneity", list(a.heterogeneity, heterogeneity)},
          {"model_corpus", list(a.model_corpus, model_corpus)},
          {"covariates", list(a.covariates, covariate)}};
}

}  // namespace attnsweep::reduce
