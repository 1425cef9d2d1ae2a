#include "corpus/special_frame.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace attnsweep::corpus {
namespace {

// Post-processors look at no id. These belong to no token.
constexpr std::int32_t first_probe = 2'000'000'000;
constexpr std::int32_t probe_length = 2;

}  // namespace

std::optional<SpecialFrame> SpecialFrame::of(const Process& process, int n_texts) {
  std::vector<std::vector<std::int32_t>> probes;
  for (int k = 0; k < n_texts; ++k) {
    const auto first = first_probe + k * probe_length;
    probes.push_back({first, first + 1});
  }
  const auto whole = process({probes.begin(), probes.end()});
  SpecialFrame frame;
  frame.parts_.emplace_back();
  for (std::size_t i = 0; i < whole.ids.size(); ++i) {
    auto& part = frame.parts_.back();
    if (whole.ids[i] < first_probe) {
      part.ids.push_back(whole.ids[i]);
      part.type_ids.push_back(whole.type_ids[i]);
      continue;
    }
    const auto k = frame.text_types_.size();
    const bool next_text = k < probes.size() && i + 1 < whole.ids.size() &&
                           std::equal(probes[k].begin(), probes[k].end(),
                                      whole.ids.begin() + static_cast<std::ptrdiff_t>(i)) &&
                           whole.type_ids[i] == whole.type_ids[i + 1];
    if (!next_text) return std::nullopt;
    frame.text_types_.push_back(whole.type_ids[i]);
    frame.parts_.emplace_back();
    ++i;
  }
  if (frame.text_types_.size() != probes.size()) return std::nullopt;
  return frame;
}

Encoding SpecialFrame::around(std::initializer_list<std::span<const std::int32_t>> texts) const {
  require(texts.size() == text_types_.size(), "a frame of special tokens for other texts");
  std::size_t n = 0;
  for (const auto& part : parts_) n += part.ids.size();
  for (const auto& text : texts) n += text.size();
  Encoding out;
  out.ids.reserve(n);
  out.type_ids.reserve(n);
  const auto add_part = [&out](const Encoding& part) {
    out.ids.insert(out.ids.end(), part.ids.begin(), part.ids.end());
    out.type_ids.insert(out.type_ids.end(), part.type_ids.begin(), part.type_ids.end());
  };
  std::size_t k = 0;
  for (const auto& text : texts) {
    add_part(parts_[k]);
    out.ids.insert(out.ids.end(), text.begin(), text.end());
    out.type_ids.insert(out.type_ids.end(), text.size(), text_types_[k++]);
  }
  add_part(parts_[k]);
  return out;
}

}  // namespace attnsweep::corpus
