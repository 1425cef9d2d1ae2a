#include <map>
#include <unordered_map>

#include "archive/journal.hpp"
#include "archive/segment.hpp"

namespace attnsweep::archive {
namespace {

// Whether `later` replaces `earlier`: unless the earlier one measured strictly more.
bool replaces(const JournalEntry& later, const JournalEntry& earlier) {
  return covers(later.measure, earlier.measure) || !covers(earlier.measure, later.measure);
}

}  // namespace

TaskStates task_states(const Plan& plan, const Journal& journal, const std::filesystem::path& run) {
  return task_states(plan, journal, run, {});
}

TaskStates task_states(const Plan& plan, const Journal& journal, const std::filesystem::path& run,
                       const std::set<std::string>& excluded) {
  std::map<std::pair<std::string, std::string>, const PlannedCell*> cells;
  for (const auto& cell : plan.cells) cells[{cell.info.model, cell.info.corpus}] = &cell;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t t = 0; t < plan.tasks.size(); ++t) places[plan.tasks[t].id] = t;
  std::unordered_map<std::string, bool> segment_exists;
  const auto usable = [&](const std::string& segment) {
    if (excluded.contains(segment)) return false;
    const auto [at, added] = segment_exists.try_emplace(segment, false);
    std::error_code error;
    if (added) at->second = std::filesystem::is_regular_file(segment_file(run, segment), error);
    return at->second;
  };

  TaskStates states{std::vector<const JournalEntry*>(plan.tasks.size(), nullptr),
                    std::vector<const JournalEntry*>(plan.tasks.size(), nullptr)};
  for (const auto& entry : journal.entries) {
    const auto place = places.find(entry.task);
    if (place == places.end()) continue;
    const auto& task = plan.tasks[place->second];
    if (!entry.done) {
      states.failed[place->second] = &entry;
      continue;
    }
    const auto cell = cells.find({task.model, task.corpus});
    if (cell == cells.end() || !covers(entry.measure, cell->second->measure)) continue;
    if (!usable(entry.segment)) continue;
    auto& winner = states.done[place->second];
    if (winner == nullptr || replaces(entry, *winner)) winner = &entry;
  }
  for (std::size_t t = 0; t < plan.tasks.size(); ++t)
    if (states.done[t] != nullptr) states.failed[t] = nullptr;
  return states;
}

}  // namespace attnsweep::archive
