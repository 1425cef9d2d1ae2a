#include "exchange/export_csv.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "archive/segment.hpp"
#include "base/files.hpp"

namespace attnsweep::exchange {
namespace {

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// One column of numbers of a row: where its values lie and what stands before them in a line.
struct Column {
  std::string view, heads;
  int head = -1;  // -1: the head mean
  std::string norm;
  bool observable = false;
  std::size_t index = 0;  // into values or observables
  auto key() const { return std::tie(view, heads, head, norm); }
};

std::vector<Column> columns_of(const archive::SegmentGroup& group) {
  std::vector<Column> columns;
  const auto series = group.measure.series();
  for (std::size_t s = 0; s < series.size(); ++s) {
    const int n = series[s].heads == Heads::each ? group.info.n_heads : 0;
    for (int h = n == 0 ? -1 : 0; h < n; ++h)
      columns.push_back({std::string(name(series[s].view)), std::string(name(series[s].heads)), h,
                         std::string(name(series[s].norm)), false, s});
  }
  for (std::size_t v = 0; v < group.measure.views.size(); ++v)
    for (std::size_t o = 0; o < group.measure.observables.size(); ++o)
      columns.push_back({std::string(name(group.measure.views[v])), "mean", -1,
                         std::string(name(group.measure.observables[o])), true,
                         v * group.measure.observables.size() + o});
  std::sort(columns.begin(), columns.end(),
            [](const Column& a, const Column& b) { return a.key() < b.key(); });
  return columns;
}

class Writer {
 public:
  Writer(const archive::OpenRun& run, const ExportOptions& options,
         const std::function<void(std::string_view)>& write)
      : floor_(options.floor), partial_(!run.complete()), write_(write) {}

  void header() {
    text_ = "model,corpus,sequence,document,n_tokens,view,heads,head,norm,layer,value";
    if (floor_) text_ += ",floor";
    if (partial_) text_ += ",partial";
    text_ += '\n';
    flush();
  }

  void group(const archive::SegmentGroup& group) {
    const auto columns = columns_of(group);
    const auto cell = field(group.info.model) + "," + field(group.info.corpus) + ",";
    for (const auto& row : group.rows) {
      if (row.reason != Reason::measured) continue;
      const auto start = cell + field(row.id) + "," + field(row.document) + "," +
                         std::to_string(row.n_tokens) + ",";
      for (const auto& column : columns) lines(group, row, column, start);
      if (text_.size() > (1u << 20)) flush();
    }
    flush();
  }

 private:
  void lines(const archive::SegmentGroup& group, const SequenceRow& row, const Column& column,
             const std::string& start) {
    const auto middle = start + column.view + "," + column.heads + "," +
                        (column.head < 0 ? "" : std::to_string(column.head)) + "," + column.norm +
                        ",";
    const std::size_t n_heads = column.head < 0 ? 1 : static_cast<std::size_t>(group.info.n_heads);
    const std::size_t h = column.head < 0 ? 0 : static_cast<std::size_t>(column.head);
    const auto& values =
        column.observable ? row.observables[column.index] : row.values[column.index];
    for (std::size_t i = 0; i * n_heads < values.size(); ++i) {
      const double value = values[i * n_heads + h];
      if (!std::isfinite(value)) continue;
      text_ += middle + std::to_string(i) + "," + shortest(value);
      if (floor_)
        text_ += "," + (column.observable ? std::string()
                                          : shortest(row.floors[column.index][i * n_heads + h]));
      if (partial_) text_ += ",1";
      text_ += '\n';
    }
  }

  void flush() {
    write_(text_);
    text_.clear();
  }

  bool floor_, partial_;
  const std::function<void(std::string_view)>& write_;
  std::string text_;
};

}  // namespace

void export_csv(const archive::OpenRun& run, const ExportOptions& options,
                const std::function<void(std::string_view)>& write) {
  auto plan = run.plan;
  std::sort(plan.tasks.begin(), plan.tasks.end(),
            [](const archive::Task& a, const archive::Task& b) {
              return std::tie(a.model, a.corpus, a.first_block) <
                     std::tie(b.model, b.corpus, b.first_block);
            });
  Writer writer(run, options, write);
  writer.header();
  archive::for_each_task(
      run.folder, plan, run.journal,
      [&](const archive::Task&, const archive::SegmentGroup& group) { writer.group(group); });
}

}  // namespace attnsweep::exchange
