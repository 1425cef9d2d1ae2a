#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/quantities.hpp"
#include "spec/model_files.hpp"

namespace attnsweep::model {

/// One sequence of a pack. All spans have n entries; an empty `type_ids` means all 0, an empty
/// `special` none special.
struct SequenceInput {
  std::span<const std::int32_t> ids;
  std::span<const std::int32_t> type_ids;
  std::span<const std::uint8_t> special;  ///< 1 where the token leaves the dropped view
};

/// Values of one sequence in the layout of SequenceRow.
struct SequenceMeasurement {
  Reason reason = Reason::measured;
  std::string detail;  ///< of a failure, for the log: "token 31990 at position 4, vocabulary 30522"
  std::vector<std::vector<double>> values, floors, observables;
  std::int32_t empty_rows = 0;
};

struct EvaluatorOptions {
  std::string precision = "float32";
  std::string device = "auto";  ///< auto (a GPU where there is one), cpu, cuda
  /// This rank's place on its node: of g GPUs it takes number node_rank mod g.
  int node_rank = 0;
  int threads = 1;
  /// Set: ignore the stored weights and draw the architecture's own initialisation, keyed by
  /// (study seed, this number, tensor name).
  std::optional<std::uint64_t> random_seed_index;
  std::uint64_t study_seed = 0;
  /// On the CPU too, take LibTorch's operators as on a GPU in place of the loops made for the CPU:
  /// for tests of the former.
  bool tensor_operators = false;
};

/// Runs a model over packs of sequences and measures neighbouring layers' attention. No
/// third-party type shows. Deterministic in (weights, pack, options); not thread-safe.
class Evaluator {
 public:
  virtual ~Evaluator() = default;

  /// Measures every sequence of the pack; a sequence that cannot be measured carries its reason
  /// and leaves the others' digits untouched.
  virtual std::vector<SequenceMeasurement> measure(std::span<const SequenceInput> pack,
                                                   const MeasureSet& what) = 0;

  /// P of one layer and sequence: heads × n × n, row-major, widened to double; valid during the
  /// call. For tests and dumps.
  using AttentionTap =
      std::function<void(int layer, std::size_t sequence, int n, std::span<const double> p)>;
  virtual void attention(std::span<const SequenceInput> pack, const AttentionTap& tap) = 0;

  /// "cpu" or "cuda:<number of the GPU>".
  virtual std::string device() const = 0;
};

/// Checks that this machine and this LibTorch can run with these options: device, precision, and
/// products that are right. Returns the device, as Evaluator::device. Throws InputError naming the
/// option or the remedy.
std::string check_runtime(const EvaluatorOptions& options);

/// Maps the weights and prepares the engine. Throws InputError naming file and tensor.
std::unique_ptr<Evaluator> load_evaluator(const spec::ModelFiles& files,
                                          const EvaluatorOptions& options);

/// "2.1.0" or the like, for archive attributes and --version.
std::string torch_version();

}  // namespace attnsweep::model
