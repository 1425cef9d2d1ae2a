#include "archive/segment_reader.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include "archive/cell_fields.hpp"
#include "archive/json_fields.hpp"
#include "archive/schema.hpp"
#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::archive {
namespace {

// The largest whole number below which every whole number is a double.
constexpr std::int64_t largest_whole = std::int64_t{1} << 53;
constexpr std::int64_t largest_int = std::numeric_limits<std::int32_t>::max();

using Shape = std::vector<std::size_t>;

std::string text_of(const Shape& shape) {
  std::string text;
  for (const auto size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

Shape series_shape(const CellInfo& info, std::size_t n_rows, const Series& series) {
  Shape shape{n_rows, static_cast<std::size_t>(info.n_layers) - 1};
  if (series.heads == Heads::each) shape.push_back(static_cast<std::size_t>(info.n_heads));
  return shape;
}

}  // namespace

std::string read_segment_bytes(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    throw ArchiveError(file.string() + ": is not a regular file");
  errno = 0;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto size = in ? static_cast<std::streamoff>(in.tellg()) : -1;
  std::string bytes;
  if (size >= 0) {
    bytes.resize(static_cast<std::size_t>(size));
    in.seekg(0).read(bytes.data(), size);
  }
  if (!in || size < 0)
    throw ArchiveError(file.string() + ": cannot be read: " + std::strerror(errno));
  return bytes;
}

SegmentReader::SegmentReader(std::string name, std::string_view bytes)
    : file_(std::move(name), bytes) {
  check_version();
  std::vector<std::string> paths;
  try {
    paths = list_from_text(file_.text_attribute("", cells_attribute));
  } catch (const ArchiveError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw ArchiveError(file_.name() + ": attribute 'cells': " + error.what());
  }
  for (const auto& path : paths) {
    cells_.push_back(open_cell(path));
    check_shapes(cells_.back());
  }
}

void SegmentReader::check_version() {
  if (!file_.has_attribute("", "schema_major"))
    throw ArchiveError(file_.name() + ": is not a segment of attnsweep: it has no schema version");
  const auto major = file_.integer_attribute("", "schema_major");
  const auto minor = file_.integer_attribute("", "schema_minor");
  if (major == schema_major) {
    minor_ = minor;
    return;
  }
  const auto writer = file_.has_attribute("", "writer_version")
                          ? file_.text_attribute("", "writer_version")
                          : "unknown";
  throw ArchiveError(file_.name() + ": segment schema " + std::to_string(major) + "." +
                     std::to_string(minor) + " (written by attnsweep " + writer +
                     ") is unknown, this program reads " + std::to_string(schema_major) +
                     ".x; use the version that wrote it");
}

SegmentReader::Cell SegmentReader::open_cell(const std::string& path) const {
  Cell cell;
  cell.path = path;
  try {
    for_each_field(cell.info, [&](const char* key, auto& value) {
      if (field_since(key) > minor_) return;
      using Value = std::decay_t<decltype(value)>;
      if constexpr (std::is_integral_v<Value>) {
        const auto stored = file_.integer_attribute(path, key);
        if (!std::in_range<Value>(stored))
          throw std::runtime_error("'" + std::string(key) + "' is out of range");
        value = static_cast<Value>(stored);
      } else if constexpr (std::is_same_v<Value, std::string>) {
        value = file_.text_attribute(path, key);
      } else {
        value = list_from_text(file_.text_attribute(path, key));
      }
    });
    cell.measure = measure_from(
        [&](const std::string& list) { return list_from_text(file_.text_attribute(path, list)); });
    if (cell.info.n_layers < 2 || cell.info.n_heads < 1)
      throw std::runtime_error("it has " + std::to_string(cell.info.n_layers) + " layers and " +
                               std::to_string(cell.info.n_heads) + " heads");
    if (cell.info.model + "/" + cell.info.corpus != path)
      throw std::runtime_error("its attributes say " + cell.info.model + "/" + cell.info.corpus);
  } catch (const ArchiveError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw ArchiveError(file_.name() + ": group '" + path + "': " + error.what());
  }
  const auto shape = file_.shape(path + "/sequence");
  if (shape.size() != 1)
    throw ArchiveError(file_.name() + ": dataset '" + path + "/sequence': has " +
                       std::to_string(shape.size()) + " dimensions, expected 1");
  cell.records = integers(path + "/record", 0, shape[0], largest_whole);
  return cell;
}

void SegmentReader::check_shapes(const Cell& cell) const {
  const auto n_rows = cell.records.size();
  const auto expect = [&](const std::string& variable, const Shape& expected) {
    const auto path = cell.path + "/" + variable;
    const auto shape = file_.shape(path);
    if (shape != expected)
      throw ArchiveError(file_.name() + ": dataset '" + path + "': its shape is " + text_of(shape) +
                         ", expected " + text_of(expected));
  };
  for (const auto* column :
       {"sequence", "document", "record", "window", "n_tokens", "n_full", "reason", "empty_rows"})
    expect(column, {n_rows});
  for (const auto& variable : covariate_variables(cell.info.covariates)) expect(variable, {n_rows});
  const auto n_layers = static_cast<std::size_t>(cell.info.n_layers);
  expect("pair", {n_layers - 1});
  expect("layer", {n_layers});
  expect("head", {static_cast<std::size_t>(cell.info.n_heads)});
  for (const auto& series : cell.measure.series()) {
    expect(variable_name(series), series_shape(cell.info, n_rows, series));
    expect(floor_name(series), series_shape(cell.info, n_rows, series));
  }
  for (const auto view : cell.measure.views)
    for (const auto observable : cell.measure.observables)
      expect(variable_name(observable, view), {n_rows, n_layers});
}

std::vector<std::int64_t> SegmentReader::integers(const std::string& path, std::size_t first,
                                                  std::size_t count, std::int64_t largest) const {
  const auto numbers = file_.numbers(path, first, count);
  std::vector<std::int64_t> out;
  out.reserve(numbers.size());
  for (const double number : numbers) {
    if (!(number >= 0 && number <= static_cast<double>(largest)) || number != std::floor(number))
      throw ArchiveError(file_.name() + ": dataset '" + path + "': row " +
                         std::to_string(first + out.size()) + " is " + shortest(number) +
                         ", expected a whole number from 0 to " + std::to_string(largest));
    out.push_back(static_cast<std::int64_t>(number));
  }
  return out;
}

SegmentGroup SegmentReader::read(const Cell& cell, std::size_t first, std::size_t count) const {
  require(first <= cell.records.size() && count <= cell.records.size() - first,
          file_.name() + ": rows " + std::to_string(first) + "+" + std::to_string(count) + " of " +
              std::to_string(cell.records.size()));
  SegmentGroup group{cell.info, cell.measure, std::vector<SequenceRow>(count)};
  read_columns(cell, first, group.rows);
  read_values(cell, first, group.rows);
  return group;
}

void SegmentReader::read_columns(const Cell& cell, std::size_t first,
                                 std::vector<SequenceRow>& rows) const {
  const auto count = rows.size();
  const auto at = [&](const std::string& variable) { return cell.path + "/" + variable; };
  auto ids = file_.texts(at("sequence"), first, count);
  auto documents = file_.texts(at("document"), first, count);
  const auto window = integers(at("window"), first, count, largest_int);
  const auto n_tokens = integers(at("n_tokens"), first, count, largest_int);
  const auto n_full = integers(at("n_full"), first, count, largest_int);
  const auto reason = integers(at("reason"), first, count, largest_int);
  const auto empty_rows = integers(at("empty_rows"), first, count, largest_int);
  for (std::size_t r = 0; r < count; ++r) {
    auto& row = rows[r];
    row.id = std::move(ids[r]);
    row.document = std::move(documents[r]);
    row.record = cell.records[first + r];
    row.window = static_cast<std::int32_t>(window[r]);
    row.n_tokens = static_cast<std::int32_t>(n_tokens[r]);
    row.n_full = static_cast<std::int32_t>(n_full[r]);
    row.empty_rows = static_cast<std::int32_t>(empty_rows[r]);
    const auto known = reason_from(static_cast<int>(reason[r]));
    if (!known)
      throw ArchiveError(file_.name() + ": dataset '" + at("reason") + "': row " +
                         std::to_string(first + r) + " is " + std::to_string(reason[r]) +
                         ", which is no reason that this program knows");
    row.reason = *known;
  }
  for (const auto& variable : covariate_variables(cell.info.covariates)) {
    auto texts = file_.texts(at(variable), first, count);
    for (std::size_t r = 0; r < count; ++r) rows[r].covariates.push_back(std::move(texts[r]));
  }
}

void SegmentReader::read_values(const Cell& cell, std::size_t first,
                                std::vector<SequenceRow>& rows) const {
  if (rows.empty()) return;
  // Appends one variable's numbers of every measured row to a list of the row.
  const auto append = [&](const std::string& variable, auto list) {
    const auto flat = file_.numbers(cell.path + "/" + variable, first, rows.size());
    const auto width = flat.size() / rows.size();
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (rows[r].reason != Reason::measured) continue;
      const auto* begin = flat.data() + r * width;
      (rows[r].*list).emplace_back(begin, begin + width);
    }
  };
  for (const auto& series : cell.measure.series()) {
    append(variable_name(series), &SequenceRow::values);
    append(floor_name(series), &SequenceRow::floors);
  }
  for (const auto view : cell.measure.views)
    for (const auto observable : cell.measure.observables)
      append(variable_name(observable, view), &SequenceRow::observables);
}

std::vector<SegmentGroup> read_segment(const std::filesystem::path& file) {
  const SegmentReader reader(file.string(), read_segment_bytes(file));
  std::vector<SegmentGroup> groups;
  for (const auto& cell : reader.cells())
    groups.push_back(reader.read(cell, 0, cell.records.size()));
  return groups;
}

}  // namespace attnsweep::archive
