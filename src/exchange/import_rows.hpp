#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "archive/segment.hpp"

namespace attnsweep::exchange {

/// Cells made of a CSV in export's columns, rows in the order of first appearance.
struct ImportedRows {
  std::vector<archive::SegmentGroup> cells;  ///< in the order of first appearance
};

/// Reads the CSV. Needed columns: model, corpus, sequence, norm, layer, value; document (default:
/// the sequence), n_tokens (0), view (keep), heads (mean), head and floor (0) may be missing.
/// Every measured series of a sequence must have all layers (and heads) of its cell. Throws
/// InputError naming file, record and column.
ImportedRows import_rows(const std::filesystem::path& file);

}  // namespace attnsweep::exchange
