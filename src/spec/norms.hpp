#pragma once

namespace attnsweep::spec {

enum class NormKind {
  layer,  ///< LayerNorm: mean removed
  rms,    ///< RMSNorm: no mean removed, no bias
};

/// Where a layer's norms stand. Names of their tensors: attention_norm and mlp_norm; with `around`
/// also attention_after_norm and mlp_after_norm.
enum class NormPlace {
  after,   ///< on each residual sum
  before,  ///< on the input of attention and of the MLP, beside the residual stream
  branch,  ///< on the output of attention and of the MLP, before it is added to the stream
  around,  ///< on the inputs and on the outputs
};

/// Norms of queries and keys, before their rotation; tensors q_norm and k_norm.
enum class QueryKeyNorm {
  none,
  head,      ///< over each head, one weight (head size) for all
  own_head,  ///< over each head, with weights of its own (heads × head size, or by themselves as
             ///< q_norm.<head>)
  full,      ///< over all heads together
};

}  // namespace attnsweep::spec
