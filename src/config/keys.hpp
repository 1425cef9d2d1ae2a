#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "config/strict.hpp"
#include "config/study.hpp"

// The keys of the sections that are plain numbers and words, with what each may be: the one list
// that the reader and the canonical writer both walk. To add a key: add the field to its struct,
// and here. A field that is not here does not compile (the structured bindings count them).
//
// A visitor is called as visit(key, field, what), `what` being a WholeRange, a RealRange or the
// allowed words.
namespace attnsweep::config {

inline constexpr std::int64_t max_count = std::numeric_limits<std::int32_t>::max();

inline const std::vector<std::string>& norm_names() {
  static const auto names = [] {
    std::vector<std::string> all;
    for (const auto norm : all_norms()) all.emplace_back(name(norm));
    return all;
  }();
  return names;
}

template <class Options, class Visitor>
void visit_compute(Options& options, Visitor&& visit) {
  auto& [device, precision, threads, tokens_per_batch] = options;
  visit("device", device, std::vector<std::string>{"auto", "cpu", "cuda"});
  visit("precision", precision,
        std::vector<std::string>{"float32", "float64", "bfloat16", "float16"});
  visit("threads", threads, WholeRange{1, 4096});
  visit("tokens_per_batch", tokens_per_batch, WholeRange{1, max_count});
}

template <class Options, class Visitor>
void visit_reduce(Options& options, Visitor&& visit) {
  auto& [level, replicates, interval, weights, primary_norm, burn_in, floor_factor, floor_share,
         max_units, lolo_tol, lolo_gain, rise_abs, rise_rel, drop_flat, drop_min, r2_min,
         curvature_tol, cubic_tol, min_documents, min_points, max_excluded, stability,
         within_r2_min, epsilon_relative, epsilon_absolute] = options;
  const RealRange not_negative{};
  const RealRange share{0, 1};
  visit("level", level, RealRange{0, 1, true});
  visit("replicates", replicates, WholeRange{1, max_count});
  visit("interval", interval, std::vector<std::string>{"t", "percentile", "bca", "student"});
  visit("weights", weights, std::vector<std::string>{"sequence", "document"});
  visit("primary_norm", primary_norm, norm_names());
  visit("burn_in", burn_in, WholeRange{0, max_count});
  visit("floor_factor", floor_factor, not_negative);
  visit("floor_share", floor_share, share);
  visit("max_units", max_units, WholeRange{2, max_count});
  visit("lolo_tol", lolo_tol, not_negative);
  visit("lolo_gain", lolo_gain, share);
  visit("rise_abs", rise_abs, not_negative);
  visit("rise_rel", rise_rel, not_negative);
  visit("drop_flat", drop_flat, not_negative);
  visit("drop_min", drop_min, not_negative);
  visit("r2_min", r2_min, share);
  visit("curvature_tol", curvature_tol, not_negative);
  visit("cubic_tol", cubic_tol, not_negative);
  visit("min_documents", min_documents, WholeRange{1, max_count});
  visit("min_points", min_points, WholeRange{1, max_count});
  visit("max_excluded", max_excluded, share);
  visit("stability", stability, share);
  visit("within_r2_min", within_r2_min, share);
  visit("epsilon_relative", epsilon_relative, share);
  visit("epsilon_absolute", epsilon_absolute, not_negative);
}

}  // namespace attnsweep::config
