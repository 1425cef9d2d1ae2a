#pragma once
#include <cstdint>
#include <memory>

namespace attnsweep::sweep {

/// Counts of finished work.
struct Work {
  std::int64_t tasks = 0, sequences = 0, tokens = 0, failed_sequences = 0;
  double flops = 0;
  Work& operator+=(const Work& other);
};

/// Shows how far the sweep is, on stderr: a live line on a terminal, a line every 30 s in a log.
/// Lives on rank 0; safe to add to from any thread.
class Progress {
 public:
  /// `before` tasks were done at the start; `flops_left` is the predicted work of the rest.
  Progress(std::int64_t n_tasks, std::int64_t before, double flops_left, bool visible);
  ~Progress();
  Progress(const Progress&) = delete;
  void add(const Work& work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::sweep
