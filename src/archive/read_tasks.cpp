#include <map>
#include <set>

#include "archive/missing_segments.hpp"
#include "archive/segment.hpp"
#include "archive/task_rows.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"

namespace attnsweep::archive {
void for_each_task(const std::filesystem::path& run, const Plan& plan, const Journal& journal,
                   const std::function<void(const Task&, const SegmentGroup&)>& use) {
  if (!journal.damaged.empty()) {
    std::string all;
    for (const auto& line : journal.damaged) all.append(all.empty() ? "" : "\n").append(line);
    throw ArchiveError(all);
  }
  const CellIndex cells(plan);
  std::set<std::string> damaged;
  auto states = task_states(plan, journal, run);
  check_missing_segments(run, plan, journal, states);
  SegmentCache cache(run);
  for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
    while (states.done[t] != nullptr) {
      const auto& entry = *states.done[t];
      std::shared_ptr<const SegmentReader> segment;
      SegmentGroup group;
      try {
        segment = cache.open(entry);
        const auto rows =
            task_rows(*segment, entry.segment, plan.tasks[t], cells.of(plan.tasks[t]), entry);
        group = segment->read(*rows.cell, rows.first, rows.count);
      } catch (const ArchiveError&) {
        // A damaged segment does no harm where its tasks were measured again.
        damaged.insert(entry.segment);
        states = task_states(plan, journal, run, damaged);
        if (states.done[t] == nullptr) throw;
        continue;
      }
      use(plan.tasks[t], group);
      break;
    }
  }
}

std::vector<std::string> damaged_segments(const std::filesystem::path& run,
                                          const Journal& journal) {
  std::map<std::string, std::string> digests;  // by segment; empty: cannot be read
  std::set<std::string> damaged;
  for (const auto& entry : journal.entries) {
    if (!entry.done) continue;
    const auto file = segment_file(run, entry.segment);
    const auto [at, added] = digests.try_emplace(entry.segment);
    std::error_code error;
    if (added && std::filesystem::exists(file, error)) {
      try {
        at->second = digest_of_file(file);
      } catch (const InputError&) {
        damaged.insert(entry.segment);
      }
    }
    if (!at->second.empty() && at->second != entry.digest) damaged.insert(entry.segment);
  }
  return {damaged.begin(), damaged.end()};
}

}  // namespace attnsweep::archive
