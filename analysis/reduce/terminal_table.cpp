#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reduce/display_width.hpp"
#include "reduce/meaning.hpp"
#include "reduce/output.hpp"
#include "reduce/words.hpp"

namespace attnsweep::reduce {
namespace {

constexpr std::size_t total_width = 100;

struct Column {
  std::string title;
  bool right;
  std::size_t most;  ///< longer texts are cut
  std::size_t width = 0;
};

std::string counts(const std::map<std::string, std::int64_t>& by_reason) {
  std::vector<std::string> words;
  for (const auto& [reason, n] : by_reason) words.push_back(std::to_string(n) + " " + reason);
  return joined(words, ", ");
}

std::vector<std::string> row_of(const CellResult& c, const ReduceOptions& options, bool views) {
  const Interval& i = c.lambda.chosen(options);
  std::vector<std::string> row{c.info.model, c.info.corpus, std::string(name(c.series.norm))};
  if (views) row.emplace_back(name(c.series.view));
  row.push_back(std::to_string(c.n_sequences) + "/" + std::to_string(c.n_clusters));
  row.push_back(fixed(c.stats.lambda, 4) + " [" + fixed(i.low, 4) + ", " + fixed(i.high, 4) + "]" +
                (i.unreliable ? "?" : ""));
  row.push_back(fixed(c.stats.drop, 3));
  row.push_back(fixed(c.stats.r2, 3));
  return row;
}

std::string line_of(const std::vector<std::string>& row, const std::vector<Column>& columns) {
  std::string out;
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (k) out += "  ";
    out += columns[k].right ? fitted_right(row[k], columns[k].width)
                            : fitted(row[k], columns[k].width);
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::string verdict_line(const CellResult& c, const Summary& s) {
  std::string out = std::string(name(c.verdict.verdict));
  if (!c.verdict.reasons.empty()) out += " (" + joined(c.verdict.reasons, ", ") + ")";
  out += "; the original experiment's criterion says: " +
         (c.original_criterion.empty() ? "nothing, there is no interval" : c.original_criterion);
  if (!c.in_family && c.info.control_of.empty() && s.family_size > 0)
    out += "; secondary, p unadjusted";
  return out;
}

std::string details_of(const CellResult& c, const Summary& s) {
  std::string out = wrapped("→ " + verdict_line(c, s), total_width, "  ");
  out += wrapped(meaning(c, s), total_width, "    ");
  if (!c.residuals.empty()) {
    std::string off = "off the line, layer by layer:";
    for (double r : c.residuals) off += " " + signed_fixed(r, 3);
    out += wrapped(off, total_width, "    ");
  }
  for (const ControlResult& control : c.controls)
    out +=
        wrapped("control " + control.model + ": T = " + fixed(control.drop, 3) +
                    "; T − T_control = " + fixed(control.drop_difference, 3) + " [" +
                    fixed(control.interval.low, 3) + ", " + fixed(control.interval.high, 3) + "]",
                total_width, "    ");
  if (c.m < c.n_pairs)
    out += wrapped("layers: " + std::to_string(c.m) + " of " + std::to_string(c.n_pairs) +
                       " pairs used, the rest lies in the rounding noise",
                   total_width, "    ");
  if (!c.excluded.empty()) out += wrapped("left out: " + counts(c.excluded), total_width, "    ");
  if (!c.flags.empty()) out += wrapped("flags: " + joined(c.flags, ", "), total_width, "    ");
  return out;
}

std::string title_of(const Summary& s) {
  std::string out;
  if (s.partial)
    out += wrapped("PARTIAL: made from " + std::to_string(s.n_tasks_done) + " of " +
                       std::to_string(s.n_tasks) + " tasks; nothing here is final.",
                   total_width, "");
  char level[16];
  std::snprintf(level, sizeof level, "%g", 100 * s.options.level);
  out += wrapped("Study " + s.study + ": decay of the layer differences, λ a layer with " + level +
                     " % " + s.options.interval + " intervals over documents; T = λ (m − 1), R² " +
                     "of the line; " + std::to_string(s.n_replicates) + " replicates" +
                     (s.options.weights == "document" ? "; every document counts once" : "") + ".",
                 total_width, "");
  if (s.machines.size() > 1) {
    out += wrapped("Rows of different devices or precisions are mixed: " + joined(s.machines, "; "),
                   total_width, "");
  }
  return out;
}

}  // namespace

std::string terminal_table(const Summary& s) {
  bool views = false;
  for (const CellResult& c : s.cells) views |= c.series.view != View::keep;
  std::vector<Column> columns{{"model", false, 30}, {"corpus", false, 20}, {"norm", false, 9}};
  if (views) columns.push_back({"view", false, 4});
  for (Column c : {Column{"seq./doc.", true, 20}, Column{"λ [low, high]", true, 40},
                   Column{"T", true, 8}, Column{"R²", true, 8}})
    columns.push_back(c);
  std::vector<std::string> titles;
  for (const Column& c : columns) titles.push_back(c.title);
  std::vector<std::vector<std::string>> rows;
  for (const CellResult& c : s.cells) rows.push_back(row_of(c, s.options, views));
  std::size_t sum = 2 * (columns.size() - 1);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    columns[k].width = display_width(titles[k]);
    for (const auto& row : rows)
      columns[k].width = std::max(columns[k].width, display_width(row[k]));
    columns[k].width = std::min(columns[k].width, columns[k].most);
    sum += columns[k].width;
  }
  // Too wide: names give way, the longer one first; numbers are shown whole.
  constexpr std::size_t least = 4;
  while (sum > total_width && std::max(columns[0].width, columns[1].width) > least) {
    --columns[columns[0].width >= columns[1].width ? 0 : 1].width;
    --sum;
  }
  std::string out = title_of(s) + "\n" + line_of(titles, columns);
  for (std::size_t k = 0; k < rows.size(); ++k)
    out += line_of(rows[k], columns) + details_of(s.cells[k], s);
  if (s.cells.empty()) out += "no head-mean series was measured\n";
  out += across_models_text(s, total_width);
  if (!s.heads.empty())
    out += "\n" + std::to_string(s.heads.size()) + " rows of single heads are in heads.csv\n";
  if (!s.excluded.empty())
    out += "\n" + wrapped("Left out over all models: " + counts(s.excluded), total_width, "");
  return out;
}

}  // namespace attnsweep::reduce
