#include "model/attend.hpp"

#include <algorithm>
#include <limits>

#include "model/score_bias.hpp"
#include "model/score_rules.hpp"
#include "model/softmax_rows.hpp"
#include "model/tile.hpp"

namespace attnsweep::model {
namespace {

/// Keys whose scores are taken at a time: with a block of queries they stay in the L1 cache from
/// product to product, and a head's keys of this block in the L2 cache.
constexpr std::int64_t kKeys = 256;
/// Queries of a block: enough to use a key that was loaded often. A short sequence is one block.
constexpr std::int64_t kQueries = 32, kShort = 64;

/// Rows begin at whole cache lines.
std::int64_t padded(std::int64_t n) { return (n + 15) / 16 * 16; }

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

/// Attention of one layer and sequence, a block of queries and a head at a time.
template <class T>
class Attention {
 public:
  Attention(const spec::ArchitectureSpec& spec, int layer, std::int64_t n,
            const HeadsInput<T>& input, ScoreBias<T>* bias, typename AttentionSink<T>::Place place,
            AttentionMemory<T>& memory)
      : spec_(spec),
        n_(n),
        factor_(static_cast<T>(score_factor(spec, layer))),
        band_(band_of(spec, layer)),
        input_(input),
        bias_(bias),
        place_(place),
        memory_(memory),
        queries_(n <= kShort ? n : kQueries) {
    turn_keys();
    memory_.query.resize(size(queries_ * spec.head_size()));
    memory_.scores.resize(size(queries_ * padded(n)));
    memory_.rows.resize(size(queries_ * (4 + n / kKeys + 2)));
    if (bias_) bias_->start(layer, n, input, factor_);
  }

  void run() {
    std::fill_n(place_.mean, n_ * n_, T{0});
    const bool banded = band_.before < n_ || band_.after < n_;
    if (banded && place_.heads) std::fill_n(place_.heads, spec_.n_heads * n_ * n_, T{0});
    if (bias_ && bias_->by_head()) {
      for (std::int64_t head = 0; head < spec_.n_heads; ++head) {
        bias_->start_head(head);
        for (std::int64_t r = 0; r < n_; r += queries_) {
          choose(r);
          one_head(head);
        }
      }
    } else {
      // The mean of the block's rows stays in the cache from head to head.
      for (std::int64_t r = 0; r < n_; r += queries_) {
        choose(r);
        for (std::int64_t head = 0; head < spec_.n_heads; ++head) one_head(head);
      }
    }
  }

 private:
  struct Stretch {
    ScoreBlock block;
    Tile<T> scores, context;
  };

  /// Every key head's keys as depth × keys, in blocks of kKeys: what a product takes row by row.
  void turn_keys() {
    const auto d = spec_.head_size(), kw = spec_.key_width();
    memory_.keys.resize(size(padded(n_) * kw));
    for (std::int64_t head = 0; head < spec_.kv_heads(); ++head)
      for (std::int64_t key = 0; key < n_; key += kKeys) {
        const auto count = std::min(kKeys, n_ - key);
        transpose(input_.k + key * kw + head * d, count, d, kw, keys(head, key), padded(count));
      }
  }
  T* keys(std::int64_t head, std::int64_t key) {
    const auto d = spec_.head_size(), block = key / kKeys * kKeys;
    return memory_.keys.data() + (head * padded(n_) + block) * d + key - block;
  }

  /// The block of queries from r on, and the stretches of keys that some of them look at.
  void choose(std::int64_t r) {
    first_ = r;
    rows_ = std::min(queries_, n_ - r);
    begin_ = std::max<std::int64_t>(0, r - band_.before);
    const std::int64_t end = std::min(n_, r + rows_ + band_.after);
    const std::int64_t d = spec_.head_size(), width = padded(end - begin_);
    stretches_.clear();
    for (std::int64_t key = begin_; key < end;) {
      const auto block = key / kKeys * kKeys;
      const auto count = std::min(block + kKeys, end) - key;
      const auto stored = padded(std::min(kKeys, n_ - block));
      stretches_.push_back({{rows_, count, width, r, key},
                            Tile<T>({rows_, count, d, d, stored, width, false}),
                            Tile<T>({rows_, d, count, width, spec_.key_width(), spec_.query_width(),
                                     key > begin_})});
      key += count;
    }
  }

  void one_head(std::int64_t head) {
    const std::int64_t d = spec_.head_size(), qw = spec_.query_width(), kw = spec_.key_width();
    const std::int64_t key_head = head / (spec_.n_heads / spec_.kv_heads());
    take_queries(input_.q + first_ * qw + head * d);
    T* context = input_.v ? input_.context + first_ * qw + head * d : nullptr;
    T* rows = memory_.rows.data();
    const RunningSoftmax<T> softmax{rows + queries_, rows + 2 * queries_, rows + 3 * queries_};
    std::fill_n(softmax.top, rows_, -std::numeric_limits<T>::infinity());
    std::fill_n(softmax.sum, rows_, T{0});
    T* then = rows + 4 * queries_;
    for (const auto& stretch : stretches_) {
      const auto& block = stretch.block;
      T* scores = memory_.scores.data() + block.first_key - begin_;
      stretch.scores(memory_.query.data(), keys(key_head, block.first_key), scores);
      if (bias_) bias_->add(head, first_, rows_, block.first_key, block.keys, scores, block.stride);
      if (spec_.score_cap > 0)
        cap_rows(scores, rows_, block.keys, block.stride, static_cast<T>(spec_.score_cap));
      exp_rows(scores, block, band_, softmax);
      std::copy_n(softmax.top, rows_, then);
      then += queries_;
      if (!context) continue;
      if (block.first_key > begin_) scale_rows(context, rows_, d, qw, softmax.shrink);
      stretch.context(scores, input_.v + block.first_key * kw + key_head * d, context);
    }
    take_probabilities(head, softmax, context);
  }

  /// A head's queries of the block, times the factor that all scores have.
  void take_queries(const T* from) {
    const auto d = spec_.head_size();
    T* to = memory_.query.data();
    for (std::int64_t i = 0; i < rows_; ++i)
      for (std::int64_t j = 0; j < d; ++j)
        to[i * d + j] = factor_ * from[i * spec_.query_width() + j];
  }

  /// Makes probabilities of the exponentials of all stretches, for the mean and the single head,
  /// and divides the context by the same sums.
  void take_probabilities(std::int64_t head, const RunningSoftmax<T>& softmax, T* context) {
    const auto share = static_cast<T>(1 / static_cast<double>(spec_.n_heads));
    T* factors = memory_.rows.data();
    const T* then = factors + 4 * queries_;
    for (const auto& stretch : stretches_) {
      const auto& block = stretch.block;
      probability_factors(then, softmax.top, softmax.sum, rows_, factors);
      then += queries_;
      const auto at = first_ * n_ + block.first_key;
      add_probabilities(memory_.scores.data() + block.first_key - begin_, block, factors, share,
                        place_.mean + at,
                        place_.heads ? place_.heads + head * n_ * n_ + at : nullptr, n_);
    }
    if (!context) return;
    probability_factors(softmax.top, softmax.top, softmax.sum, rows_, factors);
    scale_rows(context, rows_, spec_.head_size(), spec_.query_width(), factors);
  }

  const spec::ArchitectureSpec& spec_;
  const std::int64_t n_;
  const T factor_;
  const Band band_;
  const HeadsInput<T>& input_;
  ScoreBias<T>* bias_;
  const typename AttentionSink<T>::Place place_;
  AttentionMemory<T>& memory_;
  const std::int64_t queries_;
  /// Of the block of queries: its first, how many, the first key that one looks at.
  std::int64_t first_ = 0, rows_ = 0, begin_ = 0;
  std::vector<Stretch> stretches_;
};

}  // namespace

template <class T>
void attend(const spec::ArchitectureSpec& spec, int layer, std::int64_t n,
            const HeadsInput<T>& input, ScoreBias<T>* bias, typename AttentionSink<T>::Place place,
            AttentionMemory<T>& memory) {
  Attention<T>(spec, layer, n, input, bias, place, memory).run();
}

template void attend<float>(const spec::ArchitectureSpec&, int, std::int64_t,
                            const HeadsInput<float>&, ScoreBias<float>*,
                            AttentionSink<float>::Place, AttentionMemory<float>&);
template void attend<double>(const spec::ArchitectureSpec&, int, std::int64_t,
                             const HeadsInput<double>&, ScoreBias<double>*,
                             AttentionSink<double>::Place, AttentionMemory<double>&);

}  // namespace attnsweep::model
