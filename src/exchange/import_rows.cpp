#include "exchange/import_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "exchange/csv_table.hpp"

namespace attnsweep::exchange {
namespace {

enum ColumnName {
  model,
  corpus,
  sequence,
  document,
  n_tokens,
  view,
  heads,
  head,
  norm,
  layer,
  value,
  floor_column,
  partial,
  n_columns
};
constexpr std::array<const char*, n_columns> column_names{
    "model", "corpus", "sequence", "document", "n_tokens", "view",   "heads",
    "head",  "norm",   "layer",    "value",    "floor",    "partial"};

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

struct Point {
  double value = missing, floor = 0;
};
/// Points of a series by (head, layer).
using Points = std::map<std::pair<int, int>, Point>;

struct ImportedSequence {
  std::string id, document;
  std::int32_t n_tokens = 0;
  std::map<Series, Points> series;
  std::map<std::pair<View, Observable>, std::map<int, double>> observables;
};

struct ImportedCell {
  std::string model, corpus;
  std::vector<ImportedSequence> sequences;
  std::unordered_map<std::string, std::size_t> by_id;
  std::set<Series> series;
  std::set<Observable> observables;
  std::set<View> views;
  int n_pairs = 0, n_heads = 0, n_observed_layers = 0;
};

class Importer {
 public:
  explicit Importer(const std::filesystem::path& file) : file_(file) {}

  void header(const std::vector<std::string>& names) {
    const std::vector<std::string> known(column_names.begin(), column_names.end());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto found = std::find(known.begin(), known.end(), names[i]);
      if (found == known.end()) {
        const auto near = nearest(names[i], known);
        throw InputError(file_.string() + ": column '" + names[i] + "' is unknown" +
                         (near ? "; did you mean '" + *near + "'?" : ""));
      }
      auto& place = places_[static_cast<std::size_t>(found - known.begin())];
      if (place) throw InputError(file_.string() + ": column '" + names[i] + "' stands twice");
      place = i;
    }
    for (const auto needed : {model, corpus, sequence, norm, layer, value})
      if (!places_[needed])
        throw InputError(file_.string() + ": column '" + column_names[needed] +
                         "' is missing; an export has model,corpus,sequence,document,n_tokens,view,"
                         "heads,head,norm,layer,value");
  }

  void row(const std::vector<std::string>& fields, std::int64_t record) {
    fields_ = &fields;
    record_ = record;
    auto& cell = cell_of(id(model), id(corpus));
    auto& row = sequence_of(cell);
    const auto seen_view = required(view, view_from(text(view, "keep")), "keep or drop");
    cell.views.insert(seen_view);
    const int seen_layer = number(layer, 0);
    const double seen_value = real(value);
    if (seen_value < 0) fail(value, "a difference cannot be negative");
    const auto norm_name = text(norm, "");
    if (const auto observed = observable_from(norm_name)) {
      cell.observables.insert(*observed);
      cell.n_observed_layers = std::max(cell.n_observed_layers, seen_layer + 1);
      row.observables[{seen_view, *observed}][seen_layer] = seen_value;
      return;
    }
    Series series;
    series.view = seen_view;
    series.heads = required(heads, heads_from(text(heads, "mean")), "mean or each");
    series.norm = required(norm, norm_from(norm_name), "a norm like frobenius");
    const int seen_head = series.heads == Heads::each ? number(head, 0) : 0;
    cell.series.insert(series);
    cell.n_pairs = std::max(cell.n_pairs, seen_layer + 1);
    cell.n_heads = std::max(cell.n_heads, seen_head + 1);
    Point point{seen_value, places_[floor_column] && !text(floor_column, "").empty()
                                ? real(floor_column)
                                : 0.0};
    if (!row.series[series].emplace(std::pair(seen_head, seen_layer), point).second)
      fail(layer, "this value stands twice");
  }

  ImportedRows result() const {
    ImportedRows rows;
    for (const auto& cell : cells_) rows.cells.push_back(group_of(cell));
    if (rows.cells.empty()) throw InputError(file_.string() + ": holds a header and no rows");
    return rows;
  }

 private:
  [[noreturn]] void fail(ColumnName column, const std::string& what) const {
    throw InputError(file_.string() + ": record " + std::to_string(record_) + ": " +
                     column_names[column] + ": got '" + text(column, "") + "'; " + what);
  }

  std::string text(ColumnName column, const char* otherwise) const {
    const auto& place = places_[column];
    return place ? (*fields_)[*place] : otherwise;
  }

  std::string id(ColumnName column) const {
    const auto name = text(column, "");
    const bool good = !name.empty() && name.front() != '.' &&
                      std::all_of(name.begin(), name.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                      });
    if (!good) fail(column, "an id is made of letters, digits, '.', '_' and '-'");
    return name;
  }

  template <class T>
  T required(ColumnName column, const std::optional<T>& found, const std::string& expected) const {
    if (!found) fail(column, "expected " + expected);
    return *found;
  }

  int number(ColumnName column, int least) const {
    const auto digits = text(column, "");
    int result = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    if (error != std::errc() || end != digits.data() + digits.size() || result < least ||
        result > 1'000'000)
      fail(column, "expected a whole number from " + std::to_string(least));
    return result;
  }

  double real(ColumnName column) const {
    const auto digits = text(column, "");
    double result = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(result))
      fail(column, "expected a finite number");
    return result;
  }

  ImportedCell& cell_of(const std::string& model_id, const std::string& corpus_id) {
    const auto [place, fresh] = by_name_.emplace(std::pair(model_id, corpus_id), cells_.size());
    if (fresh) {
      cells_.emplace_back();
      cells_.back().model = model_id;
      cells_.back().corpus = corpus_id;
    }
    return cells_[place->second];
  }

  ImportedSequence& sequence_of(ImportedCell& cell) {
    const auto name = text(sequence, "");
    if (name.empty()) fail(sequence, "a sequence needs an id");
    const auto [place, fresh] = cell.by_id.emplace(name, cell.sequences.size());
    const auto cluster = places_[document] ? text(document, "") : name;
    if (fresh) {
      cell.sequences.emplace_back();
      cell.sequences.back().id = name;
      cell.sequences.back().document = cluster;
      if (places_[n_tokens]) cell.sequences.back().n_tokens = number(n_tokens, 0);
    } else if (cell.sequences[place->second].document != cluster) {
      fail(document, "the sequence '" + name + "' stood in document '" +
                         cell.sequences[place->second].document + "' before");
    }
    return cell.sequences[place->second];
  }

  archive::SegmentGroup group_of(const ImportedCell& cell) const {
    archive::SegmentGroup group;
    auto& info = group.info;
    info.model = cell.model;
    info.corpus = cell.corpus;
    info.n_layers = std::max(cell.n_pairs + 1, cell.n_observed_layers);
    info.n_heads = cell.n_heads;
    info.layer_types.assign(static_cast<std::size_t>(info.n_layers), "unknown");
    info.precision = "imported";
    info.device = "imported";
    group.measure = measure_of(cell);
    std::int64_t record = 0;
    for (const auto& sequence : cell.sequences)
      group.rows.push_back(row_of(cell, group.measure, info.n_layers, sequence, record++));
    return group;
  }

  static MeasureSet measure_of(const ImportedCell& cell) {
    std::set<Norm> norms;
    std::set<Heads> head_kinds;
    for (const auto& series : cell.series) {
      norms.insert(series.norm);
      head_kinds.insert(series.heads);
    }
    return {{norms.begin(), norms.end()},
            {head_kinds.begin(), head_kinds.end()},
            {cell.views.begin(), cell.views.end()},
            {cell.observables.begin(), cell.observables.end()}};
  }

  SequenceRow row_of(const ImportedCell& cell, const MeasureSet& measure, int n_layers,
                     const ImportedSequence& from, std::int64_t record) const {
    SequenceRow row;
    row.id = from.id;
    row.document = from.document;
    row.record = record;
    row.n_tokens = row.n_full = from.n_tokens;
    for (const auto& series : measure.series()) {
      const int n = series.heads == Heads::each ? cell.n_heads : 1;
      const auto size = static_cast<std::size_t>((n_layers - 1) * n);
      row.values.emplace_back(size, missing);
      row.floors.emplace_back(size, 0.0);
      const auto found = from.series.find(series);
      if (found == from.series.end()) continue;
      if (found->second.size() != size)
        throw InputError(file_.string() + ": sequence '" + from.id + "' of " + cell.model + "/" +
                         cell.corpus + " has " + std::to_string(found->second.size()) +
                         " values of " + std::string(name(series.norm)) + ", its cell has " +
                         std::to_string(size) + " (layer pairs × heads)");
      for (const auto& [place, point] : found->second) {
        const auto i = static_cast<std::size_t>(place.second * n + place.first);
        row.values.back()[i] = point.value;
        row.floors.back()[i] = point.floor;
      }
    }
    for (const auto v : measure.views)
      for (const auto o : measure.observables) {
        row.observables.emplace_back(static_cast<std::size_t>(n_layers), missing);
        if (const auto found = from.observables.find({v, o}); found != from.observables.end())
          for (const auto& [l, observed] : found->second)
            row.observables.back()[static_cast<std::size_t>(l)] = observed;
      }
    return row;
  }

  const std::filesystem::path& file_;
  std::array<std::optional<std::size_t>, n_columns> places_;
  std::vector<ImportedCell> cells_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_name_;
  const std::vector<std::string>* fields_ = nullptr;
  std::int64_t record_ = 0;
};

}  // namespace

ImportedRows import_rows(const std::filesystem::path& file) {
  Importer importer(file);
  read_csv(
      file, [&](const std::vector<std::string>& names) { importer.header(names); },
      [&](const std::vector<std::string>& fields, std::int64_t record) {
        importer.row(fields, record);
      });
  return importer.result();
}

}  // namespace attnsweep::exchange
