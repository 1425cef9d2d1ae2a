#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "archive/plan_file.hpp"
#include "base/rows.hpp"

namespace attnsweep::archive {

/// One line of a journal: a task that was finished, or that failed for a reason of the machine.
struct JournalEntry {
  bool done = true;
  std::string task;
  std::string segment;   ///< file name below segments/, "x.h5"
  std::string digest;    ///< of the segment's bytes
  std::string replaces;  ///< segment that this one supersedes for the task (a grown norm), or ""
  MeasureSet measure;
  std::int64_t n_rows = 0;
  std::map<std::string, std::int64_t> reasons;  ///< rows by reason, "measured" included
  std::vector<std::string> failures;            ///< at most 20 "id: reason: detail"
  std::string message;                          ///< of a failed task
  double seconds = 0;
  std::int64_t n_tokens = 0;
  double flops = 0;
  std::string host;
  int rank = 0;
  std::string time;   ///< UTC, ISO 8601
  std::string place;  ///< "journal/x.jsonl:3", set by read_journal; not stored
};

/// Appends lines to a new file RUN/journal/<name>.jsonl, each written whole and fsynced. A line is
/// {"check":"<16 hex>","entry":{…}}; the check is a keyed BLAKE2b of the entry's own bytes.
class JournalWriter {
 public:
  JournalWriter(const std::filesystem::path& run, const std::string& name);
  ~JournalWriter();
  JournalWriter(JournalWriter&&) noexcept;
  /// Throws StopError naming the file and the system's reason.
  void append(const JournalEntry& entry);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Journal {
  std::vector<JournalEntry> entries;  ///< in the order of file names, then lines
  std::vector<std::string> torn;  ///< files whose last line lacks its newline: normal after a kill
  std::vector<std::string> damaged;  ///< "file:line: what": whole lines with a wrong checksum
};

/// Reads every journal of a run. Does not throw for damage: it is listed.
Journal read_journal(const std::filesystem::path& run);

/// State of every task of the plan: its winning entry (the largest measured set, then the latest
/// in order), or null. `failed` holds the last failure of tasks that are not done. A `done` entry
/// counts only when it covers the cell's measure set; `segment_ok` decides whether its segment
/// is good (status only asks that the file exists; readers check the digest).
struct TaskStates {
  std::vector<const JournalEntry*> done;    ///< one a task of the plan, null where not done
  std::vector<const JournalEntry*> failed;  ///< one a task, null where not failed
};
TaskStates task_states(const Plan& plan, const Journal& journal, const std::filesystem::path& run);
/// The same, where entries of the segments in `excluded` (damaged ones) do not count.
TaskStates task_states(const Plan& plan, const Journal& journal, const std::filesystem::path& run,
                       const std::set<std::string>& excluded);

}  // namespace attnsweep::archive
