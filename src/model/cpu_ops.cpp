#include <vector>

#include "model/attend.hpp"
#include "model/norm_rows.hpp"
#include "model/rotation.hpp"
#include "model/row_ops.hpp"
#include "model/score_bias.hpp"

namespace attnsweep::model {
namespace {

template <class T>
T* pointer(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

template <class T>
RowNorm<T> row_norm(const Norm& norm, double eps, std::int64_t rows = 1) {
  return {pointer<T>(norm.weight), pointer<T>(norm.bias), static_cast<T>(eps), rows};
}

template <class T>
class CpuOps final : public RowOps<T> {
 public:
  CpuOps(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec), bias_(make_score_bias<T>(spec_, weights)), angles_(spec_.rotations) {}

  void start(std::span<const SequenceInput> block) override { block_ = block; }

  void add_norm(const at::Tensor& x, const at::Tensor& y, const at::Tensor& bias, double factor,
                const Norm& norm, const at::Tensor& out) override {
    RowNorm<T> rows;
    if (norm.defined()) rows = row_norm<T>(norm, spec_.norm_eps);
    add_norm_rows<T>(pointer<T>(x), pointer<T>(y), pointer<T>(bias), static_cast<T>(factor),
                     x.size(0), x.size(1), norm.defined() ? &rows : nullptr, pointer<T>(out));
  }

  void attend(int layer, const AttentionRows& rows, AttentionSink<T>& sink) override {
    if (rows.v.defined() && spec_.query_key_value_clip > 0)
      clamp(pointer<T>(rows.v), rows.v.numel(), static_cast<T>(spec_.query_key_value_clip));
    std::int64_t begin = 0;
    for (std::size_t s = 0; s < block_.size(); ++s) {
      const std::int64_t n = std::ssize(block_[s].ids);
      T* q = pointer<T>(rows.q) + begin * spec_.query_width();
      T* k = pointer<T>(rows.k) + begin * spec_.key_width();
      prepare(q, n, spec_.n_heads, rows.q_norm, layer);
      prepare(k, n, spec_.kv_heads(), rows.k_norm, layer);
      HeadsInput<T> input{q, k, nullptr, nullptr};
      if (rows.v.defined()) {
        input.v = pointer<T>(rows.v) + begin * spec_.key_width();
        input.context = pointer<T>(rows.context) + begin * spec_.query_width();
      }
      model::attend(spec_, layer, n, input, bias_.get(), sink.place(layer, s), memory_);
      sink.done(layer, s);
      begin += n;
    }
  }

 private:
  /// Queries or keys of one sequence as the scores want them.
  void prepare(T* x, std::int64_t n, std::int64_t heads, const Norm& norm, int layer) {
    const auto d = spec_.head_size();
    const bool full = spec_.query_key_norm == spec::QueryKeyNorm::full;
    if (norm.defined()) {
      const auto own = spec_.query_key_norm == spec::QueryKeyNorm::own_head ? heads : 1;
      const auto rows = row_norm<T>(norm, spec_.norm_eps, own);
      add_norm_rows<T>(x, nullptr, nullptr, T{1}, full ? n : n * heads, full ? heads * d : d, &rows,
                       x);
    }
    if (spec_.query_key_value_clip > 0)
      clamp(x, n * heads * d, static_cast<T>(spec_.query_key_value_clip));
    if (const auto* rotation = spec_.rotation(layer))
      rotate_rows<T>(x, n, heads, d, angles_.get(rotation - spec_.rotations.data(), n));
  }

  const spec::ArchitectureSpec spec_;
  std::span<const SequenceInput> block_;
  std::unique_ptr<ScoreBias<T>> bias_;
  AngleTables<T> angles_;
  AttentionMemory<T> memory_;
};

}  // namespace

template <class T>
std::unique_ptr<RowOps<T>> make_cpu_ops(const spec::ArchitectureSpec& spec,
                                        const Weights& weights) {
  return std::make_unique<CpuOps<T>>(spec, weights);
}

template std::unique_ptr<RowOps<float>> make_cpu_ops<float>(const spec::ArchitectureSpec&,
                                                            const Weights&);
template std::unique_ptr<RowOps<double>> make_cpu_ops<double>(const spec::ArchitectureSpec&,
                                                              const Weights&);

}  // namespace attnsweep::model
