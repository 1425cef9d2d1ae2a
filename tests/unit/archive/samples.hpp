// Small runs for the archive's tests: two cells of different shapes, so that a transpose shows.
#pragma once
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "archive/segment.hpp"

namespace attnsweep::archive {

/// A folder of its own that goes with the object.
class TemporaryRun {
 public:
  explicit TemporaryRun(const std::string& name)
      : path_(std::filesystem::current_path() / (name + "-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryRun() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline CellInfo sample_cell(const std::string& model, int n_layers, int n_heads) {
  CellInfo cell;
  cell.model = model;
  cell.corpus = "fortunes";
  cell.lineage = "minilm";
  cell.n_layers = n_layers;
  cell.n_heads = n_heads;
  cell.hidden_size = 384;
  cell.n_parameters = 22'713'216;
  cell.model_type = "bert";
  for (int i = 0; i < n_layers; ++i) cell.layer_types.push_back(i % 2 == 0 ? "full" : "sliding:8");
  cell.token_limit = 512;
  cell.model_digest = "aa11";
  cell.tokenizer_digest = "bb22";
  cell.corpus_digest = "cc33";
  cell.identity = "id-" + model;
  cell.precision = "float32";
  cell.device = "cpu";
  cell.covariates = {"topic", "a/b"};
  cell.unknown_config_keys = {"a_new_idea"};
  return cell;
}

inline MeasureSet full_measure() {
  return {{Norm::frobenius, Norm::tv, Norm::js},
          {Heads::mean, Heads::each},
          {View::keep, View::drop},
          {Observable::entropy, Observable::rank_one_residual}};
}

/// A measured row whose every number is another one and uses all its bits.
inline SequenceRow sample_row(const CellInfo& cell, const MeasureSet& measure,
                              std::int64_t record) {
  SequenceRow row;
  row.id = "r" + std::to_string(record);
  row.document = "döc " + std::to_string(record / 2);
  row.record = record;
  row.n_tokens = static_cast<std::int32_t>(20 + record);
  row.n_full = row.n_tokens + 3;
  row.empty_rows = static_cast<std::int32_t>(record % 3);
  row.covariates = {"topic " + std::to_string(record), ""};
  double number = static_cast<double>(record) + 1;
  const auto next = [&] { return 1.0 / (number += 0.37); };
  for (const auto& series : measure.series()) {
    const int width = (cell.n_layers - 1) * (series.heads == Heads::each ? cell.n_heads : 1);
    auto& values = row.values.emplace_back();
    auto& floors = row.floors.emplace_back();
    for (int k = 0; k < width; ++k) {
      values.push_back(next());
      floors.push_back(next() * 1e-7);
    }
  }
  for (std::size_t k = 0; k < measure.views.size() * measure.observables.size(); ++k) {
    auto& layers = row.observables.emplace_back();
    for (int i = 0; i < cell.n_layers; ++i) layers.push_back(next());
  }
  return row;
}

inline SequenceRow unmeasured_row(const CellInfo& cell, std::int64_t record, Reason reason) {
  SequenceRow row;
  row.id = "r" + std::to_string(record);
  row.document = row.id;
  row.record = record;
  row.n_tokens = 3;
  row.n_full = 3;
  row.reason = reason;
  row.covariates.assign(cell.covariates.size(), "x");
  return row;
}

/// Three sequences × 5 pairs × 2 heads, and a cell of other sizes.
inline std::vector<SegmentGroup> sample_groups() {
  SegmentGroup a{sample_cell("m-1.0", 6, 2), full_measure(), {}};
  for (const std::int64_t record : {0, 1, 2})
    a.rows.push_back(sample_row(a.info, a.measure, record));
  a.rows[1].values[0][3] = std::numeric_limits<double>::quiet_NaN();
  a.rows[1].values[1][0] = -0.0;
  a.rows[2].values[0][0] = std::numeric_limits<double>::denorm_min();
  a.rows[2].window = 4;
  SegmentGroup b{sample_cell("m-2", 3, 4), {{Norm::max}, {Heads::mean}, {View::keep}, {}}, {}};
  b.rows = {unmeasured_row(b.info, 7, Reason::too_short), sample_row(b.info, b.measure, 8)};
  return {a, b};
}

/// A plan of three tasks of two records each on m-1.0 and one task on m-2.
inline Plan sample_plan() {
  const auto groups = sample_groups();
  Plan plan;
  plan.study = "minilm-fortunes";
  plan.study_hash = "f00d";
  plan.seed = 18'446'744'073'709'551'615U;
  plan.cells = {{groups[0].info, full_measure(), 6, 2}, {groups[1].info, groups[1].measure, 2, 2}};
  for (const std::int64_t block : {0, 1, 2})
    plan.tasks.push_back({"m-1.0/fortunes/" + std::to_string(block) + "+1", "m-1.0", "fortunes",
                          block, 1, 1e9 / static_cast<double>(block + 3)});
  plan.tasks.push_back({"m-2/fortunes/0+1", "m-2", "fortunes", 0, 1, 5e8});
  return plan;
}

inline JournalEntry sample_entry(const Task& task, const MeasureSet& measure,
                                 const std::string& segment, const std::string& digest,
                                 const std::vector<SequenceRow>& rows) {
  JournalEntry entry;
  entry.task = task.id;
  entry.segment = segment + ".h5";
  entry.digest = digest;
  entry.measure = measure;
  entry.n_rows = static_cast<std::int64_t>(rows.size());
  for (const auto& row : rows) {
    ++entry.reasons[std::string(name(row.reason))];
    entry.n_tokens += row.n_tokens;
  }
  entry.seconds = 0.1 + 0.2;
  entry.flops = task.flops;
  entry.host = "node7";
  entry.rank = 3;
  entry.time = "2025-10-30T12:00:00Z";
  return entry;
}

/// Writes rows and journal lines of some tasks of `plan` as one segment, in the order given.
inline void commit(const std::filesystem::path& run, const Plan& plan, JournalWriter& journal,
                   const std::string& segment, const std::vector<std::size_t>& tasks) {
  std::vector<SegmentGroup> groups;
  std::map<std::string, std::vector<SequenceRow>> rows;
  for (const auto t : tasks) {
    const auto& task = plan.tasks[t];
    const auto& cell = *std::find_if(plan.cells.begin(), plan.cells.end(),
                                     [&](const auto& one) { return one.info.model == task.model; });
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& one) { return one.info == cell.info; });
    if (group == groups.end()) group = groups.insert(group, {cell.info, cell.measure, {}});
    for (auto r = task.first_block * cell.records_per_block;
         r < (task.first_block + task.n_blocks) * cell.records_per_block; ++r)
      rows[task.id].push_back(r == 3 ? unmeasured_row(cell.info, r, Reason::too_short)
                                     : sample_row(cell.info, cell.measure, r));
    group->rows.insert(group->rows.end(), rows[task.id].begin(), rows[task.id].end());
  }
  const auto digest = write_segment(run, segment, {}, groups);
  for (const auto t : tasks) {
    const auto& measure = std::find_if(plan.cells.begin(), plan.cells.end(), [&](const auto& one) {
                            return one.info.model == plan.tasks[t].model;
                          })->measure;
    journal.append(sample_entry(plan.tasks[t], measure, segment, digest, rows[plan.tasks[t].id]));
  }
}

/// A finished run: two segments of two tasks each, out of order.
inline Plan write_sample_run(const std::filesystem::path& run) {
  const auto plan = sample_plan();
  write_plan(run, 0, plan);
  JournalWriter journal(run, "0-0");
  commit(run, plan, journal, "0-0-0", {2, 3});
  commit(run, plan, journal, "0-0-1", {1, 0});
  return plan;
}

/// The message of the exception of type E that `body` throws; fails the test otherwise.
template <class E, class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing of the expected type was thrown";
  return {};
}

/// True when the text holds the part; prints both when not.
inline ::testing::AssertionResult holds(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "got:      " << text << "\nexpected: …" << part << "…";
}

/// Files of this process cannot grow beyond `bytes` while the object lives: a write beyond fails
/// with EFBIG, as it fails with ENOSPC on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

/// Flips one bit of a file in place.
inline void flip_bit(const std::filesystem::path& file, std::uint64_t bit) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(bit / 8));
  const auto byte = static_cast<char>(stream.get() ^ (1 << (bit % 8)));
  stream.seekp(static_cast<std::streamoff>(bit / 8));
  stream.put(byte);
  ASSERT_TRUE(stream.good()) << file;
}

}  // namespace attnsweep::archive
