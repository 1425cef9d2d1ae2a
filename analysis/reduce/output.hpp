#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "reduce/analysis.hpp"

namespace attnsweep::reduce {

/// The text of summary.json: keys sorted, every number in full precision, undefined ones null.
std::string summary_json(const Summary& summary);

/// The tidy tables by file name: lambda.csv, curves.csv, laws.csv, verdicts.csv, models.csv, and
/// heads.csv where heads were measured. RFC 4180 quoting, undefined numbers empty.
std::map<std::string, std::string> summary_tables(const Summary& summary);

/// Writes `file` as HDF5 that is netCDF-4 at the same time, durably. Throws StopError naming it.
void write_summary_h5(const Summary& summary, const std::filesystem::path& file);

/// The table for a terminal, at most 100 columns.
std::string terminal_table(const Summary& summary);

/// Names of a law's parameters: "" where it has none.
struct ParameterNames {
  std::string first, second;
};
ParameterNames parameter_names(Law law);

}  // namespace attnsweep::reduce
