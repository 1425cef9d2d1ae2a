// Private to src/archive.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "archive/netcdf.hpp"
#include "archive/segment.hpp"

namespace attnsweep::archive {

/// A segment in memory, of which rows can be read. Throws ArchiveError naming the file, the
/// dataset and what is wrong; an unknown schema version first of all.
class SegmentReader {
 public:
  struct Cell {
    std::string path;
    CellInfo info;
    MeasureSet measure;
    std::vector<std::int64_t> records;  ///< of every row
  };

  SegmentReader(std::string name, std::string_view bytes);
  const std::vector<Cell>& cells() const { return cells_; }
  /// Rows [first, first + count) of a cell.
  SegmentGroup read(const Cell& cell, std::size_t first, std::size_t count) const;

 private:
  void check_version();
  Cell open_cell(const std::string& path) const;
  void check_shapes(const Cell& cell) const;
  std::vector<std::int64_t> integers(const std::string& path, std::size_t first, std::size_t count,
                                     std::int64_t largest) const;
  void read_columns(const Cell& cell, std::size_t first, std::vector<SequenceRow>& rows) const;
  void read_values(const Cell& cell, std::size_t first, std::vector<SequenceRow>& rows) const;

  NetcdfReader file_;
  std::int64_t minor_ = 0;  ///< of the schema
  std::vector<Cell> cells_;
};

/// The bytes of a file. Throws ArchiveError when it cannot be read.
std::string read_segment_bytes(const std::filesystem::path& file);

}  // namespace attnsweep::archive
