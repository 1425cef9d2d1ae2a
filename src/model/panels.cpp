#include "model/panels.hpp"

#include <algorithm>

#include <ATen/Parallel.h>

#include "model/lanes.hpp"
#include "model/tile.hpp"

namespace attnsweep::model {
namespace {

/// Outputs of a panel, and rows that are multiplied with it at a time: a rectangle of results that
/// stays in the L1 cache while inputs are added to it.
constexpr std::int64_t kOutputs = 64, kRows = 64;
/// At most this many inputs at a time: their part of a panel (128 KiB) stays in the L2 cache for
/// all rows.
constexpr std::int64_t kInputs = 512;

/// libxsmm sums products of at most so many outputs in an order that depends on the number of rows.
constexpr std::int64_t kNarrow = 16;

std::int64_t padded(std::int64_t n) { return (n + 15) / 16 * 16; }

/// The inputs in equal parts.
std::int64_t part_of(std::int64_t inputs) {
  const auto parts = (inputs + kInputs - 1) / kInputs;
  return std::min(inputs, padded((inputs + parts - 1) / parts));
}

ATTNSWEEP_CLONES void add_to_rows(const float* row, std::int64_t width, float* to,
                                  std::int64_t rows, std::int64_t stride) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < width; ++j) to[i * stride + j] += row[j];
}

std::int64_t n_panels(std::int64_t outputs) { return (outputs + kOutputs - 1) / kOutputs; }

/// The first output of a panel. The last one is never narrow where there is another to take from.
std::int64_t start_of(std::int64_t panel, std::int64_t outputs) {
  const auto start = std::min(panel * kOutputs, outputs), left = outputs - start;
  return start > 0 && left > 0 && left <= kNarrow ? start - kNarrow : start;
}

}  // namespace

Panels::Panels(const float* weights, std::int64_t outputs, std::int64_t inputs)
    : outputs_(outputs), inputs_(inputs) {
  values_.resize(static_cast<std::size_t>(padded(outputs) * inputs));
  for (std::int64_t panel = 0; panel < n_panels(outputs); ++panel) {
    const auto j = start_of(panel, outputs), width = start_of(panel + 1, outputs) - j;
    transpose(weights + j * inputs, width, inputs, inputs, values_.data() + j * inputs,
              padded(width));
  }
}

void Panels::multiply(const float* x, std::int64_t rows, const float* bias, float* y) const {
  at::parallel_for(0, n_panels(outputs_), 1, [&](std::int64_t first, std::int64_t end) {
    for (auto panel = first; panel < end; ++panel) multiply_panel(panel, x, rows, bias, y);
  });
}

void Panels::multiply_panel(std::int64_t index, const float* x, std::int64_t rows,
                            const float* bias, float* y) const {
  const auto j = start_of(index, outputs_), width = start_of(index + 1, outputs_) - j;
  const auto stored = padded(width);
  const auto at_once = std::min(width <= kNarrow ? 1 : kRows, rows);
  const auto part = part_of(inputs_);
  for (std::int64_t k = 0; k < inputs_; k += part) {
    const auto depth = std::min(part, inputs_ - k);
    const float* panel = values_.data() + j * inputs_ + k * stored;
    const auto tile_of = [&](std::int64_t count) {
      return Tile<float>({count, width, depth, inputs_, stored, outputs_, k > 0});
    };
    const auto whole = tile_of(at_once);
    for (std::int64_t i = 0; i < rows; i += at_once) {
      const auto count = std::min(at_once, rows - i);
      float* to = y + i * outputs_ + j;
      const auto tile = count == at_once ? whole : tile_of(count);
      tile(x + i * inputs_ + k, panel, to);
      if (k + part < inputs_) continue;
      // Last, so that the sums are not rounded to the bias's digits on their way.
      if (bias) add_to_rows(bias + j, width, to, count, outputs_);
    }
  }
}

}  // namespace attnsweep::model
