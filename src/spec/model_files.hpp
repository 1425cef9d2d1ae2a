#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/quantities.hpp"
#include "spec/architecture.hpp"
#include "spec/safetensors.hpp"

namespace attnsweep::spec {

/// A Hugging Face model directory that has been looked at: config.json understood, every tensor
/// that the architecture needs found with its shape. Nothing of the data is read.
struct ModelFiles {
  std::filesystem::path folder;
  ArchitectureSpec architecture;
  std::vector<TensorBinding> tensors;  ///< engine's name → stored tensor
  std::vector<std::filesystem::path> weight_files;
  /// cls, sep, bos, eos and pad ids named by config.json; used where there is no tokenizer.json.
  std::vector<std::int32_t> special_ids;
  std::vector<std::string> unknown_keys;  ///< of config.json, passed over
  std::int64_t n_parameters = 0;
};

/// Reads config.json and the headers of the safetensors files. With `need_weights` false (a
/// control) the weight files may be missing. Throws InputError with every problem at once:
/// unreadable config.json, unsupported values by key, missing, unexpected and misshaped tensors.
ModelFiles read_model_files(const std::filesystem::path& folder, bool need_weights = true);

/// Floating-point operations of one sequence of n tokens: the forward pass as the engine runs it
/// (last layer Q and K only) plus the measures asked for.
double sequence_flops(const ArchitectureSpec& architecture, std::int64_t n_tokens,
                      const MeasureSet& what);

/// Bytes of the weights in memory at this precision, and of the working memory of a pack whose
/// longest sequence has n tokens.
std::int64_t weight_bytes(const ModelFiles& files, const std::string& precision);
std::int64_t working_bytes(const ArchitectureSpec& architecture, std::int64_t tokens_per_batch,
                           std::int64_t longest, const MeasureSet& what);

/// model_type and the options understood, for `attnsweep families`.
struct FamilyDescription {
  std::string model_type;
  std::string summary;
  std::vector<std::string> options;
};
std::vector<FamilyDescription> families();
/// "gelu, gelu_new, …": the activations that any family's config.json may name.
std::string activation_names();

}  // namespace attnsweep::spec
