#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "archive/plan_file.hpp"

namespace attnsweep::sweep {

/// Hands out tasks: the longest predicted first, so that the ranks end together; among those, one
/// of the model that the asking rank has loaded when there is one at least half as long (loading
/// another model costs more than the order gains).
class Scheduler {
 public:
  /// `open` are indices into plan.tasks. The plan must outlive the scheduler.
  Scheduler(const archive::Plan& plan, const std::vector<std::size_t>& open);

  /// The next task for a rank that has `model` loaded (empty: none), or nothing.
  std::optional<std::size_t> next(const std::string& model);

  std::size_t n_left() const { return left_.size(); }

 private:
  struct Longer {
    bool operator()(const std::pair<double, std::size_t>& a,
                    const std::pair<double, std::size_t>& b) const {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    }
  };
  using Queue = std::set<std::pair<double, std::size_t>, Longer>;
  const archive::Plan& plan_;
  Queue left_;
  std::map<std::string, Queue> of_model_;
};

/// What `n_ranks` ranks that pull these tasks take: the time of the last one, in the unit of the
/// costs, and the share of the ranks' time that is work.
struct Makespan {
  double time = 0;
  double efficiency = 1;
};
Makespan simulate(const archive::Plan& plan, const std::vector<std::size_t>& open,
                  std::size_t n_ranks);

}  // namespace attnsweep::sweep
