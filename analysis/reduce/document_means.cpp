#include "reduce/document_means.hpp"

#include <algorithm>
#include <cmath>

#include "base/exact_sum.hpp"

namespace attnsweep::reduce {
namespace {

constexpr std::uint32_t unknown = 0xFFFFFFFF;

/// Places of documents, given in the order of the corpus.
class Places {
 public:
  std::size_t of(std::uint32_t document, DocumentMeans& out) {
    if (document >= place_.size()) place_.resize(document + 1, unknown);
    if (place_[document] == unknown) {
      place_[document] = static_cast<std::uint32_t>(out.document.size());
      out.document.push_back(document);
      out.n.push_back(0);
    }
    return place_[document];
  }

 private:
  std::vector<std::uint32_t> place_;
};

/// Turns sums into deviations from the models' means, which are exact sums over documents.
void centre(DocumentMeans& out, std::vector<double>& means) {
  const std::size_t m = out.n_models, j = out.document.size();
  double largest = 0;
  for (std::size_t k = 0; k < m; ++k) {
    ExactSum sum;
    for (std::size_t c = 0; c < j; ++c) sum.add(means[c * m + k]);
    out.model_mean.push_back(sum.value() / static_cast<double>(j));
    for (std::size_t c = 0; c < j; ++c) {
      means[c * m + k] -= out.model_mean[k];
      largest = std::max(largest, std::fabs(means[c * m + k]));
    }
  }
  if (largest > 0) out.scale = std::ldexp(1.0, std::ilogb(largest) + 1);
  for (double& x : means) x /= out.scale;
  out.deviation = std::move(means);
}

void add_within(const CommonSequences& common, Places& places, DocumentMeans& out) {
  const std::size_t m = out.n_models;
  out.within_interaction.assign(out.document.size(), 0);
  out.within_text.assign(out.document.size(), 0);
  std::vector<double> own(m);
  common.for_each([&](std::uint32_t document, std::span<const std::size_t> at) {
    const std::size_t c = places.of(document, out);
    // λ_{ks} − λ̄_{kc} of every model; its mean over models is λ̄_{·s} − λ̄_{·c}.
    double mean = 0;
    for (std::size_t k = 0; k < m; ++k) {
      const double x = common.members()[k].series->lambda[at[k]] - out.model_mean[k];
      own[k] = x / out.scale - out.deviation[c * m + k];
      mean += own[k] / static_cast<double>(m);
    }
    for (double x : own) out.within_interaction[c] += (x - mean) * (x - mean);
    out.within_text[c] += mean * mean;
  });
}

}  // namespace

DocumentMeans document_means(const CommonSequences& common) {
  DocumentMeans out;
  const std::size_t m = out.n_models = common.members().size();
  out.n_sequences = common.size();
  Places places;
  std::vector<double> sums;
  // Sequences come in the order of the corpus, so plain sums inside a document depend on nothing
  // else; sums over documents, which come in no fixed order, are exact.
  common.for_each([&](std::uint32_t document, std::span<const std::size_t> at) {
    const std::size_t c = places.of(document, out);
    sums.resize(out.document.size() * m, 0);
    ++out.n[c];
    for (std::size_t k = 0; k < m; ++k)
      sums[c * m + k] += common.members()[k].series->lambda[at[k]];
  });
  for (std::size_t c = 0; c < out.document.size(); ++c) {
    out.windows |= out.n[c] > 1;
    for (std::size_t k = 0; k < m; ++k) sums[c * m + k] /= out.n[c];
  }
  if (out.document.empty()) return out;
  centre(out, sums);
  if (out.windows) add_within(common, places, out);
  return out;
}

}  // namespace attnsweep::reduce
