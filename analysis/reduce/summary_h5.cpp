#include <algorithm>
#include <cmath>
#include <functional>

#include "archive/netcdf.hpp"
#include "base/build_info.hpp"
#include "base/files.hpp"
#include "reduce/output.hpp"
#include "reduce/table.hpp"
#include "reduce/words.hpp"

namespace attnsweep::reduce {
namespace {

using archive::NetcdfBuilder;
using Values = std::vector<double>;

std::vector<double> counting(std::size_t n, double from = 0) {
  std::vector<double> out(n);
  for (std::size_t k = 0; k < n; ++k) out[k] = from + static_cast<double>(k);
  return out;
}

/// Variables over (cell).
class CellWriter {
 public:
  CellWriter(NetcdfBuilder& file, const Summary& summary) : file_(file), s_(summary) {}

  void text(const std::string& key, const std::string& long_name,
            const std::function<std::string(const CellResult&)>& get) {
    std::vector<std::string> values;
    for (const CellResult& c : s_.cells) values.push_back(archive::storable_text(get(c)));
    file_.variable("", key, {"cell"}, values, {{"long_name", long_name}});
  }
  void number(const std::string& key, const std::string& long_name, const std::string& units,
              const std::function<double(const CellResult&)>& get) {
    Values values;
    for (const CellResult& c : s_.cells) values.push_back(get(c));
    file_.variable("", key, {"cell"}, values, {{"long_name", long_name}, {"units", units}});
  }
  /// Rows shorter than the dimension are filled with NaN.
  void row(const std::string& key, const std::string& dimension, std::size_t size,
           const std::string& long_name, const std::string& units,
           const std::function<Values(const CellResult&)>& get) {
    Values values;
    for (const CellResult& c : s_.cells) {
      Values row = get(c);
      row.resize(size, undefined);
      values.insert(values.end(), row.begin(), row.end());
    }
    file_.variable("", key, {"cell", dimension}, values,
                   {{"long_name", long_name}, {"units", units}});
  }

 private:
  NetcdfBuilder& file_;
  const Summary& s_;
};

void write_identity(CellWriter& w) {
  w.text("model", "model", [](const CellResult& c) { return c.info.model; });
  w.text("corpus", "corpus", [](const CellResult& c) { return c.info.corpus; });
  w.text("control_of", "trained model of a control",
         [](const CellResult& c) { return c.info.control_of; });
  w.text("norm", "size of a layer difference",
         [](const CellResult& c) { return std::string(name(c.series.norm)); });
  w.text("view", "tokens in the measured matrix",
         [](const CellResult& c) { return std::string(name(c.series.view)); });
  w.number("sequences", "sequences in the fit", "1",
           [](const CellResult& c) { return static_cast<double>(c.n_sequences); });
  w.number("documents", "documents, the clusters", "1",
           [](const CellResult& c) { return static_cast<double>(c.n_clusters); });
  w.number("points", "usable layer pairs", "1", [](const CellResult& c) { return double(c.m); });
  w.number("j_eff", "effective number of documents", "1",
           [](const CellResult& c) { return c.j_eff; });
  w.number("df", "degrees of freedom of the t interval", "1",
           [](const CellResult& c) { return c.df; });
  w.number("excluded_share", "share of the sequences left out", "1",
           [](const CellResult& c) { return c.excluded_share; });
}

void write_line(CellWriter& w, const ReduceOptions& o) {
  w.number("lambda", "decay rate of the mean log-curve", "1/layer",
           [](const CellResult& c) { return c.stats.lambda; });
  w.number("lambda_low", "lower end of its interval", "1/layer",
           [&](const CellResult& c) { return c.lambda.chosen(o).low; });
  w.number("lambda_high", "upper end of its interval", "1/layer",
           [&](const CellResult& c) { return c.lambda.chosen(o).high; });
  w.number("se", "jackknife standard error of lambda", "1/layer",
           [](const CellResult& c) { return c.lambda.linear.se; });
  w.number("drop", "T, nats lost over the measured depth", "nat",
           [](const CellResult& c) { return c.stats.drop; });
  w.number("amplitude", "difference at the first point of the fitted line", "norm",
           [](const CellResult& c) { return std::exp(c.stats.log_amplitude); });
  w.number("r2", "R squared of the line", "1", [](const CellResult& c) { return c.stats.r2; });
  w.number("r2_within", "R squared inside single texts", "1",
           [](const CellResult& c) { return c.r2_within; });
  w.number("kappa", "bend at mid-depth as a share of the drop", "1",
           [](const CellResult& c) { return c.stats.kappa; });
  w.number("kappa3", "S-shape as a share of the drop", "1",
           [](const CellResult& c) { return c.stats.kappa3; });
  w.number("rise", "largest rise", "nat", [](const CellResult& c) { return c.stats.rise; });
  w.number("rise_rel", "largest rise as a share of the range", "1",
           [](const CellResult& c) { return c.stats.rise_rel; });
  w.number("tau", "mean Kendall tau-b", "1", [](const CellResult& c) { return c.tau; });
  w.number("share_positive", "share of sequences that decay", "1",
           [](const CellResult& c) { return c.share_positive; });
}

void write_verdict(CellWriter& w) {
  w.text("verdict", "verdict",
         [](const CellResult& c) { return std::string(name(c.verdict.verdict)); });
  w.text("reason", "first reason", [](const CellResult& c) { return c.verdict.reason; });
  w.text("reasons", "all reasons",
         [](const CellResult& c) { return joined(c.verdict.reasons, ";"); });
  w.text("v", "rule of the curve alone",
         [](const CellResult& c) { return std::string(name(c.curve_verdict.v)); });
  w.text("flags", "flags", [](const CellResult& c) { return joined(c.flags, ";"); });
  w.text("original_criterion", "criterion of the original experiment",
         [](const CellResult& c) { return c.original_criterion; });
  w.number("p_v", "p of the verdict", "1", [](const CellResult& c) { return c.p_v; });
  w.number("p_v_adjusted", "p of the verdict after Holm", "1",
           [](const CellResult& c) { return c.p_v_adjusted; });
  w.number("stability", "share of replicates with the same verdict", "1",
           [](const CellResult& c) { return c.stability; });
}

void write_curves(CellWriter& w, const ReduceOptions& o, std::size_t n) {
  const auto ends = [&o](bool low) {
    return [&o, low](const CellResult& c) {
      Values out;
      for (const Estimate& e : c.curve) out.push_back(low ? e.chosen(o).low : e.chosen(o).high);
      return out;
    };
  };
  w.row("curve", "layer", n, "mean log-curve g", "ln(norm)",
        [](const CellResult& c) { return c.g; });
  w.row("curve_low", "layer", n, "lower end of its interval", "ln(norm)", ends(true));
  w.row("curve_high", "layer", n, "upper end of its interval", "ln(norm)", ends(false));
  w.row("residual", "layer", n, "residual from the line", "ln(norm)",
        [](const CellResult& c) { return c.residuals; });
  w.row("mean_curve", "layer", n, "arithmetic mean curve", "norm",
        [](const CellResult& c) { return c.mean_curve; });
  const auto law = [](auto get) {
    return [get](const CellResult& c) {
      Values out;
      for (const LawResult& l : c.laws) out.push_back(get(l));
      return out;
    };
  };
  w.row("lolo", "law", n_laws, "leave-one-layer-out error", "nat",
        law([](const LawResult& l) { return l.lolo; }));
  w.row("forecast", "law", n_laws, "forecast error of the last third", "nat",
        law([](const LawResult& l) { return l.forecast; }));
}

void write_heads(NetcdfBuilder& file, const Summary& s) {
  if (s.heads.empty()) return;
  file.dimension("", "head_row", counting(s.heads.size()),
                 {{"long_name", "row of the table of single heads"}, {"units", "1"}});
  const auto text = [&](const std::string& key, auto get) {
    std::vector<std::string> values;
    for (const HeadResult& h : s.heads) values.push_back(archive::storable_text(get(h)));
    file.variable("", key, {"head_row"}, values, {{"long_name", key}});
  };
  const auto number = [&](const std::string& key, const std::string& units, auto get) {
    Values values;
    for (const HeadResult& h : s.heads) values.push_back(get(h));
    file.variable("", key, {"head_row"}, values, {{"long_name", key}, {"units", units}});
  };
  text("head_model", [](const HeadResult& h) { return h.info.model; });
  text("head_corpus", [](const HeadResult& h) { return h.info.corpus; });
  text("head_norm", [](const HeadResult& h) { return std::string(name(h.series.norm)); });
  text("head_view", [](const HeadResult& h) { return std::string(name(h.series.view)); });
  number("head", "1", [](const HeadResult& h) { return double(h.head); });
  number("head_lambda", "1/layer", [](const HeadResult& h) { return h.lambda; });
  number("head_lambda_low", "1/layer", [](const HeadResult& h) { return h.interval.low; });
  number("head_lambda_high", "1/layer", [](const HeadResult& h) { return h.interval.high; });
}

/// A group of its own, with one dimension: its rows.
void write_table(NetcdfBuilder& file, const Table& table) {
  if (table.n_rows() == 0) return;
  file.dimension(table.name, "row", counting(table.n_rows()),
                 {{"long_name", table.long_name}, {"units", "1"}});
  for (const Table::Column& c : table.columns) {
    if (c.is_text()) {
      std::vector<std::string> texts;
      for (const std::string& text : c.texts) texts.push_back(archive::storable_text(text));
      file.variable(table.name, c.key, {"row"}, texts, {{"long_name", c.long_name}});
    } else {
      file.variable(table.name, c.key, {"row"}, c.numbers,
                    {{"long_name", c.long_name}, {"units", c.units}});
    }
  }
}

}  // namespace

void write_summary_h5(const Summary& s, const std::filesystem::path& file) {
  NetcdfBuilder out(file.string());
  const std::string machines = joined(s.machines, "; ");
  out.attributes("", {{"title", "attnsweep summary of " + archive::storable_text(s.study)},
                      {"writer_version", build_info().version},
                      {"partial", std::int64_t{s.partial}},
                      {"machines", machines.empty() ? "none" : machines},
                      {"interval", s.options.interval},
                      {"level", s.options.level},
                      {"replicates", static_cast<std::int64_t>(s.n_replicates)}});
  if (!s.cells.empty()) {
    std::size_t layers = 1;
    for (const CellResult& c : s.cells) layers = std::max(layers, c.g.size());
    std::vector<std::string> laws;
    for (Law law : all_laws) laws.emplace_back(name(law));
    out.dimension("", "cell", counting(s.cells.size()),
                  {{"long_name", "row of the table of cells"}, {"units", "1"}});
    out.dimension("", "layer", counting(layers, s.options.burn_in),
                  {{"long_name", "layer pair"}, {"units", "1"}});
    out.dimension("", "law", laws, {{"long_name", "law of decay"}});
    CellWriter w(out, s);
    write_identity(w);
    write_line(w, s.options);
    write_verdict(w);
    write_curves(w, s.options, layers);
  }
  write_heads(out, s);
  for (const Table& table : across_tables(s)) write_table(out, table);
  write_file_durably(file, out.close());
}

}  // namespace attnsweep::reduce
