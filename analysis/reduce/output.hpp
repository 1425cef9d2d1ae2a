#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "reduce/analysis.hpp"

namespace attnsweep::reduce {

/// The text of summary.json: keys sorted, every number in full precision, undefined ones null.
///
/// Beside what a cell has had, it has
///   laws.<law>:        message, cost (sum of squares in ln d), iterations
///   nls:               message, iterations
///   effective_depth:   [{epsilon, relative (to the first point, else absolute), n, low, high,
///                        n_beyond, low_beyond, high_beyond (true: "> m", the number is null),
///                        extrapolated, unreliable}]; n counts layer pairs from pair 0
///
/// and `across_models` holds, of the primary norm and trained models only, one entry a (corpus,
/// view) with two models or more where nothing else is said; every list may be empty:
///   pairs:         as before
///   common:        [{corpus, norm, view, models: [id …], left_out: {id: reason}, sequences,
///                    documents, not_common: {id: sequences used there and not in all}}]
///   depth:         [{corpus, norm, view, against: "depth" | "parameters", window (points),
///                    models: [{model, lineage, value (layers or parameters), points, pairs,
///                              lambda_all, drop_all, lambda_window, drop_relative, each with
///                              …_low and …_high}],
///                    rows: [{quantity: "lambda_all" | "drop_all" | "lambda_window" |
///                            "drop_relative", tau, p (falls), p_rises, p_attainable}],
///                    units (models, or one value a lineage), blocks: [[model …] …], exact,
///                    permutations, verdict: "supported" | "not supported" | "window_artifact" |
///                    "too_few_models", separable, tau_depth_parameters, note}]
///   variance:      [{corpus, norm, view, models: [id …], documents, sequences, windows, mean,
///                    population (true: intervals of σ²_M as a property of a population),
///                    components: {model, document, model_document[, text, model_text]: {variance,
///                      negative, low, high, share, share_low, share_high[, population_low,
///                      population_high, population_share_low, population_share_high]}}}]
///   heterogeneity: [{corpus, norm, view, models, documents, sigma, cv, mean, t2, f, df1, df2, p,
///                    reason (why there is no test)}]
///   model_corpus:  [{norm, view, models: [id …], corpora: [id …], lambda, lambda_low, lambda_high,
///                    drop, lambda_common: [model][corpus], model_mean, corpus_mean, mean,
///                    interaction: [model][corpus]}]; where there are two corpora or more
///   covariates:    [{model, corpus (null: all corpora together), norm, view, covariate ("ln_n" is
///                    always there), kind: "number" | "category", status, sequences, documents,
///                    missing, slope, slope_low, slope_high, se, df, slope_alone (without ln n),
///                    sd, r2, r2_added (to ln n alone), p, p_adjusted,
///                    levels: [{level, sequences, difference, low, high}]}]; one model suffices
std::string summary_json(const Summary& summary);

/// The tidy tables by file name: lambda.csv, curves.csv, laws.csv, verdicts.csv, models.csv,
/// effective_depth.csv, and those of `optional_tables` that hold something. RFC 4180 quoting,
/// undefined numbers empty, numbers beyond all bounds "inf".
std::map<std::string, std::string> summary_tables(const Summary& summary);

/// Tables of parts that a study may lack: single heads, several models, several corpora.
inline constexpr const char* optional_tables[] = {
    "heads.csv",        "pairs.csv",           "common.csv",        "depth.csv",
    "depth_models.csv", "variance.csv",        "heterogeneity.csv", "model_corpus.csv",
    "covariates.csv",   "covariate_levels.csv"};

/// Writes `file` as HDF5 that is netCDF-4 at the same time, durably. Throws StopError naming it.
void write_summary_h5(const Summary& summary, const std::filesystem::path& file);

/// The table for a terminal, at most 100 columns.
std::string terminal_table(const Summary& summary);
/// Its part on the comparison across models; empty where there is none.
std::string across_models_text(const Summary& summary, std::size_t width);

/// Names of a law's parameters: "" where it has none.
struct ParameterNames {
  std::string first, second;
};
ParameterNames parameter_names(Law law);

}  // namespace attnsweep::reduce
