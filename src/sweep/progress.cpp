#include "sweep/progress.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include <unistd.h>

#include "base/log.hpp"

namespace attnsweep::sweep {
namespace {

using Clock = std::chrono::steady_clock;

std::string duration(double seconds) {
  char text[64];
  const auto s = static_cast<long>(seconds + 0.5);
  if (s < 60)
    std::snprintf(text, sizeof text, "%ld s", s);
  else if (s < 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld min", s / 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld h", s / 3600, s % 3600 / 60);
  return text;
}

}  // namespace

Work& Work::operator+=(const Work& other) {
  tasks += other.tasks;
  sequences += other.sequences;
  tokens += other.tokens;
  failed_sequences += other.failed_sequences;
  flops += other.flops;
  return *this;
}

struct Progress::State {
  State(std::int64_t all, std::int64_t done, double left, bool live)
      : n_tasks(all), before(done), flops_left(left), terminal(live) {}

  std::int64_t n_tasks, before;
  double flops_left;
  bool terminal;
  Clock::time_point start = Clock::now();
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
  Work work;
  std::thread thread;

  std::string line() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const auto done = before + work.tasks;
    char text[256];
    std::snprintf(
        text, sizeof text, "%lld of %lld tasks (%.0f %%), %.1f sequences/s, %.1f GFLOP/s",
        static_cast<long long>(done), static_cast<long long>(n_tasks),
        n_tasks > 0 ? 100.0 * static_cast<double>(done) / static_cast<double>(n_tasks) : 100.0,
        static_cast<double>(work.sequences) / std::max(seconds, 1e-9),
        work.flops / std::max(seconds, 1e-9) / 1e9);
    std::string out = text;
    if (work.failed_sequences > 0)
      out += ", " + std::to_string(work.failed_sequences) + " sequences failed";
    if (work.flops > 0 && done < n_tasks)
      out +=
          ", " + duration(std::max(0.0, flops_left - work.flops) / work.flops * seconds) + " left";
    return out;
  }

  void show(bool last) const {
    if (terminal)
      std::fprintf(stderr, "\r\033[K%s%s", line().c_str(), last ? "\n" : "");
    else
      log::info(line());
  }

  void loop() {
    const auto interval =
        terminal ? std::chrono::milliseconds(500) : std::chrono::milliseconds(30000);
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, interval, [&] { return ended; })) show(false);
  }
};

Progress::Progress(std::int64_t n_tasks, std::int64_t before, double flops_left, bool visible) {
  if (!visible) return;
  state_.reset(new State(n_tasks, before, flops_left, ::isatty(STDERR_FILENO) == 1));
  state_->thread = std::thread([this] { state_->loop(); });
}

Progress::~Progress() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
  state_->show(true);
}

void Progress::add(const Work& work) {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  state_->work += work;
}

}  // namespace attnsweep::sweep
