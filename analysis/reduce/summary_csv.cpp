#include <cmath>

#include "base/files.hpp"
#include "reduce/output.hpp"
#include "reduce/table.hpp"
#include "reduce/words.hpp"

namespace attnsweep::reduce {
namespace {

/// One CSV file: fields are appended, a line ends when all columns are filled.
class Csv {
 public:
  explicit Csv(std::vector<std::string> columns) : n_columns_(columns.size()) {
    for (const std::string& c : columns) *this << c;
  }
  Csv& operator<<(const std::string& field) {
    const bool quote = field.find_first_of(",\"\r\n") != std::string::npos;
    std::string shown = field;
    if (quote) {
      shown = "\"";
      for (char c : field) shown += c == '"' ? "\"\"" : std::string(1, c);
      shown += '"';
    }
    text_ += shown;
    at_ = (at_ + 1) % n_columns_;
    text_ += at_ == 0 ? "\n" : ",";
    return *this;
  }
  Csv& operator<<(std::string_view field) { return *this << std::string(field); }
  Csv& operator<<(const char* field) { return *this << std::string(field); }
  Csv& operator<<(double x) { return *this << (std::isfinite(x) ? shortest(x) : std::string()); }
  Csv& operator<<(std::int64_t x) { return *this << std::to_string(x); }
  Csv& operator<<(int x) { return *this << std::to_string(x); }
  Csv& operator<<(bool x) { return *this << (x ? "true" : "false"); }
  const std::string& text() const { return text_; }

 private:
  std::size_t n_columns_, at_ = 0;
  std::string text_;
};

const std::vector<std::string> cell_columns{"model", "corpus", "norm", "view", "heads"};

std::vector<std::string> with_cell(std::vector<std::string> columns) {
  columns.insert(columns.begin(), cell_columns.begin(), cell_columns.end());
  return columns;
}

Csv& put_cell(Csv& csv, const CellInfo& info, const Series& series) {
  return csv << info.model << info.corpus << name(series.norm) << name(series.view)
             << name(series.heads);
}

std::string lambda_csv(const Summary& s) {
  Csv csv(with_cell({"control_of",
                     "sequences",
                     "documents",
                     "points",
                     "lambda",
                     "lambda_low",
                     "lambda_high",
                     "interval",
                     "se",
                     "se_cr1",
                     "df",
                     "j_eff",
                     "drop",
                     "drop_low",
                     "drop_high",
                     "amplitude",
                     "amplitude_low",
                     "amplitude_high",
                     "r2",
                     "r2_within",
                     "kappa",
                     "kappa3",
                     "rise",
                     "rise_rel",
                     "sigma_r",
                     "tau",
                     "share_positive",
                     "lambda_nls_secondary",
                     "partial"}));
  for (const CellResult& c : s.cells) {
    const Interval &l = c.lambda.chosen(s.options), &a = c.log_amplitude.chosen(s.options);
    put_cell(csv, c.info, c.series)
        << c.info.control_of << c.n_sequences << c.n_clusters << c.m << c.stats.lambda << l.low
        << l.high << s.options.interval << c.lambda.linear.se << c.lambda.linear.se_cr1 << c.df
        << c.j_eff << c.stats.drop << l.low * (c.m - 1) << l.high * (c.m - 1)
        << std::exp(c.stats.log_amplitude) << std::exp(a.low) << std::exp(a.high) << c.stats.r2
        << c.r2_within << c.stats.kappa << c.stats.kappa3 << c.stats.rise << c.stats.rise_rel
        << c.stats.sigma << c.tau << c.share_positive << c.nls.lambda << s.partial;
  }
  return csv.text();
}

std::string curves_csv(const Summary& s) {
  Csv csv(with_cell(
      {"layer", "g", "g_low", "g_high", "fit", "residual", "arithmetic_mean", "partial"}));
  for (const CellResult& c : s.cells)
    for (int i = 0; i < c.m && i < static_cast<int>(c.g.size()); ++i) {
      const Interval& g = c.curve[i].chosen(s.options);
      const double residual = c.residuals.empty() ? undefined : c.residuals[i];
      put_cell(csv, c.info, c.series)
          << i + s.options.burn_in << c.g[i] << g.low << g.high << c.g[i] - residual << residual
          << c.mean_curve[i] << s.partial;
    }
  return csv.text();
}

std::string laws_csv(const Summary& s) {
  Csv csv(with_cell({"law", "identifiable", "lolo", "lolo_low", "lolo_high", "forecast", "status",
                     "rms", "a", "parameter", "value", "parameter_2", "value_2", "beats",
                     "not_told_apart", "partial"}));
  const auto has = [](const std::vector<Law>& laws, Law law) {
    for (Law l : laws)
      if (l == law) return true;
    return false;
  };
  for (const CellResult& c : s.cells)
    for (Law law : all_laws) {
      const LawResult& l = c.laws[static_cast<int>(law)];
      const ParameterNames names = parameter_names(law);
      put_cell(csv, c.info, c.series)
          << name(law) << identifiable(law, c.m) << l.lolo << l.lolo_interval.low
          << l.lolo_interval.high << l.forecast << name(l.fit.report.status) << l.fit.rms << l.fit.a
          << names.first << (names.first.empty() ? undefined : l.fit.first) << names.second
          << (names.second.empty() ? undefined : l.fit.second)
          << has(c.curve_verdict.beaten_by, law) << has(c.curve_verdict.not_told_apart, law)
          << s.partial;
    }
  return csv.text();
}

std::string verdicts_csv(const Summary& s) {
  Csv csv(with_cell({"control_of", "primary", "verdict", "reason", "reasons", "v", "v_reasons",
                     "original_criterion", "stability", "p_v", "p_v_adjusted", "replicates",
                     "excluded_share", "best_law", "flags", "partial"}));
  for (const CellResult& c : s.cells)
    put_cell(csv, c.info, c.series)
        << c.info.control_of << c.in_family << name(c.verdict.verdict) << c.verdict.reason
        << joined(c.verdict.reasons, ";") << name(c.curve_verdict.v)
        << joined(c.curve_verdict.reasons, ";") << c.original_criterion << c.stability << c.p_v
        << c.p_v_adjusted << static_cast<std::int64_t>(c.n_replicates) << c.excluded_share
        << (c.curve_verdict.best < 0 ? std::string_view()
                                     : name(static_cast<Law>(c.curve_verdict.best)))
        << joined(c.flags, ";") << s.partial;
  return csv.text();
}

std::string models_csv(const Summary& s) {
  Csv csv({"model", "corpus", "lineage", "control_of", "model_type", "n_layers", "n_heads",
           "hidden_size", "n_parameters", "token_limit", "precision", "device", "rows", "measured",
           "failed", "too_short", "too_long", "tokens", "partial"});
  for (const ModelRows& m : s.models) {
    const auto count = [&](const char* reason) {
      const auto at = m.not_measured.find(reason);
      return at == m.not_measured.end() ? std::int64_t{0} : at->second;
    };
    csv << m.info.model << m.info.corpus << m.info.lineage << m.info.control_of << m.info.model_type
        << m.info.n_layers << m.info.n_heads << m.info.hidden_size << m.info.n_parameters
        << m.info.token_limit << m.info.precision << m.info.device << m.n_rows << m.n_measured
        << m.n_failed << count("too_short") << count("too_long") << m.n_tokens << s.partial;
  }
  return csv.text();
}

std::string heads_csv(const Summary& s) {
  Csv csv(with_cell({"head", "sequences", "documents", "points", "lambda", "lambda_low",
                     "lambda_high", "se", "df", "drop", "r2", "share_positive", "partial"}));
  for (const HeadResult& h : s.heads)
    put_cell(csv, h.info, h.series)
        << h.head << h.n_sequences << h.n_clusters << h.m << h.lambda << h.interval.low
        << h.interval.high << h.se << h.df << h.drop << h.r2 << h.share_positive << s.partial;
  return csv.text();
}

std::string table_csv(const Table& table, bool partial) {
  std::vector<std::string> columns;
  for (const Table::Column& c : table.columns) columns.push_back(c.key);
  columns.emplace_back("partial");
  Csv csv(columns);
  for (std::size_t row = 0; row < table.n_rows(); ++row) {
    for (const Table::Column& c : table.columns) {
      if (c.is_text())
        csv << c.texts[row];
      else if (std::isinf(c.numbers[row]))
        csv << "inf";
      else
        csv << c.numbers[row];
    }
    csv << partial;
  }
  return csv.text();
}

}  // namespace

std::map<std::string, std::string> summary_tables(const Summary& s) {
  std::map<std::string, std::string> out{{"lambda.csv", lambda_csv(s)},
                                         {"curves.csv", curves_csv(s)},
                                         {"laws.csv", laws_csv(s)},
                                         {"verdicts.csv", verdicts_csv(s)},
                                         {"models.csv", models_csv(s)}};
  if (!s.heads.empty()) out["heads.csv"] = heads_csv(s);
  for (const Table& table : across_tables(s))
    if (table.n_rows() > 0) out[table.name + ".csv"] = table_csv(table, s.partial);
  return out;
}

}  // namespace attnsweep::reduce
