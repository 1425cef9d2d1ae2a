#include "reduce/meaning.hpp"

#include <cmath>
#include <cstdio>

#include "reduce/words.hpp"

namespace attnsweep::reduce {

std::string fixed(double x, int decimals) {
  if (!std::isfinite(x)) return "–";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  return text;
}

std::string signed_fixed(double x, int decimals) {
  return x >= 0 ? std::string("+") + fixed(x, decimals) : fixed(x, decimals);
}

namespace {

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", 100 * share);
  return text;
}

/// A multiple such as 2.3, with the digits it needs.
std::string factor(double nats) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", std::exp(nats));
  return text;
}

std::string supported(const CellResult& c, const ReduceOptions& o) {
  return "Over these " + std::to_string(c.m) +
         " points the mean log-curve of these texts is straight: at most " + percent(1 - o.r2_min) +
         " of its variance off the line, bend at most " + percent(o.curvature_tol) +
         " and S at most " + percent(o.cubic_tol) +
         " of its drop, no rival law clearly better. Nothing is claimed beyond this depth.";
}

std::string rejected(const CellResult& c, const ReduceOptions& o) {
  const std::string& reason = c.curve_verdict.reasons[0];
  const std::string rise = "by a factor of " + factor(c.stats.rise) + " (" +
                           percent(c.stats.rise_rel) + " of its range)";
  if (reason == "rises") return "The difference grows with depth, " + rise + ": no decay.";
  if (reason == "not_monotone")
    return "The difference does not only fall, it also rises " + rise +
           " between two layers: no law of decay describes it.";
  return "The fitted fall over all layers is less than " + percent(1 - std::exp(-o.drop_flat)) +
         ": as good as flat.";
}

std::string not_exponential(const CellResult& c) {
  std::string out = "The difference falls by a factor of " + factor(c.stats.drop) +
                    " over the measured depth, but not along an exponential";
  if (c.curve_verdict.best >= 0)
    out += "; the law with the smallest error is " +
           std::string(name(static_cast<Law>(c.curve_verdict.best)));
  return out + ".";
}

std::string of_curve(const CellResult& c, const ReduceOptions& o) {
  switch (c.curve_verdict.v) {
    case V::supported: return supported(c, o);
    case V::rejected: return rejected(c, o);
    case V::not_exponential: return not_exponential(c);
    case V::inconclusive:
      return "The difference falls by a factor of " + factor(c.stats.drop) + " only; below " +
             factor(o.drop_min) + " no law can be told from another.";
    case V::none: break;
  }
  return "";
}

std::string of_condition(const std::string& reason, const CellResult& c, const Summary& s) {
  const ReduceOptions& o = s.options;
  if (reason == "few_documents")
    return std::to_string(c.n_clusters) + " documents (effectively " + fixed(c.j_eff, 1) +
           ") are too few; at least " + std::to_string(o.min_documents) + " are needed.";
  if (reason == "few_layers")
    return std::to_string(c.m) + " usable layer pairs are too few; at least " +
           std::to_string(o.min_points) + " are needed.";
  if (reason == "excluded")
    return percent(c.excluded_share) + " of the sequences were left out; at most " +
           percent(o.max_excluded) + " may be.";
  if (reason == "sampling") {
    if (std::isnan(c.stability)) return "How other samples of documents would judge is not known.";
    return "Only " + percent(c.stability) +
           " of the resampled sets of documents give the same verdict.";
  }
  if (reason == "multiplicity") {
    const double p = c.in_family ? c.p_v_adjusted : c.p_v;
    if (std::isnan(p)) return "The verdict has no p-value.";
    return "The verdict's p is " + fixed(p, 3) +
           (c.in_family ? " after the correction for " + std::to_string(s.family_size) + " cells."
                        : ".");
  }
  if (reason == "average_only")
    return "The mean curve is straight, but single texts are not (R² inside texts " +
           fixed(c.r2_within, 2) + "): the law may belong to the average alone.";
  return "An untrained control: `supported` is given to trained models only.";
}

}  // namespace

std::string meaning(const CellResult& c, const Summary& s) {
  if (c.n_sequences == 0) return "No sequence could be used.";
  if (c.verdict.verdict != V::inconclusive || c.verdict.reason == "shallow")
    return of_curve(c, s.options);
  std::vector<std::string> sentences;
  for (const std::string& reason : c.verdict.reasons)
    sentences.push_back(of_condition(reason, c, s));
  std::string out = joined(sentences, " ");
  const CurveVerdict& curve = c.curve_verdict;
  if (curve.v != V::none) {
    out += " The curve alone: " + std::string(name(curve.v));
    if (!curve.reasons.empty()) out += " (" + joined(curve.reasons, ", ") + ")";
    out += ".";
  }
  return out;
}

}  // namespace attnsweep::reduce
