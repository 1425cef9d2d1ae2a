#include <cmath>

#include "reduce/display_width.hpp"
#include "reduce/meaning.hpp"
#include "reduce/output.hpp"
#include "reduce/words.hpp"

namespace attnsweep::reduce {
namespace {

std::string percent(double share) { return fixed(100 * share, 0) + " %"; }

std::string row_text(const DepthResult& d, DepthRow row) {
  const Trend& trend = d.tests.trends[static_cast<int>(row)];
  return "τ = " + fixed(trend.tau, 2) + ", p = " + fixed(trend.p_falls, 3);
}

std::string depth_line(const DepthResult& d) {
  std::string out = "λ against " + std::string(d.parameters ? "parameters" : "depth") + ": " +
                    row_text(d, DepthRow::lambda_all) + "; over the common " +
                    std::to_string(d.windows.points) + " points " +
                    row_text(d, DepthRow::lambda_window) + "; smallest attainable p " +
                    fixed(d.tests.trends[0].p_attainable, 3) + " → " + d.verdict;
  if (!d.separable) out += "; depth and parameters cannot be told apart";
  return out;
}

std::string variance_line(const VarianceResult& v) {
  std::string out = "variance of λ: models " + percent(v.model.share) + ", documents " +
                    percent(v.document.share) + ", model × document " +
                    percent(v.model_document.share);
  if (v.windows)
    out += ", texts " + percent(v.text.share) + ", model × text " + percent(v.model_text.share);
  return out;
}

std::string heterogeneity_line(const HeterogeneityResult& h) {
  const std::string spread =
      "spread of λ over models: σ = " + fixed(h.sigma, 4) + ", CV = " + fixed(h.cv, 2);
  if (!h.reason.empty()) return spread + "; no test: " + h.reason;
  return spread + "; equal λ: F(" + fixed(h.df1, 0) + ", " + fixed(h.df2, 0) +
         ") = " + fixed(h.f, 1) + ", p = " + fixed(h.p, 3);
}

/// The covariates whose p holds after Holm, by model.
std::string covariates_text(const Across& across, std::size_t width) {
  constexpr double significance = 0.05;
  std::string out;
  std::size_t n = 0;
  for (const CovariateResult& c : across.covariates) {
    n += c.status == "ok";
    if (!(c.p_adjusted <= significance)) continue;
    std::string line = c.model + (c.corpus.empty() ? "" : ", " + c.corpus) + ": λ with " +
                       c.covariate + ", p = " + fixed(c.p_adjusted, 3) + ", R² = " + fixed(c.r2, 3);
    if (!c.category) line += ", slope " + fixed(c.slope, 6);
    out += wrapped(line, width, "    ");
  }
  if (n == 0) return "";
  if (out.empty()) return wrapped("no covariate moves λ (p after Holm above 0.05)", width, "  ");
  return wrapped("covariates that move λ (p after Holm at most 0.05):", width, "  ") + out;
}

}  // namespace

std::string across_models_text(const Summary& s, std::size_t width) {
  const Across& a = s.across;
  std::string out;
  const auto of = [](const auto& results, const CommonInfo& c, auto line) {
    std::string lines;
    for (const auto& result : results)
      if (result.corpus == c.corpus && result.series == c.series) lines += line(result);
    return lines;
  };
  for (const CommonInfo& c : a.common) {
    out += wrapped("Across " + std::to_string(c.models.size()) + " models on " + c.corpus + " (" +
                       std::string(name(c.series.norm)) + ", " + std::string(name(c.series.view)) +
                       "): " + std::to_string(c.n_sequences) + " common sequences of " +
                       std::to_string(c.n_clusters) + " documents",
                   width, "");
    const auto put = [&](const std::string& line) { return wrapped(line, width, "  "); };
    out += of(a.depth, c, [&](const DepthResult& d) { return put(depth_line(d)); });
    out += of(a.variance, c, [&](const VarianceResult& v) { return put(variance_line(v)); });
    out += of(a.heterogeneity, c,
              [&](const HeterogeneityResult& h) { return put(heterogeneity_line(h)); });
    for (const auto& [model, reason] : c.left_out)
      out += put("not compared: " + model + ", " + reason);
  }
  const std::string covariates = covariates_text(a, width);
  if (!covariates.empty()) out += wrapped("Covariates", width, "") + covariates;
  return out.empty() ? out : "\n" + out;
}

}  // namespace attnsweep::reduce
