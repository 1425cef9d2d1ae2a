#include "model/convolution.hpp"

#include <ATen/ops/conv1d.h>

namespace attnsweep::model {

TokenConvolution::TokenConvolution(const Weights& weights, const spec::ArchitectureSpec& spec)
    : convolution_(spec.convolution) {
  if (convolution_.width == 0) return;
  weight_ = weights.wide("conv.weight");
  bias_ = weights.wide("conv.bias");
  norm_ = read_norm(weights, spec, "conv_norm", spec.hidden);
}

void TokenConvolution::add(std::span<const SequenceInput> block, const at::Tensor& embeddings,
                           at::Tensor x) const {
  std::int64_t begin = 0;
  for (const auto& sequence : block) {
    const auto n = std::ssize(sequence.ids);
    // Channels first: 1 × hidden × n.
    auto out = at::conv1d(embeddings.narrow(0, begin, n).t().unsqueeze(0), weight_, bias_, 1,
                          (convolution_.width - 1) / 2, 1, convolution_.groups);
    out = out.contiguous();
    activate(convolution_.activation, out);
    x.narrow(0, begin, n).add_(out.squeeze(0).t());
    begin += n;
  }
}

}  // namespace attnsweep::model
