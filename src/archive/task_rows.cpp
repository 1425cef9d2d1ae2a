#include "archive/task_rows.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace attnsweep::archive {
namespace {

// Neighbouring tasks lie in few segments, each at most about commit_bytes long.
constexpr std::size_t max_cached_bytes = std::size_t{256} << 20;

void check_digest(const std::string& digest, const JournalEntry& entry) {
  if (digest != entry.digest)
    throw ArchiveError(segment_place(entry.segment) + ": its digest is " + digest +
                       ", the journal (" + entry.place + ") says " + entry.digest);
}

}  // namespace

CellIndex::CellIndex(const Plan& plan) {
  for (const auto& cell : plan.cells) cells_[{cell.info.model, cell.info.corpus}] = &cell;
}

const PlannedCell& CellIndex::of(const Task& task) const {
  const auto found = cells_.find({task.model, task.corpus});
  if (found == cells_.end())
    throw ArchiveError("tasks.json: task '" + task.id + "' belongs to no cell");
  return *found->second;
}

std::string segment_place(const std::string& segment) {
  std::string place = "segments/";
  place.append(segment).append(segment.ends_with(".h5") ? "" : ".h5");
  return place;
}

std::filesystem::path segment_file(const std::filesystem::path& run, const std::string& segment) {
  return run / segment_place(segment);
}

RowRange task_rows(const SegmentReader& segment, const std::string& name, const Task& task,
                   const PlannedCell& planned, const JournalEntry& entry) {
  const auto wrong = [&](const std::string& what) {
    throw ArchiveError(segment_place(name) + ": task '" + task.id + "': " + what);
  };
  const auto cell = std::find_if(
      segment.cells().begin(), segment.cells().end(), [&](const SegmentReader::Cell& one) {
        return one.info.model == task.model && one.info.corpus == task.corpus;
      });
  if (cell == segment.cells().end()) wrong("it holds no group " + task.model + "/" + task.corpus);
  if (cell->info.identity != planned.info.identity)
    wrong("its rows have the identity " + cell->info.identity + ", the plan says " +
          planned.info.identity);
  if (!covers(cell->measure, entry.measure))
    wrong("it lacks series that the journal (" + entry.place + ") promises");
  const auto begin = task.first_block * planned.records_per_block;
  const auto end = begin + task.n_blocks * planned.records_per_block;
  const auto inside = [&](std::int64_t record) { return record >= begin && record < end; };
  const auto& records = cell->records;
  const auto first = std::find_if(records.begin(), records.end(), inside);
  const auto last = std::find_if_not(first, records.end(), inside);
  if (std::any_of(last, records.end(), inside)) wrong("its rows do not lie together");
  if (!std::is_sorted(first, last)) wrong("its rows are not in the order of the records");
  if (last - first != entry.n_rows)
    wrong("it holds " + std::to_string(last - first) + " rows, the journal (" + entry.place +
          ") says " + std::to_string(entry.n_rows));
  return {&*cell, static_cast<std::size_t>(first - records.begin()),
          static_cast<std::size_t>(last - first)};
}

std::shared_ptr<const SegmentReader> SegmentCache::open(const JournalEntry& entry) {
  const auto found = std::find_if(slots_.begin(), slots_.end(),
                                  [&](const Slot& slot) { return slot.segment == entry.segment; });
  if (found != slots_.end()) {
    check_digest(found->digest, entry);
    slots_.splice(slots_.begin(), slots_, found);
    return slots_.front().reader;
  }
  const auto bytes = read_segment_bytes(segment_file(run_, entry.segment));
  const auto digest = digest_of(bytes);
  check_digest(digest, entry);
  auto reader = std::make_shared<SegmentReader>(segment_place(entry.segment), bytes);
  slots_.push_front({entry.segment, digest, bytes.size(), reader});
  std::size_t total = 0;
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    total += slot->size;
    slot = total > max_cached_bytes && slot != slots_.begin() ? slots_.erase(slot) : ++slot;
  }
  return reader;
}

}  // namespace attnsweep::archive
