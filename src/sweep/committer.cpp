#include "sweep/committer.hpp"

#include <algorithm>
#include <cmath>

#include "base/log.hpp"

namespace attnsweep::sweep {
namespace {

constexpr double first_interval = 5, longest_interval = 600;

/// Bytes of a group's numbers, before compression.
std::int64_t bytes_of(const archive::SegmentGroup& group) {
  std::int64_t bytes = 0;
  for (const auto& row : group.rows) {
    bytes += static_cast<std::int64_t>(row.id.size() + row.document.size()) + 64;
    for (const auto& values : row.values) bytes += 2 * 8 * static_cast<std::int64_t>(values.size());
  }
  return bytes;
}

}  // namespace

Committer::Committer(std::filesystem::path run, std::string writer_name,
                     std::map<std::string, std::string> attributes, const RunOptions& options)
    : run_(std::move(run)),
      writer_name_(std::move(writer_name)),
      attributes_(std::move(attributes)),
      options_(options) {}

double Committer::interval() const {
  if (options_.commit_interval > 0) return options_.commit_interval;
  return std::min(
      longest_interval,
      first_interval * std::ldexp(1.0, static_cast<int>(std::min<std::int64_t>(n_segments_, 10))));
}

archive::JournalWriter& Committer::journal() {
  if (!journal_) journal_.emplace(run_, writer_name_);
  return *journal_;
}

void Committer::add(FinishedTask task) {
  pending_bytes_ += bytes_of(task.rows);
  pending_.push_back(std::move(task));
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - last_;
  if (waited.count() >= interval() || pending_bytes_ >= options_.commit_bytes) commit();
}

void Committer::commit() {
  last_ = std::chrono::steady_clock::now();
  if (pending_.empty()) return;
  const auto name = writer_name_ + "-" + std::to_string(n_segments_ + 1);
  std::vector<archive::SegmentGroup> groups;
  // Tasks of one cell share a group; rows stay in record order.
  for (auto& task : pending_) {
    auto same = std::find_if(groups.begin(), groups.end(), [&](const archive::SegmentGroup& g) {
      return g.info == task.rows.info;
    });
    if (same == groups.end()) {
      groups.push_back(std::move(task.rows));
    } else {
      same->rows.insert(same->rows.end(), std::make_move_iterator(task.rows.rows.begin()),
                        std::make_move_iterator(task.rows.rows.end()));
    }
  }
  for (auto& group : groups)
    std::stable_sort(group.rows.begin(), group.rows.end(),
                     [](const SequenceRow& a, const SequenceRow& b) {
                       return std::pair(a.record, a.window) < std::pair(b.record, b.window);
                     });
  auto tasks = std::move(pending_);
  pending_.clear();
  pending_bytes_ = 0;
  const auto digest = archive::write_segment(run_, name, attributes_, groups);
  ++n_segments_;
  for (auto& task : tasks) {
    task.entry.segment = name + ".h5";
    task.entry.digest = digest;
    journal().append(task.entry);
    ++n_committed_;
  }
  log::debug("committed " + std::to_string(tasks.size()) + " tasks to segments/" + name + ".h5");
}

void Committer::note_failure(const archive::JournalEntry& entry) { journal().append(entry); }

}  // namespace attnsweep::sweep
