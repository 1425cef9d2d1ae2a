#include "model/weights.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include "base/error.hpp"
#include "base/philox.hpp"

namespace attnsweep::model {
namespace {

at::ScalarType stored_type(const spec::TensorBinding& binding) {
  if (binding.dtype == "F32") return at::kFloat;
  if (binding.dtype == "F64") return at::kDouble;
  if (binding.dtype == "F16") return at::kHalf;
  if (binding.dtype == "BF16") return at::kBFloat16;
  throw InputError(binding.file.string() + ": '" + binding.stored_name + "' is stored as " +
                   binding.dtype + ", expected F32, F16, BF16 or F64");
}

std::int64_t n_entries(const spec::TensorBinding& binding) {
  std::int64_t n = 1;
  for (const auto size : binding.stored_shape) n *= size;
  return n;
}

void zero_row(std::vector<float>& values, std::int64_t row, std::int64_t width) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * width);
  std::fill(begin, begin + static_cast<std::ptrdiff_t>(width), 0.0F);
}

/// Attention Is All You Need, section 3.5, in the layout of the library's DistilBERT.
void sinusoidal(std::vector<float>& values, std::int64_t rows, std::int64_t width) {
  for (std::int64_t p = 0; p < rows; ++p)
    for (std::int64_t j = 0; j < width; ++j) {
      const double angle =
          static_cast<double>(p) /
          std::pow(10000.0, 2 * static_cast<double>(j / 2) / static_cast<double>(width));
      values[static_cast<std::size_t>(p * width + j)] =
          static_cast<float>(j % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
}

/// Standard normals as numbers evenly spread over ±bound.
void normals_to_uniform(double bound, std::vector<float>& values) {
  for (auto& value : values)
    value = static_cast<float>(bound * std::erf(static_cast<double>(value) / std::sqrt(2.0)));
}

/// Standard normals as normals of this deviation that end at `cutoff` of it, by the inverse of
/// their distribution.
void cut_normals(double deviation, double cutoff, std::vector<float>& values) {
  auto at = at::from_blob(values.data(), {std::ssize(values)}, at::kFloat);
  const double root = std::sqrt(2.0), inside = std::erf(cutoff / root);
  at.copy_(at.to(at::kDouble).div_(root).erf_().mul_(inside).erfinv_().mul_(root * deviation));
}

}  // namespace

at::ScalarType scalar_type(const std::string& precision) {
  if (precision == "float32") return at::kFloat;
  if (precision == "float64") return at::kDouble;
  if (precision == "bfloat16") return at::kBFloat16;
  if (precision == "float16") return at::kHalf;
  throw InputError("precision: '" + precision +
                   "'; expected float32, float64, bfloat16 or float16");
}

Weights::Weights(const spec::ModelFiles& files, const EvaluatorOptions& options)
    : files_(files), options_(options), device_(options.device) {
  for (const auto& binding : files.tensors) {
    bindings_[binding.name] = &binding;
    if (options.random_seed_index) continue;
    auto& file = mapped_[binding.file.string()];
    if (!file) file = std::make_shared<spec::MappedFile>(binding.file);
    if (binding.end > file->bytes().size())
      throw InputError(binding.file.string() + ": '" + binding.stored_name + "' ends at byte " +
                       std::to_string(binding.end) + ", the file has " +
                       std::to_string(file->bytes().size()) + ": it has been cut or replaced");
  }
}

at::Tensor Weights::stored(const spec::TensorBinding& binding) const {
  const auto file = mapped_.at(binding.file.string());
  const auto type = stored_type(binding);
  // LibTorch has no tensors of constants; nothing below writes to one of these.
  auto* data = const_cast<std::byte*>(file->bytes().data() + binding.begin);
  const auto size = static_cast<std::uintptr_t>(c10::elementSize(type));
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % size == 0;
  if (!aligned) {
    auto copy = at::empty(binding.stored_shape, type);
    std::copy_n(data, binding.end - binding.begin, static_cast<std::byte*>(copy.data_ptr()));
    return copy;
  }
  return at::from_blob(
      data, binding.stored_shape, [file](void*) {}, type);
}

at::Tensor Weights::drawn(const spec::TensorBinding& binding) const {
  const auto& spec = files_.architecture;
  std::vector<float> values(static_cast<std::size_t>(n_entries(binding)), 0.0F);
  const auto& name = binding.name;
  // "q_norm.3.weight" is one head's.
  if (name.find("norm.") != std::string::npos && name.ends_with(".weight")) {
    const double one = binding.start >= 0 ? binding.start : 1;
    std::fill(values.begin(), values.end(), spec.norm_plus_one ? 0.0F : static_cast<float>(one));
  } else if (name == "conv.weight" || name == "conv.bias") {
    // As PyTorch starts a convolution, which the library leaves so: ±1/√(inputs of an output).
    const auto inputs = spec.hidden / spec.convolution.groups * spec.convolution.width;
    keyed_normals(options_.study_seed, *options_.random_seed_index, binding.family_name, 1, values);
    normals_to_uniform(1 / std::sqrt(static_cast<double>(inputs)), values);
  } else if (name == "embeddings.position" &&
             spec.position_start == spec::PositionStart::sinusoidal) {
    sinusoidal(values, spec.position_rows, spec.table_width());
  } else if (!name.ends_with(".bias")) {
    const bool narrow = spec.narrow_residual_start &&
                        (name.ends_with(".o.weight") || name.ends_with(".down.weight"));
    const double deviation =
        binding.start >= 0 ? binding.start
        : narrow ? spec.initializer_range / std::sqrt(2 * static_cast<double>(spec.n_layers))
                 : spec.initializer_range;
    const bool cut = spec.initializer_cutoff > 0;
    keyed_normals(options_.study_seed, *options_.random_seed_index, binding.family_name,
                  cut ? 1 : deviation, values);
    if (cut) cut_normals(deviation, spec.initializer_cutoff, values);
    const bool padded_positions = spec.position_start == spec::PositionStart::normal_padding_row;
    if (spec.padding_id >= 0 &&
        (name == "embeddings.word" || (name == "embeddings.position" && padded_positions)))
      zero_row(values, spec.padding_id, spec.table_width());
  }
  return at::from_blob(values.data(), binding.stored_shape, at::kFloat).clone();
}

at::Tensor Weights::part(const spec::TensorBinding& binding) const {
  auto tensor = options_.random_seed_index ? drawn(binding) : stored(binding);
  if (binding.transposed) tensor = tensor.t();
  const auto& rows = binding.rows;
  if (rows.run == 0) return tensor.narrow(0, rows.first, binding.shape[0]);
  auto sizes = tensor.sizes().vec();
  sizes[0] = rows.stride;
  sizes.insert(sizes.begin(), binding.shape[0] / rows.run);
  return tensor.contiguous().view(sizes).narrow(1, rows.first, rows.run).reshape(binding.shape);
}

at::Tensor Weights::get(const std::string& name) const {
  return part(*bindings_.at(name)).to(device_).to(scalar_type(options_.precision));
}

at::ScalarType Weights::wide_type() const {
  return options_.precision == "float64" ? at::kDouble : at::kFloat;
}

at::Tensor Weights::wide(const std::string& name) const {
  const auto tensor = part(*bindings_.at(name)).to(device_);
  // The reduced type first: a bias of a bfloat16 model is a bfloat16 number.
  return tensor.to(scalar_type(options_.precision)).to(wide_type()).contiguous();
}

at::TensorOptions Weights::wide_options() const {
  return at::TensorOptions().dtype(wide_type()).device(device_);
}

}  // namespace attnsweep::model
