#include "model/evaluator.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "measure/measure.hpp"
#include "model/engine.hpp"
#include "model/pair_measurer.hpp"
#include "model/runtime.hpp"

namespace attnsweep::model {
namespace {

/// Tokens that run through all layers together: enough for the products to reach their full speed
/// (a weight is read once a block), few enough for the activations to stay in the cache. A GPU
/// wants as many as there are: the whole pack.
constexpr std::int64_t kBlockTokens = 512;
std::int64_t block_tokens(const EvaluatorOptions& options) {
  return options.device == "cpu" && !options.tensor_operators
             ? kBlockTokens
             : std::numeric_limits<std::int64_t>::max();
}

double epsilon_of(const std::string& precision) {
  if (precision == "float64") return measure::epsilon_float64;
  if (precision == "bfloat16") return measure::epsilon_bfloat16;
  if (precision == "float16") return measure::epsilon_float16;
  return measure::epsilon_float32;
}

/// Why a sequence cannot run, found before anything is computed.
void check(const SequenceInput& sequence, const spec::ArchitectureSpec& spec,
           SequenceMeasurement& out) {
  const auto n = std::ssize(sequence.ids);
  require(n > 0, "a sequence without tokens reached the model");
  require(sequence.type_ids.empty() || std::ssize(sequence.type_ids) == n,
          "as many token types as tokens");
  require(sequence.special.empty() || std::ssize(sequence.special) == n,
          "as many special flags as tokens");
  const auto fail = [&](Reason reason, const std::string& detail) {
    out.reason = reason;
    out.detail = detail;
  };
  if (n > spec.max_positions)
    return fail(Reason::too_many_positions, std::to_string(n) + " tokens, the model has " +
                                                std::to_string(spec.max_positions) + " positions");
  for (std::size_t i = 0; i < sequence.ids.size(); ++i) {
    const auto at = " at position " + std::to_string(i);
    if (sequence.ids[i] < 0 || sequence.ids[i] >= spec.vocabulary)
      return fail(Reason::id_out_of_vocabulary, "token " + std::to_string(sequence.ids[i]) + at +
                                                    ", vocabulary " +
                                                    std::to_string(spec.vocabulary));
    if (spec.types > 0 && !sequence.type_ids.empty() &&
        (sequence.type_ids[i] < 0 || sequence.type_ids[i] >= spec.types))
      return fail(Reason::id_out_of_vocabulary,
                  "token type " + std::to_string(sequence.type_ids[i]) + at + ", the model has " +
                      std::to_string(spec.types));
  }
}

/// Passes every head of every layer on as doubles.
template <class T>
class TapSink final : public AttentionSink<T> {
 public:
  TapSink(std::span<const SequenceInput> block, std::size_t first, std::int64_t n_heads,
          const Evaluator::AttentionTap& tap)
      : block_(block), first_(first), n_heads_(static_cast<std::size_t>(n_heads)), tap_(tap) {}

  typename AttentionSink<T>::Place place(int, std::size_t sequence) override {
    const auto n = block_[sequence].ids.size();
    auto& kept = kept_[sequence];
    kept.mean.resize(n * n);
    kept.heads.resize(n_heads_ * n * n);
    return {kept.mean.data(), kept.heads.data()};
  }
  void done(int layer, std::size_t sequence) override {
    const auto kept = std::move(kept_[sequence]);
    kept_.erase(sequence);
    wide_.assign(kept.heads.begin(), kept.heads.end());
    tap_(layer, first_ + sequence, static_cast<int>(block_[sequence].ids.size()), wide_);
  }

 private:
  std::span<const SequenceInput> block_;
  std::size_t first_, n_heads_;
  const Evaluator::AttentionTap& tap_;
  struct Kept {
    std::vector<T> mean, heads;
  };
  std::map<std::size_t, Kept> kept_;  ///< of the sequences that are not done
  std::vector<double> wide_;
};

template <class T>
class PackedEvaluator final : public Evaluator {
 public:
  PackedEvaluator(const spec::ModelFiles& files, const EvaluatorOptions& options)
      : spec_(files.architecture),
        epsilon_(epsilon_of(options.precision)),
        device_(options.device),
        block_tokens_(block_tokens(options)),
        engine_(make_engine<T>(files, options)) {}

  std::vector<SequenceMeasurement> measure(std::span<const SequenceInput> pack,
                                           const MeasureSet& what) override {
    std::vector<SequenceMeasurement> out(pack.size());
    std::vector<SequenceInput> good;
    std::vector<SequenceMeasurement*> where;
    for (std::size_t s = 0; s < pack.size(); ++s) {
      check(pack[s], spec_, out[s]);
      if (out[s].reason != Reason::measured) continue;
      good.push_back(pack[s]);
      where.push_back(&out[s]);
    }
    for_blocks(good, [&](std::span<const SequenceInput> block, std::size_t first) {
      PairMeasurer<T> measurer(spec_, what, epsilon_, block,
                               std::span(where).subspan(first, block.size()));
      engine_->run(block, measurer);
    });
    return out;
  }

  void attention(std::span<const SequenceInput> pack, const AttentionTap& tap) override {
    for (const auto& sequence : pack) {
      SequenceMeasurement checked;
      check(sequence, spec_, checked);
      if (checked.reason != Reason::measured) throw InputError(checked.detail);
    }
    for_blocks(pack, [&](std::span<const SequenceInput> block, std::size_t first) {
      TapSink<T> sink(block, first, spec_.n_heads, tap);
      engine_->run(block, sink);
    });
  }

  std::string device() const override { return device_; }

 private:
  /// Cuts a pack into blocks of whole sequences, in order; one longer than a block is its own.
  template <class Run>
  void for_blocks(std::span<const SequenceInput> pack, Run run) const {
    for (std::size_t first = 0; first < pack.size();) {
      std::size_t end = first;
      std::int64_t tokens = 0;
      do {
        tokens += std::ssize(pack[end].ids);
        ++end;
      } while (end < pack.size() && tokens + std::ssize(pack[end].ids) <= block_tokens_);
      run(pack.subspan(first, end - first), first);
      first = end;
    }
  }

  const spec::ArchitectureSpec spec_;
  const double epsilon_;
  const std::string device_;
  const std::int64_t block_tokens_;
  std::unique_ptr<Engine<T>> engine_;
};

}  // namespace

std::string check_runtime(const EvaluatorOptions& options) { return prepare_runtime(options); }

std::unique_ptr<Evaluator> load_evaluator(const spec::ModelFiles& files,
                                          const EvaluatorOptions& options) {
  auto resolved = options;
  resolved.device = prepare_runtime(options);
  if (options.precision == "float64")
    return std::make_unique<PackedEvaluator<double>>(files, resolved);
  return std::make_unique<PackedEvaluator<float>>(files, resolved);
}

}  // namespace attnsweep::model
