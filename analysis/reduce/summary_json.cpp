#include "base/build_info.hpp"
#include "reduce/json_parts.hpp"
#include "reduce/output.hpp"

namespace attnsweep::reduce {

ParameterNames parameter_names(Law law) {
  switch (law) {
    case Law::constant: return {};
    case Law::exponential: return {"lambda", ""};
    case Law::power: return {"p", ""};
    case Law::linear: return {"q", ""};
    case Law::floor: return {"rho", "beta"};
  }
  return {};
}

namespace {

Json law_names(const std::vector<Law>& laws) {
  Json out = Json::array();
  for (Law law : laws) out.push_back(std::string(name(law)));
  return out;
}

Json verdict_or_null(V v) { return text(std::string(name(v))); }

Json law(const CellResult& cell, Law which) {
  const LawResult& l = cell.laws[static_cast<int>(which)];
  Json out = {{"lolo", number(l.lolo)},
              {"lolo_low", number(l.lolo_interval.low)},
              {"lolo_high", number(l.lolo_interval.high)},
              {"forecast", number(l.forecast)},
              {"identifiable", identifiable(which, cell.m)},
              {"status", std::string(name(l.fit.report.status))},
              {"message", text(l.fit.report.message)},
              {"cost", number(l.fit.report.cost)},
              {"iterations", l.fit.report.iterations},
              {"rms", number(l.fit.rms)},
              {"a", number(l.fit.a)}};
  const ParameterNames names = parameter_names(which);
  if (!names.first.empty()) out[names.first] = number(l.fit.first);
  if (!names.second.empty()) out[names.second] = number(l.fit.second);
  return out;
}

Json sensitivity(const Sensitivity& s) {
  return {{"drop", number(s.stats.drop)},      {"r2", number(s.stats.r2)},
          {"kappa", number(s.stats.kappa)},    {"kappa3", number(s.stats.kappa3)},
          {"v", verdict_or_null(s.verdict.v)}, {"reasons", s.verdict.reasons}};
}

Json controls(const CellResult& cell) {
  Json out = Json::array();
  for (const ControlResult& c : cell.controls)
    out.push_back({{"model", c.model},
                   {"drop", number(c.drop)},
                   {"v", verdict_or_null(c.v)},
                   {"verdict", verdict_or_null(c.verdict)},
                   {"sequences", c.n_sequences},
                   {"documents", c.n_clusters},
                   {"drop_difference", number(c.drop_difference)},
                   {"drop_difference_low", number(c.interval.low)},
                   {"drop_difference_high", number(c.interval.high)},
                   {"se", number(c.se)},
                   {"df", number(c.df)}});
  return out;
}

void add_identity(const CellResult& c, Json& out) {
  out["model"] = c.info.model;
  out["corpus"] = c.info.corpus;
  out["lineage"] = text(c.info.lineage);
  out["control_of"] = text(c.info.control_of);
  out["model_type"] = text(c.info.model_type);
  out["n_layers"] = c.info.n_layers;
  out["norm"] = std::string(name(c.series.norm));
  out["view"] = std::string(name(c.series.view));
  out["heads"] = std::string(name(c.series.heads));
  out["head"] = nullptr;
  out["sequences"] = c.n_sequences;
  out["documents"] = c.n_clusters;
  out["points"] = c.m;
  out["pairs"] = c.n_pairs;
  out["censored"] = c.censored;
  out["excluded"] = c.excluded;
  out["excluded_share"] = number(c.excluded_share);
  out["j_eff"] = number(c.j_eff);
  out["df"] = number(c.df);
  out["units"] = {{"n", c.n_units}, {"grouped", c.grouped}};
}

void add_line(const CellResult& c, const ReduceOptions& options, Json& out) {
  const Interval& lambda = c.lambda.chosen(options);
  const Interval& amplitude = c.log_amplitude.chosen(options);
  const double span = c.m - 1;
  out["lambda"] = number(c.stats.lambda);
  out["lambda_low"] = number(lambda.low);
  out["lambda_high"] = number(lambda.high);
  out["lambda_sd"] = number(c.lambda_sd);
  out["se"] = number(c.lambda.linear.se);
  out["se_cr1"] = number(c.lambda.linear.se_cr1);
  out["bca_a"] = number(c.lambda.linear.acceleration);
  out["interval"] = options.interval;
  out["interval_unreliable"] = lambda.unreliable;
  out["intervals"] = {{"t", interval(c.lambda.t)},
                      {"percentile", interval(c.lambda.percentile)},
                      {"bca", interval(c.lambda.bca)},
                      {"student", interval(c.lambda.student)}};
  out["drop"] = number(c.stats.drop);
  out["drop_low"] = number(lambda.low * span);
  out["drop_high"] = number(lambda.high * span);
  out["amplitude"] = number(std::exp(c.stats.log_amplitude));
  out["amplitude_low"] = number(std::exp(amplitude.low));
  out["amplitude_high"] = number(std::exp(amplitude.high));
  out["nls"] = {
      {"lambda", number(c.nls.lambda)},
      {"low", number(c.nls_interval.low)},
      {"high", number(c.nls_interval.high)},
      {"se", number(c.nls_se)},
      {"amplitude", number(c.nls.c)},
      {"cost", number(c.nls.report.cost)},
      {"status", std::string(name(c.nls.report.status))},
      {"message", text(c.nls.report.message)},
      {"iterations", c.nls.report.iterations},
      {"note", "secondary: least squares on the arithmetic mean curve, another estimand"}};
}

void add_shape(const CellResult& c, const ReduceOptions& options, Json& out) {
  out["r2"] = number(c.stats.r2);
  out["r2_low"] = number(c.r2_interval.low);
  out["r2_high"] = number(c.r2_interval.high);
  out["r2_se"] = number(c.r2_se);
  out["sigma_r"] = number(c.stats.sigma);
  out["kappa"] = number(c.stats.kappa);
  out["kappa_low"] = number(c.kappa_interval.low);
  out["kappa_high"] = number(c.kappa_interval.high);
  out["kappa3"] = number(c.stats.kappa3);
  out["kappa3_low"] = number(c.kappa3_interval.low);
  out["kappa3_high"] = number(c.kappa3_interval.high);
  out["rise"] = number(c.stats.rise);
  out["rise_low"] = number(c.rise_interval.low);
  out["rise_high"] = number(c.rise_interval.high);
  out["rise_rel"] = number(c.stats.rise_rel);
  out["r2_within"] = number(c.r2_within);
  out["tau"] = number(c.tau);
  out["share_positive"] = number(c.share_positive);
  out["curve"] = numbers(c.g);
  out["curve_low"] = Json::array();
  out["curve_high"] = Json::array();
  for (const Estimate& e : c.curve) {
    out["curve_low"].push_back(number(e.chosen(options).low));
    out["curve_high"].push_back(number(e.chosen(options).high));
  }
  out["mean_curve"] = numbers(c.mean_curve);
  out["residuals"] = numbers(c.residuals);
  out["lolo_quadratic"] = number(c.lolo_quadratic);
  out["effective_depth"] = effective_depth_json(c, options.burn_in);
  for (Law which : all_laws) out["laws"][std::string(name(which))] = law(c, which);
}

void add_verdict(const CellResult& c, Json& out) {
  out["verdict"] = std::string(name(c.verdict.verdict));
  out["reason"] = text(c.verdict.reason);
  out["reasons"] = c.verdict.reasons;
  out["v"] = verdict_or_null(c.curve_verdict.v);
  out["v_reasons"] = c.curve_verdict.reasons;
  out["beaten_by"] = law_names(c.curve_verdict.beaten_by);
  out["not_told_apart"] = law_names(c.curve_verdict.not_told_apart);
  out["best_law"] = c.curve_verdict.best < 0
                        ? Json(nullptr)
                        : Json(std::string(name(static_cast<Law>(c.curve_verdict.best))));
  out["stability"] = number(c.stability);
  out["p_v"] = number(c.p_v);
  out["p_v_adjusted"] = number(c.p_v_adjusted);
  out["primary"] = c.in_family;
  out["n_replicates"] = c.n_replicates;
  out["flags"] = c.flags;
  out["control"] = controls(c);
  out["sensitivity"] = {{"without_first", sensitivity(c.without_first)},
                        {"without_last", sensitivity(c.without_last)}};
  out["original_criterion"] = text(c.original_criterion);
}

Json head(const HeadResult& h) {
  return {{"model", h.info.model},
          {"corpus", h.info.corpus},
          {"norm", std::string(name(h.series.norm))},
          {"view", std::string(name(h.series.view))},
          {"heads", std::string(name(h.series.heads))},
          {"head", h.head},
          {"sequences", h.n_sequences},
          {"documents", h.n_clusters},
          {"points", h.m},
          {"lambda", number(h.lambda)},
          {"lambda_low", number(h.interval.low)},
          {"lambda_high", number(h.interval.high)},
          {"se", number(h.se)},
          {"df", number(h.df)},
          {"drop", number(h.drop)},
          {"r2", number(h.r2)},
          {"share_positive", number(h.share_positive)},
          {"excluded", h.excluded},
          {"curve", numbers(h.g)}};
}

Json model(const ModelRows& m) {
  return {{"model", m.info.model},
          {"corpus", m.info.corpus},
          {"lineage", text(m.info.lineage)},
          {"control_of", text(m.info.control_of)},
          {"model_type", text(m.info.model_type)},
          {"n_layers", m.info.n_layers},
          {"n_heads", m.info.n_heads},
          {"hidden_size", m.info.hidden_size},
          {"n_parameters", m.info.n_parameters},
          {"token_limit", m.info.token_limit},
          {"layer_types", m.info.layer_types},
          {"precision", m.info.precision},
          {"device", m.info.device},
          {"rows", m.n_rows},
          {"measured", m.n_measured},
          {"failed", m.n_failed},
          {"tokens", m.n_tokens},
          {"not_measured", m.not_measured}};
}

Json options_json(const ReduceOptions& o) {
  return {{"level", o.level},
          {"replicates", o.replicates},
          {"interval", o.interval},
          {"weights", o.weights},
          {"primary_norm", std::string(name(o.primary_norm))},
          {"burn_in", o.burn_in},
          {"floor_factor", o.floor_factor},
          {"floor_share", o.floor_share},
          {"max_units", o.max_units},
          {"lolo_tol", o.lolo_tol},
          {"lolo_gain", o.lolo_gain},
          {"rise_abs", o.rise_abs},
          {"rise_rel", o.rise_rel},
          {"drop_flat", o.drop_flat},
          {"drop_min", o.drop_min},
          {"r2_min", o.r2_min},
          {"curvature_tol", o.curvature_tol},
          {"cubic_tol", o.cubic_tol},
          {"min_documents", o.min_documents},
          {"min_points", o.min_points},
          {"max_excluded", o.max_excluded},
          {"stability", o.stability},
          {"within_r2_min", o.within_r2_min},
          {"epsilon_relative", o.epsilon_relative},
          {"epsilon_absolute", o.epsilon_absolute}};
}

}  // namespace

std::string summary_json(const Summary& s) {
  Json out;
  out["study"] = s.study;
  out["seed"] = s.seed;
  out["version"] = build_info().version;
  out["partial"] = s.partial;
  out["tasks"] = {{"done", s.n_tasks_done}, {"all", s.n_tasks}};
  out["machines"] = s.machines;
  out["mixed_devices"] = s.machines.size() > 1;
  out["options"] = options_json(s.options);
  out["n_replicates"] = s.n_replicates;
  out["family_size"] = s.family_size;
  out["excluded"] = s.excluded.empty() ? Json::object() : Json(s.excluded);
  out["cells"] = Json::array();
  for (const CellResult& c : s.cells) {
    Json cell;
    add_identity(c, cell);
    add_line(c, s.options, cell);
    add_shape(c, s.options, cell);
    add_verdict(c, cell);
    if (c.excluded.empty()) cell["excluded"] = Json::object();
    out["cells"].push_back(std::move(cell));
  }
  out["models"] = Json::array();
  for (const ModelRows& m : s.models) {
    out["models"].push_back(model(m));
    if (m.not_measured.empty()) out["models"].back()["not_measured"] = Json::object();
  }
  if (!s.heads.empty()) out["heads"] = Json::array();
  for (const HeadResult& h : s.heads) {
    out["heads"].push_back(head(h));
    if (h.excluded.empty()) out["heads"].back()["excluded"] = Json::object();
  }
  out["across_models"] = across_json(s.across);
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace attnsweep::reduce
