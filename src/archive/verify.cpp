#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "archive/segment.hpp"
#include "archive/task_rows.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"

namespace attnsweep::archive {
namespace {

// Why a segment is no good, by the name that the journal gives it.
using Faults = std::map<std::string, std::string>;

std::string histogram_text(const std::map<std::string, std::int64_t>& reasons) {
  std::string text;
  for (const auto& [reason, count] : reasons)
    text.append(text.empty() ? "" : ", ").append(reason).append(" ").append(std::to_string(count));
  return text.empty() ? "no rows" : text;
}

class Verifier {
 public:
  explicit Verifier(const std::filesystem::path& run) : run_(run) {}

  Verification verify() {
    read_plan_files();
    journal_ = read_journal(run_);
    for (const auto& line : journal_.damaged) found_.problems.push_back(line);
    for (const auto& file : journal_.torn)
      found_.notes.push_back(file + ": its last line is cut off (normal after a kill)");
    note_unknown_tasks();
    check_segments();
    judge_faults();
    note_leftovers("segments", ".h5");
    note_leftovers("journal", ".jsonl");
    note_leftovers("", "");
    return std::move(found_);
  }

 private:
  void read_plan_files() {
    try {
      plan_ = read_plan(run_);
      cells_.emplace(*plan_);
      for (const auto& task : plan_->tasks) tasks_[task.id] = &task;
      found_.n_tasks = static_cast<std::int64_t>(plan_->tasks.size());
    } catch (const ArchiveError& error) {
      found_.problems.emplace_back(error.what());
    }
  }

  void note_unknown_tasks() {
    if (!plan_) return;
    for (const auto& entry : journal_.entries)
      if (!tasks_.contains(entry.task))
        found_.notes.push_back(entry.place + ": task '" + entry.task + "' is not in the plan");
  }

  // One segment at a time, with all the journal lines that name it.
  void check_segments() {
    std::map<std::string, std::vector<const JournalEntry*>> by_segment;
    for (const auto& entry : journal_.entries)
      if (entry.done) by_segment[entry.segment].push_back(&entry);
    for (const auto& [segment, entries] : by_segment) {
      named_.insert(segment_file(run_, segment).filename().string());
      try {
        check_segment(segment, entries);
        ++found_.n_segments;
      } catch (const ArchiveError& error) {
        faults_[segment] = error.what();
      }
    }
  }

  void check_segment(const std::string& segment, const std::vector<const JournalEntry*>& entries) {
    const auto place = segment_place(segment);
    const auto file = segment_file(run_, segment);
    std::error_code error;
    if (!std::filesystem::exists(file, error))
      throw ArchiveError(place + ": is missing, the journal (" + entries[0]->place + ") names it");
    const auto bytes = read_segment_bytes(file);
    const auto digest = digest_of(bytes);
    for (const auto* entry : entries)
      if (digest != entry->digest)
        throw ArchiveError(place + ": its digest is " + digest + ", the journal (" + entry->place +
                           ") says " + entry->digest);
    const SegmentReader reader(place, bytes);
    for (const auto* entry : entries) check_entry(reader, segment, *entry);
  }

  void check_entry(const SegmentReader& reader, const std::string& segment,
                   const JournalEntry& entry) {
    const auto task = tasks_.find(entry.task);
    if (task == tasks_.end()) return;
    const auto range = task_rows(reader, segment, *task->second, cells_->of(*task->second), entry);
    const auto group = reader.read(*range.cell, range.first, range.count);
    std::map<std::string, std::int64_t> reasons;
    for (const auto& row : group.rows) ++reasons[std::string(name(row.reason))];
    auto promised = entry.reasons;
    std::erase_if(promised, [](const auto& reason) { return reason.second == 0; });
    if (reasons != promised)
      throw ArchiveError(segment_place(segment) + ": task '" + entry.task + "': its rows are " +
                         histogram_text(reasons) + "; the journal (" + entry.place + ") says " +
                         histogram_text(promised));
  }

  // A bad segment is damage unless every task that it held was measured again.
  void judge_faults() {
    std::set<std::string> bad;
    for (const auto& fault : faults_) bad.insert(fault.first);
    std::set<std::string> replaced;  // tasks with a good segment
    if (plan_) {
      const auto states = task_states(*plan_, journal_, run_, bad);
      for (std::size_t t = 0; t < plan_->tasks.size(); ++t) {
        if (states.done[t] == nullptr) continue;
        ++found_.n_tasks_done;
        found_.n_rows += states.done[t]->n_rows;
        replaced.insert(plan_->tasks[t].id);
      }
    }
    for (const auto& [segment, what] : faults_) {
      const bool harmless = std::all_of(
          journal_.entries.begin(), journal_.entries.end(), [&](const JournalEntry& entry) {
            return !entry.done || entry.segment != segment || replaced.contains(entry.task);
          });
      if (harmless)
        found_.notes.push_back(what + " (its tasks were measured again)");
      else
        found_.problems.push_back(what);
    }
  }

  // Files that no journal line names, and temporary files.
  void note_leftovers(const std::string& folder, const std::string& extension) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at(run_ / folder, error), end; !error && at != end;
         at.increment(error))
      names.push_back(at->path().filename().string());
    std::sort(names.begin(), names.end());
    for (const auto& file : names) {
      const bool temporary = file.find(".tmp") != std::string::npos;
      if (extension.empty() && !temporary) continue;
      if (extension == ".jsonl" && file.ends_with(extension)) continue;
      if (named_.contains(file)) continue;
      found_.notes.push_back(folder + (folder.empty() ? "" : "/") + file +
                             ": no journal line names it (left by a kill; can be deleted)");
    }
  }

  std::filesystem::path run_;
  std::optional<Plan> plan_;
  std::optional<CellIndex> cells_;
  std::unordered_map<std::string, const Task*> tasks_;
  Journal journal_;
  std::set<std::string> named_;
  Faults faults_;
  Verification found_;
};

}  // namespace

Verification verify_run(const std::filesystem::path& run) { return Verifier(run).verify(); }

}  // namespace attnsweep::archive
