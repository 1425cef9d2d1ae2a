#pragma once
#include <array>
#include <string>
#include <vector>

#include "reduce/common.hpp"
#include "reduce/intervals.hpp"
#include "reduce/trend.hpp"

namespace attnsweep::reduce {

/// The four quantities that are held against depth, in the order of measurement.md section 6.
enum class DepthRow { lambda_all, drop_all, lambda_window, drop_relative };
constexpr int n_depth_rows = 4;
std::string_view name(DepthRow row);

/// A model in the comparison: its estimates over the common sequences.
struct DepthModel {
  CellInfo info;
  int m = 0, n_pairs = 0;
  std::array<double, n_depth_rows> value{undefined, undefined, undefined, undefined};
  std::array<Interval, n_depth_rows> interval;
};

/// Whether λ falls with depth (layers), or with the number of parameters.
struct DepthResult {
  std::string corpus;
  Series series;
  bool parameters = false;  ///< against ln parameters instead of layers
  Windows windows;
  std::vector<DepthModel> models;
  std::vector<std::vector<std::string>> blocks;  ///< models whose labels were exchanged
  std::size_t n_units = 0;                       ///< models, or lineages taken as one value
  bool lineage_means = false;
  TrendTests tests;  ///< one trend a DepthRow
  std::string verdict;
  bool separable = true;  ///< from the other of depth and parameters
  double tau_depth_parameters = undefined;
};

/// Estimates of every member over the common sequences, with t intervals over documents.
std::vector<DepthModel> depth_models(const CommonSequences& common, const Windows& windows,
                                     const Documents& documents, double level);

/// The test of one label. Models of one lineage form a block whose labels are exchanged among
/// themselves if it has two labels or more; else the lineage is one value, its mean. Values that
/// stand alone exchange labels with each other.
DepthResult test_depth(const std::vector<DepthModel>& models, bool parameters, std::uint64_t seed);

}  // namespace attnsweep::reduce
