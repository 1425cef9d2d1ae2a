#include "archive/missing_segments.hpp"

#include <set>
#include <string>

#include "archive/segment.hpp"
#include "archive/task_rows.hpp"
#include "base/error.hpp"

namespace attnsweep::archive {

void check_missing_segments(const std::filesystem::path& run, const Plan& plan,
                            const Journal& journal, const TaskStates& states) {
  std::set<std::string> lost;
  for (std::size_t t = 0; t < plan.tasks.size(); ++t)
    if (states.done[t] == nullptr) lost.insert(plan.tasks[t].id);
  if (lost.empty()) return;
  std::set<std::string> present;
  for (const auto& entry : journal.entries) {
    if (!entry.done || !lost.contains(entry.task) || present.contains(entry.segment)) continue;
    std::error_code error;
    if (!std::filesystem::is_regular_file(segment_file(run, entry.segment), error))
      throw ArchiveError(segment_place(entry.segment) + ": is missing, the journal (" +
                         entry.place + ") names it for task '" + entry.task + "'");
    present.insert(entry.segment);
  }
}

}  // namespace attnsweep::archive
