#include <algorithm>

#include "spec/model_files.hpp"

namespace attnsweep::spec {
namespace {

/// Operations on one n × n matrix pair, in units of a multiply or an add of a matrix product (50 to
/// a nanosecond), from the times that tests/benchmark/measure_cost.cpp prints: the norms without
/// singular values share one pass, which takes 2 ns an entry where all seven are asked for.
double norm_flops(Norm norm, double n) {
  switch (norm) {
    case Norm::frobenius:
    case Norm::l1:
    case Norm::linf:
    case Norm::max:
    case Norm::tv: return 4 * n * n;
    case Norm::cosine: return 8 * n * n;
    case Norm::js: return 72 * n * n;
    // Twice ten or so passes of Lanczos over a trained model's pair.
    case Norm::spectral: return 300 * n * n;
    // Singular values without vectors: bidiagonalisation, 8/3 n³ (Golub & Van Loan, section 8.6),
    // half of it in matrix-vector products that run at a fifth of the speed.
    case Norm::nuclear: return 8 * n * n * n;
  }
  return 0;
}

double observable_flops(Observable what, bool causal, double n) {
  switch (what) {
    case Observable::entropy: return 40 * n * n;
    case Observable::effective_rank:
    case Observable::rank_one_residual: return 8 * n * n * n;
    // Hessenberg form and QR without vectors, 10 n³ (Golub & Van Loan, section 7.5), at a sixth of
    // the speed; the eigenvalues of a causal map are its diagonal.
    case Observable::spectral_gap: return causal ? 4 * n * n : 60 * n * n * n;
  }
  return 0;
}

/// Pairs of query and key that a layer computes.
double seen_pairs(const ArchitectureSpec& architecture, std::int64_t layer, double n) {
  if (!architecture.causal) return n * n;
  const auto window = static_cast<double>(architecture.window(layer));
  const double beyond = window > 0 ? std::max(0.0, n - window) : 0;
  return (n * (n + 1) - beyond * (beyond + 1)) / 2;
}

/// Multiplications of one token's MLP.
double mlp_products(const ArchitectureSpec& architecture, std::int64_t block) {
  const double matrices = architecture.gated ? 3 : 2;
  const auto h = static_cast<double>(architecture.hidden);
  const auto& experts = architecture.experts;
  if (!architecture.sparse(block))
    return matrices * h * static_cast<double>(architecture.intermediate);
  const auto width = experts.top * experts.intermediate + experts.shared;
  return h * static_cast<double>(experts.count) + matrices * h * static_cast<double>(width);
}

/// What a layer's score bias costs: products of queries or keys with rows of a table, and sums.
double bias_flops(const ArchitectureSpec& architecture, double pairs, double n) {
  const auto& bias = architecture.score_bias;
  const auto query = static_cast<double>(architecture.query_width()),
             heads = static_cast<double>(architecture.n_heads);
  switch (bias.kind) {
    case ScoreBias::Kind::none: return 0;
    case ScoreBias::Kind::alibi:
    case ScoreBias::Kind::buckets: return heads * pairs;
    case ScoreBias::Kind::relative_key: return (bias.key_too ? 2 : 1) * (4 * n * n * query);
    case ScoreBias::Kind::disentangled:
      return (bias.content_to_position + bias.position_to_content) *
             (4 * n * std::min(n, static_cast<double>(bias.span)) * query + 2 * heads * pairs);
  }
  return 0;
}

}  // namespace

double sequence_flops(const ArchitectureSpec& architecture, std::int64_t n_tokens,
                      const MeasureSet& what) {
  const double n = static_cast<double>(n_tokens), h = static_cast<double>(architecture.hidden),
               heads = static_cast<double>(architecture.n_heads),
               layers = static_cast<double>(architecture.n_layers),
               query = static_cast<double>(architecture.query_width()),
               key = static_cast<double>(architecture.key_width());
  double flops = architecture.projection != ProjectionPlace::none
                     ? 2 * n * static_cast<double>(architecture.table_width()) * h
                     : 0;
  for (std::int64_t i = 0; i < architecture.n_layers; ++i) {
    const double pairs = seen_pairs(architecture, i, n);
    flops += 2 * n * h * (query + key) + 2 * pairs * query + 25 * heads * pairs;
    if (i + 1 < architecture.n_layers)
      flops += 2 * n * (h * (query + key) + mlp_products(architecture, architecture.block(i))) +
               2 * pairs * query;
    flops += bias_flops(architecture, pairs, n);
  }
  for (const auto& series : what.series())
    flops += (layers - 1) * (series.heads == Heads::each ? heads : 1) * norm_flops(series.norm, n);
  for (const auto observable : what.observables)
    flops += layers * static_cast<double>(what.views.size()) *
             observable_flops(observable, architecture.causal, n);
  return flops;
}

std::int64_t weight_bytes(const ModelFiles& files, const std::string& precision) {
  const std::int64_t size = precision == "float64" ? 8 : precision == "float32" ? 4 : 2;
  std::int64_t bytes = 0;
  for (const auto& tensor : files.tensors) {
    if (!attention_depends_on(files.architecture, tensor.name)) continue;
    std::int64_t n = 1;
    for (const auto extent : tensor.shape) n *= extent;
    bytes += n * size;
  }
  return bytes;
}

std::int64_t working_bytes(const ArchitectureSpec& architecture, std::int64_t tokens_per_batch,
                           std::int64_t longest, const MeasureSet& what) {
  const auto tokens = std::max(tokens_per_batch, longest);
  const bool each =
      std::find(what.heads.begin(), what.heads.end(), Heads::each) != what.heads.end();
  // Residual stream of the pack; the products' inputs and outputs of a block of its tokens are no
  // more than that again. 8 bytes a number: right for float64, twice too much for float32.
  const auto width = std::max(architecture.hidden, architecture.query_width());
  const auto mlp = (architecture.gated ? 2 : 1) * architecture.intermediate;
  const std::int64_t activations = tokens * (8 * width + mlp);
  // Two layers of every sequence, all heads where they are measured, and the scores at work.
  const std::int64_t kept = 2 * tokens * longest * (each ? architecture.n_heads + 1 : 1);
  const std::int64_t scores = architecture.n_heads * longest * longest;
  return 8 * (activations + kept + scores);
}

}  // namespace attnsweep::spec
