#include "model/attend.hpp"

#include <algorithm>
#include <cmath>

#include "model/kernels.hpp"
#include "model/runtime.hpp"

namespace attnsweep::model {
namespace {

/// Scores at work: a part of any L2 cache.
constexpr std::int64_t kScoreBytes = 128 << 10;

double score_factor(const spec::ArchitectureSpec& spec, int layer) {
  double factor = 1;
  if (spec.scale_scores) factor /= std::sqrt(static_cast<double>(spec.head_size()));
  if (spec.scale_by_layer) factor /= layer + 1;
  return factor;
}

}  // namespace

template <class T>
void attend(const spec::ArchitectureSpec& spec, int layer, std::int64_t n,
            const HeadsInput<T>& input, typename AttentionSink<T>::Place place,
            std::vector<T>& scores) {
  const std::int64_t d = spec.head_size(), qw = spec.query_width(), kw = spec.key_width();
  const std::int64_t group = spec.n_heads / spec.kv_heads();
  const auto factor = static_cast<T>(score_factor(spec, layer));
  const std::int64_t rows =
      std::clamp<std::int64_t>(kScoreBytes / (n * static_cast<std::int64_t>(sizeof(T))), 1, n);
  scores.resize(static_cast<std::size_t>(rows * n));
  std::fill_n(place.mean, n * n, T{0});
  if (spec.causal && place.heads) std::fill_n(place.heads, spec.n_heads * n * n, T{0});
  Mask mask;
  mask.window = spec.window(layer);
  for (std::int64_t r = 0; r < n; r += rows) {
    const std::int64_t m = std::min(rows, n - r);
    const std::int64_t end = spec.causal ? r + m : n;
    const std::int64_t begin = mask.window > 0 ? std::max<std::int64_t>(0, r - mask.window + 1) : 0;
    const std::int64_t keys = end - begin;
    mask.first_query = r;
    mask.first_key = begin;
    T* mean = place.mean + r * n + begin;
    for (std::int64_t head = 0; head < spec.n_heads; ++head) {
      T* p = place.heads ? place.heads + (head * n + r) * n + begin : scores.data();
      const T* k = input.k + begin * kw + head / group * d;
      small_product(true, int(m), int(keys), int(d), factor, input.q + r * qw + head * d, int(qw),
                    k, int(kw), p, int(n));
      if (spec.causal)
        causal_softmax_rows(p, m, keys, n, mask, mean, n);
      else
        softmax_rows(p, m, n, mean);
      if (input.v)
        small_product(false, int(m), int(d), int(keys), T{1}, p, int(n),
                      input.v + begin * kw + head / group * d, int(kw),
                      input.context + r * qw + head * d, int(qw));
    }
  }
  scale(place.mean, n * n, static_cast<T>(1 / static_cast<double>(spec.n_heads)));
}

template void attend<float>(const spec::ArchitectureSpec&, int, std::int64_t,
                            const HeadsInput<float>&, AttentionSink<float>::Place,
                            std::vector<float>&);
template void attend<double>(const spec::ArchitectureSpec&, int, std::int64_t,
                             const HeadsInput<double>&, AttentionSink<double>::Place,
                             std::vector<double>&);

}  // namespace attnsweep::model
