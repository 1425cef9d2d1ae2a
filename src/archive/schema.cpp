#include "archive/schema.hpp"

#include <algorithm>
#include <cctype>

namespace attnsweep::archive {
namespace {

std::string view_suffix(View view) { return view == View::drop ? "_drop" : ""; }

std::string view_words(View view) { return view == View::drop ? ", special tokens dropped" : ""; }

std::string norm_words(Norm norm) {
  switch (norm) {
    case Norm::frobenius: return "Frobenius norm of the layer difference";
    case Norm::spectral: return "spectral norm of the layer difference";
    case Norm::nuclear: return "nuclear norm of the layer difference";
    case Norm::l1: return "operator 1-norm (largest column sum) of the layer difference";
    case Norm::linf: return "operator infinity-norm (largest row sum) of the layer difference";
    case Norm::max: return "largest entry, in modulus, of the layer difference";
    case Norm::tv: return "total variation between neighbouring layers, mean over rows";
    case Norm::js: return "Jensen-Shannon divergence of neighbouring layers, mean over rows";
    case Norm::cosine: return "cosine distance of neighbouring layers";
  }
  return std::string(name(norm));
}

std::string observable_words(Observable observable) {
  switch (observable) {
    case Observable::entropy: return "row entropy of the attention, mean over rows";
    case Observable::effective_rank: return "effective rank of the attention matrix";
    case Observable::spectral_gap: return "spectral gap of the attention matrix";
    case Observable::rank_one_residual: return "relative distance of the attention to rank one";
  }
  return std::string(name(observable));
}

}  // namespace

std::string variable_name(const Series& series) {
  return std::string(name(series.norm)) + (series.heads == Heads::each ? "_each" : "") +
         view_suffix(series.view);
}

std::string floor_name(const Series& series) { return variable_name(series) + "_floor"; }

std::string variable_name(Observable observable, View view) {
  return std::string(name(observable)) + view_suffix(view);
}

std::vector<std::string> covariate_variables(const std::vector<std::string>& names) {
  std::vector<std::string> variables;
  for (const auto& original : names) {
    std::string variable = "covariate_" + original;
    for (auto& letter : variable)
      if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '_') letter = '_';
    // Two names may meet there; the later one gets its place in the list.
    if (std::find(variables.begin(), variables.end(), variable) != variables.end())
      variable.append("_").append(std::to_string(variables.size()));
    variables.push_back(variable);
  }
  return variables;
}

std::string long_name(const Series& series) {
  return norm_words(series.norm) +
         (series.heads == Heads::each ? ", each head" : ", mean over heads") +
         view_words(series.view);
}

std::string long_name(Observable observable, View view) {
  return observable_words(observable) + view_words(view);
}

// One nat is the unit of both; everything else is a pure number.
std::string units(Norm norm) { return norm == Norm::js ? "nat" : "1"; }
std::string units(Observable observable) { return observable == Observable::entropy ? "nat" : "1"; }

std::vector<Reason> all_reasons() {
  constexpr int largest = 999;
  std::vector<Reason> all;
  for (int number = 0; number <= largest; ++number)
    if (const auto reason = reason_from(number)) all.push_back(*reason);
  return all;
}

}  // namespace attnsweep::archive
