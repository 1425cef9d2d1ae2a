#include "sweep/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <queue>

#include "base/error.hpp"

namespace attnsweep::sweep {

Scheduler::Scheduler(const archive::Plan& plan, const std::vector<std::size_t>& open)
    : plan_(plan) {
  for (const auto i : open) {
    const auto& task = plan.tasks.at(i);
    left_.emplace(task.flops, i);
    of_model_[task.model].emplace(task.flops, i);
  }
}

std::optional<std::size_t> Scheduler::next(const std::string& model) {
  if (left_.empty()) return std::nullopt;
  auto chosen = *left_.begin();
  if (const auto same = of_model_.find(model); same != of_model_.end() && !same->second.empty() &&
                                               same->second.begin()->first >= chosen.first / 2)
    chosen = *same->second.begin();
  left_.erase(chosen);
  of_model_[plan_.tasks[chosen.second].model].erase(chosen);
  return chosen.second;
}

Makespan simulate(const archive::Plan& plan, const std::vector<std::size_t>& open,
                  std::size_t n_ranks) {
  require(n_ranks > 0, "a makespan of no ranks");
  Scheduler scheduler(plan, open);
  // Ranks by the time at which they ask, then by number: a pull is an event.
  using Rank = std::pair<double, std::size_t>;
  std::priority_queue<Rank, std::vector<Rank>, std::greater<>> ranks;
  const std::size_t useful = std::min(n_ranks, std::max<std::size_t>(open.size(), 1));
  std::vector<std::string> loaded(useful);
  for (std::size_t r = 0; r < useful; ++r) ranks.emplace(0.0, r);
  Makespan result;
  double work = 0;
  while (scheduler.n_left() > 0) {
    const auto [time, r] = ranks.top();
    ranks.pop();
    const auto task = scheduler.next(loaded[r]);
    const double cost = plan.tasks[*task].flops;
    loaded[r] = plan.tasks[*task].model;
    work += cost;
    result.time = std::max(result.time, time + cost);
    ranks.emplace(time + cost, r);
  }
  if (result.time > 0) result.efficiency = work / (result.time * static_cast<double>(n_ranks));
  return result;
}

}  // namespace attnsweep::sweep
