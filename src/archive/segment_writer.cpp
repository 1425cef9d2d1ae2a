#include <algorithm>
#include <ctime>
#include <limits>
#include <set>

#include "archive/cell_fields.hpp"
#include "archive/json_fields.hpp"
#include "archive/netcdf.hpp"
#include "archive/schema.hpp"
#include "archive/segment.hpp"
#include "archive/write_once.hpp"
#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"

namespace attnsweep::archive {
namespace {

Attributes described(const std::string& long_name, const std::string& units) {
  return {{"long_name", long_name}, {"units", units}};
}

std::vector<double> counted(int n) {
  std::vector<double> numbers(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<double>(k);
  return numbers;
}

Attributes reason_attributes() {
  auto attributes = described("why a sequence has no values", "1");
  std::vector<double> numbers;
  std::string meanings;
  for (const auto reason : all_reasons()) {
    numbers.push_back(static_cast<double>(reason));
    meanings.append(meanings.empty() ? "" : " ").append(name(reason));
  }
  attributes.emplace_back("flag_values", numbers);
  attributes.emplace_back("flag_meanings", meanings);
  return attributes;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// Writes one cell's rows, column by column.
class GroupWriter {
 public:
  GroupWriter(NetcdfBuilder& file, const SegmentGroup& group)
      : file_(file),
        group_(group),
        path_(group.info.model + "/" + group.info.corpus),
        n_pairs_(static_cast<std::size_t>(group.info.n_layers) - 1),
        n_layers_(static_cast<std::size_t>(group.info.n_layers)),
        n_heads_(static_cast<std::size_t>(group.info.n_heads)) {}

  void write() {
    check_rows();
    write_attributes();
    write_dimensions();
    write_columns();
    write_series();
    write_observables();
  }

 private:
  std::size_t width(const Series& series) const {
    return series.heads == Heads::each ? n_pairs_ * n_heads_ : n_pairs_;
  }

  void check_rows() const {
    const auto series = group_.measure.series();
    const auto n_observables = group_.measure.views.size() * group_.measure.observables.size();
    for (const auto& row : group_.rows) {
      const auto where = path_ + ": row '" + row.id + "': ";
      require(row.covariates.size() == group_.info.covariates.size(),
              where + "got " + std::to_string(row.covariates.size()) + " covariates, expected " +
                  std::to_string(group_.info.covariates.size()));
      if (row.reason != Reason::measured) continue;
      require(row.values.size() == series.size() && row.floors.size() == series.size(),
              where + "got values of " + std::to_string(row.values.size()) + " and floors of " +
                  std::to_string(row.floors.size()) + " series, expected " +
                  std::to_string(series.size()));
      for (std::size_t s = 0; s < series.size(); ++s)
        require(
            row.values[s].size() == width(series[s]) && row.floors[s].size() == width(series[s]),
            where + variable_name(series[s]) + ": got " + std::to_string(row.values[s].size()) +
                " values and " + std::to_string(row.floors[s].size()) + " floors, expected " +
                std::to_string(width(series[s])));
      require(row.observables.size() == n_observables,
              where + "got " + std::to_string(row.observables.size()) + " observables, expected " +
                  std::to_string(n_observables));
      for (const auto& observable : row.observables)
        require(observable.size() == n_layers_,
                where + "got an observable of " + std::to_string(observable.size()) +
                    " layers, expected " + std::to_string(n_layers_));
    }
  }

  void write_attributes() {
    Attributes all;
    for_each_field(group_.info, [&](const char* key, const auto& value) {
      using Value = std::decay_t<decltype(value)>;
      if constexpr (std::is_integral_v<Value>)
        all.emplace_back(key, static_cast<std::int64_t>(value));
      else if constexpr (std::is_same_v<Value, std::string>)
        all.emplace_back(key, value);
      else
        all.emplace_back(key, list_text(value));
    });
    for_each_list(group_.measure, [&](const std::string& list, const auto& names) {
      all.emplace_back(list, list_text(names));
    });
    std::string coordinates = "document record window n_tokens n_full reason empty_rows";
    for (const auto& variable : covariate_variables(group_.info.covariates))
      coordinates.append(" ").append(variable);
    all.emplace_back("coordinates", coordinates);
    file_.attributes(path_, all);
  }

  void write_dimensions() {
    std::vector<std::string> ids;
    for (const auto& row : group_.rows) ids.push_back(row.id);
    file_.dimension(path_, "sequence", ids, described("id of the record (windows: id#k)", "1"));
    file_.dimension(path_, "pair", counted(group_.info.n_layers - 1),
                    described("i of the layer pair (i, i + 1)", "1"));
    file_.dimension(path_, "layer", counted(group_.info.n_layers),
                    described("index of the layer", "1"));
    file_.dimension(path_, "head", counted(group_.info.n_heads),
                    described("index of the query head", "1"));
    std::vector<std::string> types;
    for (std::size_t i = 0; i + 1 < group_.info.layer_types.size(); ++i)
      types.push_back(group_.info.layer_types[i] + " " + group_.info.layer_types[i + 1]);
    if (types.size() == n_pairs_)
      file_.variable(path_, "layer_type", {"pair"}, types,
                     described("types of the pair's two layers: full, or sliding:W (window)", "1"));
  }

  template <class Get>
  void number_column(const std::string& variable, const Attributes& attributes, Get get) {
    std::vector<double> column;
    column.reserve(group_.rows.size());
    for (const auto& row : group_.rows) column.push_back(static_cast<double>(get(row)));
    file_.variable(path_, variable, {"sequence"}, column, attributes);
  }

  void write_columns() {
    std::vector<std::string> column;
    for (const auto& row : group_.rows) column.push_back(row.document);
    file_.variable(path_, "document", {"sequence"}, column,
                   described("document of the record: its cluster", "1"));
    number_column("record", described("position of the record in the corpus", "1"),
                  [](const SequenceRow& row) { return row.record; });
    number_column("window", described("index of the window in its record", "1"),
                  [](const SequenceRow& row) { return row.window; });
    number_column("n_tokens", described("measured tokens, special ones included", "1"),
                  [](const SequenceRow& row) { return row.n_tokens; });
    number_column("n_full", described("tokens before truncation", "1"),
                  [](const SequenceRow& row) { return row.n_full; });
    number_column("reason", reason_attributes(),
                  [](const SequenceRow& row) { return static_cast<int>(row.reason); });
    number_column("empty_rows",
                  described("rows of kept mass 0 left out in the dropped view, all pairs", "1"),
                  [](const SequenceRow& row) { return row.empty_rows; });
    const auto variables = covariate_variables(group_.info.covariates);
    for (std::size_t k = 0; k < variables.size(); ++k) {
      column.clear();
      for (const auto& row : group_.rows) column.push_back(row.covariates[k]);
      file_.variable(path_, variables[k], {"sequence"}, column,
                     described("covariate " + group_.info.covariates[k], "1"));
    }
  }

  // One variable of `columns` numbers a row; a row that was not measured holds NaN.
  template <class Get>
  void values(const std::string& variable, const std::vector<std::string>& dimensions,
              std::size_t columns, const Attributes& attributes, Get get) {
    std::vector<double> flat(group_.rows.size() * columns,
                             std::numeric_limits<double>::quiet_NaN());
    for (std::size_t r = 0; r < group_.rows.size(); ++r) {
      if (group_.rows[r].reason != Reason::measured) continue;
      const std::vector<double>& row = get(group_.rows[r]);
      std::copy(row.begin(), row.end(), flat.begin() + static_cast<std::ptrdiff_t>(r * columns));
    }
    file_.variable(path_, variable, dimensions, flat, attributes);
  }

  void write_series() {
    const auto all = group_.measure.series();
    for (std::size_t s = 0; s < all.size(); ++s) {
      std::vector<std::string> dimensions{"sequence", "pair"};
      if (all[s].heads == Heads::each) dimensions.emplace_back("head");
      const auto words = long_name(all[s]);
      const auto unit = units(all[s].norm);
      values(
          variable_name(all[s]), dimensions, width(all[s]),
          described(words, unit), [s](const SequenceRow& row) -> const auto& {
            return row.values[s];
          });
      values(
          floor_name(all[s]), dimensions, width(all[s]),
          described("rounding floor: " + words, unit), [s](const SequenceRow& row) -> const auto& {
            return row.floors[s];
          });
    }
  }

  void write_observables() {
    std::size_t k = 0;
    for (const auto view : group_.measure.views)
      for (const auto observable : group_.measure.observables) {
        values(
            variable_name(observable, view), {"sequence", "layer"}, n_layers_,
            described(long_name(observable, view), units(observable)),
            [k](const SequenceRow& row) -> const auto& { return row.observables[k]; });
        ++k;
      }
  }

  NetcdfBuilder& file_;
  const SegmentGroup& group_;
  std::string path_;
  std::size_t n_pairs_, n_layers_, n_heads_;
};

void write_root(NetcdfBuilder& file, const std::map<std::string, std::string>& attributes,
                const std::vector<std::string>& cells) {
  const auto build = build_info();
  Attributes all{{"schema_major", std::int64_t{schema_major}},
                 {"schema_minor", std::int64_t{schema_minor}},
                 {"writer", "attnsweep"},
                 {"writer_version", build.version},
                 {"git_commit", build.git_commit},
                 {"hdf5_version", hdf5_version()},
                 {"created", utc_now()},
                 {cells_attribute, list_text(cells)}};
  std::set<std::string> names;
  for (const auto& attribute : all) names.insert(attribute.first);
  for (const auto& [key, value] : attributes)
    if (!names.contains(key)) all.emplace_back(key, value);
  file.attributes("", all);
}

}  // namespace

std::string write_segment(const std::filesystem::path& run, const std::string& name,
                          const std::map<std::string, std::string>& attributes,
                          const std::vector<SegmentGroup>& groups) {
  const auto folder = run / "segments";
  const auto file = folder / (name + ".h5");
  NetcdfBuilder builder(file.string());
  std::vector<std::string> cells;
  for (const auto& group : groups) {
    const auto cell = group.info.model + "/" + group.info.corpus;
    require(std::find(cells.begin(), cells.end(), cell) == cells.end(),
            file.string() + ": two groups of the cell " + cell);
    require(group.info.n_layers >= 2 && group.info.n_heads >= 1,
            cell + ": got " + std::to_string(group.info.n_layers) + " layers and " +
                std::to_string(group.info.n_heads) + " heads, expected at least 2 and 1");
    cells.push_back(cell);
  }
  write_root(builder, attributes, cells);
  for (const auto& group : groups) GroupWriter(builder, group).write();
  const auto bytes = builder.close();
  make_folder(folder);
  write_once(file, bytes);
  return digest_of(bytes);
}

}  // namespace attnsweep::archive
