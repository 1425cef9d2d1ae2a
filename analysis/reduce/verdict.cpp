#include "reduce/verdict.hpp"

#include <algorithm>
#include <cmath>

#include "reduce/words.hpp"

namespace attnsweep::reduce {

std::string_view name(V v) {
  constexpr std::string_view names[] = {"", "supported", "decays, not exponentially", "rejected",
                                        "inconclusive"};
  return names[static_cast<int>(v)];
}

namespace {

bool rises(const CurveStats& s, const ReduceOptions& o) {
  return s.rise >= o.rise_abs && s.rise_rel >= o.rise_rel;
}

bool beats(double q, double q_exp, double drop, const ReduceOptions& o) {
  // A law that is not identifiable has q = NaN and compares false.
  return q_exp > o.lolo_tol * std::fabs(drop) && q <= (1 - o.lolo_gain) * q_exp;
}

bool beaten(const CurveStats& s, const LawErrors& q, const ReduceOptions& o) {
  const double q_exp = q[static_cast<int>(Law::exponential)];
  for (Law law : all_laws)
    if (law != Law::exponential && beats(q[static_cast<int>(law)], q_exp, s.drop, o)) return true;
  return false;
}

}  // namespace

V classify(const CurveStats& s, const LawErrors& q, const ReduceOptions& o) {
  if (std::isnan(s.drop)) return V::none;
  if (rises(s, o) || s.drop < o.drop_flat) return V::rejected;
  if (s.drop < o.drop_min) return V::inconclusive;
  if (std::isnan(s.r2) || std::isnan(s.kappa) || std::isnan(s.kappa3) ||
      std::isnan(q[static_cast<int>(Law::exponential)]))
    return V::none;
  const bool straight =
      s.r2 >= o.r2_min && std::fabs(s.kappa) <= o.curvature_tol && s.kappa3 <= o.cubic_tol;
  return straight && !beaten(s, q, o) ? V::supported : V::not_exponential;
}

CurveVerdict judge_curve(const CurveStats& s, const LawErrors& q, const ReduceOptions& o) {
  CurveVerdict out;
  out.v = classify(s, q, o);
  const double q_exp = q[static_cast<int>(Law::exponential)];
  std::vector<Law> by_error;
  for (Law law : all_laws)
    if (!std::isnan(q[static_cast<int>(law)])) by_error.push_back(law);
  std::stable_sort(by_error.begin(), by_error.end(),
                   [&](Law a, Law b) { return q[static_cast<int>(a)] < q[static_cast<int>(b)]; });
  if (!by_error.empty()) out.best = static_cast<int>(by_error[0]);
  for (Law law : by_error) {
    if (law == Law::exponential || std::isnan(q_exp)) continue;
    const double error = q[static_cast<int>(law)];
    if (beats(error, q_exp, s.drop, o)) out.beaten_by.push_back(law);
    if (error <= std::max(q_exp, o.lolo_tol * std::fabs(s.drop))) out.not_told_apart.push_back(law);
  }
  if (out.v == V::rejected)
    out.reasons = {!rises(s, o) ? "flat" : s.drop <= 0 ? "rises" : "not_monotone"};
  else if (out.v == V::inconclusive)
    out.reasons = {"shallow"};
  if (out.v != V::not_exponential) return out;
  if (std::fabs(s.kappa) > o.curvature_tol) out.reasons.push_back("curvature");
  if (s.kappa3 > o.cubic_tol) out.reasons.push_back("s_shape");
  if (s.r2 < o.r2_min) out.reasons.push_back("misfit");
  for (Law law : out.beaten_by) out.reasons.push_back("beaten_by:" + std::string(name(law)));
  return out;
}

CellVerdict judge_cell(const CurveVerdict& curve, const Evidence& e, const ReduceOptions& o) {
  CellVerdict out;
  constexpr double significance = 0.05;
  // Written so that a number that is not defined fails its condition.
  if (!(e.documents >= o.min_documents)) out.reasons.push_back("few_documents");
  if (e.points < o.min_points || curve.v == V::none) out.reasons.push_back("few_layers");
  if (!(e.excluded_share <= o.max_excluded)) out.reasons.push_back("excluded");
  if (!(e.stability >= o.stability)) out.reasons.push_back("sampling");
  if (!(e.p <= significance)) out.reasons.push_back("multiplicity");
  if (curve.v == V::supported && !(e.r2_within >= o.within_r2_min))
    out.reasons.push_back("average_only");
  if (out.reasons.empty() && e.control && curve.v == V::supported) out.reasons = {"control"};
  if (out.reasons.empty()) {
    out.verdict = curve.v;
    out.reasons = curve.reasons;
    if (curve.v == V::supported && !curve.not_told_apart.empty()) {
      std::vector<std::string_view> laws;
      for (Law law : curve.not_told_apart) laws.push_back(name(law));
      out.reasons = {"not_told_apart:" + joined(laws, ",")};
    }
  }
  if (!out.reasons.empty()) out.reason = out.reasons[0];
  return out;
}

}  // namespace attnsweep::reduce
