#include "model/attend.hpp"

#include <algorithm>

#include "model/norm_rows.hpp"
#include "model/runtime.hpp"
#include "model/score_bias.hpp"
#include "model/score_rules.hpp"
#include "model/softmax_rows.hpp"

namespace attnsweep::model {
namespace {

/// Scores at work: a part of any L2 cache.
constexpr std::int64_t kScoreBytes = 128 << 10;

/// Everything that the blocks of one layer and sequence share.
template <class T>
struct Work {
  const spec::ArchitectureSpec& spec;
  std::int64_t n, rows;
  T factor;
  Band band;
  const HeadsInput<T>& input;
  ScoreBias<T>* bias;
  typename AttentionSink<T>::Place place;
  T* scores;

  /// Rows from r on of one head.
  void block(std::int64_t r, std::int64_t head) const {
    const std::int64_t d = spec.head_size(), qw = spec.query_width(), kw = spec.key_width();
    const std::int64_t group = spec.n_heads / spec.kv_heads();
    const std::int64_t m = std::min(rows, n - r);
    const std::int64_t begin = std::max<std::int64_t>(0, r - band.before);
    const std::int64_t keys = std::min(n, r + m + band.after) - begin;
    T* mean = place.mean + r * n + begin;
    T* p = place.heads ? place.heads + (head * n + r) * n + begin : scores;
    small_product(true, int(m), int(keys), int(d), factor, input.q + r * qw + head * d, int(qw),
                  input.k + begin * kw + head / group * d, int(kw), p, int(n));
    if (bias) bias->add(head, r, m, begin, keys, p, n);
    if (spec.score_cap > 0) cap_rows(p, m, keys, n, static_cast<T>(spec.score_cap));
    if (keys == n && band.before >= n && band.after >= n)
      softmax_rows(p, m, n, mean);
    else
      banded_softmax_rows(p, m, keys, n, band, r, begin, mean, n);
    if (input.v)
      small_product(false, int(m), int(d), int(keys), T{1}, p, int(n),
                    input.v + begin * kw + head / group * d, int(kw),
                    input.context + r * qw + head * d, int(qw));
  }
};

}  // namespace

template <class T>
void attend(const spec::ArchitectureSpec& spec, int layer, std::int64_t n,
            const HeadsInput<T>& input, ScoreBias<T>* bias, typename AttentionSink<T>::Place place,
            std::vector<T>& scores) {
  const std::int64_t rows =
      std::clamp<std::int64_t>(kScoreBytes / (n * static_cast<std::int64_t>(sizeof(T))), 1, n);
  scores.resize(static_cast<std::size_t>(rows * n));
  const Work<T> work{spec,
                     n,
                     rows,
                     static_cast<T>(score_factor(spec, layer)),
                     band_of(spec, layer),
                     input,
                     bias,
                     place,
                     scores.data()};
  std::fill_n(place.mean, n * n, T{0});
  const bool banded = work.band.before < n || work.band.after < n;
  if (banded && place.heads) std::fill_n(place.heads, spec.n_heads * n * n, T{0});
  if (bias) bias->start(layer, n, input, work.factor);
  if (bias && bias->by_head()) {
    for (std::int64_t head = 0; head < spec.n_heads; ++head) {
      bias->start_head(head);
      for (std::int64_t r = 0; r < n; r += rows) work.block(r, head);
    }
  } else {
    for (std::int64_t r = 0; r < n; r += rows)
      for (std::int64_t head = 0; head < spec.n_heads; ++head) work.block(r, head);
  }
  scale(place.mean, n * n, static_cast<T>(1 / static_cast<double>(spec.n_heads)));
}

template void attend<float>(const spec::ArchitectureSpec&, int, std::int64_t,
                            const HeadsInput<float>&, ScoreBias<float>*,
                            AttentionSink<float>::Place, std::vector<float>&);
template void attend<double>(const spec::ArchitectureSpec&, int, std::int64_t,
                             const HeadsInput<double>&, ScoreBias<double>*,
                             AttentionSink<double>::Place, std::vector<double>&);

}  // namespace attnsweep::model
