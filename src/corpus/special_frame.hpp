#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "corpus/tokenizer.hpp"

namespace attnsweep::corpus {

/// What a tokenizer's post-processor puts around a text, or around and between the texts of a pair,
/// found once so that no text pays for asking it.
class SpecialFrame {
 public:
  /// Asks `process`, which post-processes the ids of a text or a pair. Nothing where what it adds
  /// is no frame (a template that repeats a text or turns a pair round).
  using Process = std::function<Encoding(const std::vector<std::span<const std::int32_t>>&)>;
  static std::optional<SpecialFrame> of(const Process& process, int n_texts);

  /// As many texts as the frame is for.
  Encoding around(std::initializer_list<std::span<const std::int32_t>> texts) const;

 private:
  /// parts[k] stands before text k, the last behind them all.
  std::vector<Encoding> parts_;
  std::vector<std::int32_t> text_types_;
};

}  // namespace attnsweep::corpus
