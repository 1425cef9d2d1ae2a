#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_mixtral(ConfigReader& config) {
  const DecoderDefaults defaults{.kv_heads = 8,
                                 .intermediate = 14336,
                                 .positions = 4096 * 32,
                                 .norm_eps = 1e-5,
                                 .rotary = {.theta = 1000000}};
  auto spec = read_decoder(config, defaults);
  read_experts(config, spec, 8, 2);
  if (config.problems().empty() && spec.experts.count == 0)
    config.problem("num_local_experts", "0; expected 1 or more");
  spec.experts.renormalise = true;
  spec.experts.intermediate = spec.intermediate;
  read_one_window(config, spec, 0);
  finish_decoder(config, spec, defaults);
  return spec;
}

}  // namespace

Family mixtral_family() {
  auto family = decoder_family(
      "mixtral", read_mixtral,
      {"num_local_experts (num_experts), num_experts_per_tok: any", "sliding_window: any, null"});
  family.summary = "decoder; as mistral, the MLP a mixture";
  family.tensors = [](const ArchitectureSpec& spec) {
    return decoder_tensors(
        spec, decoder_names(),
        {"block_sparse_moe.gate", "block_sparse_moe.experts.", "w1", "w3", "w2"});
  };
  return family;
}

}  // namespace attnsweep::spec
