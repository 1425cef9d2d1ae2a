#include "exchange/import_csv.hpp"

#include <algorithm>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "archive/journal.hpp"
#include "archive/plan_file.hpp"
#include "archive/segment.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "exchange/import_rows.hpp"

namespace attnsweep::exchange {
namespace {

constexpr std::int64_t records_per_block = 1024;
/// Sequences of a segment: a few tens of MB with a dozen pairs and a handful of norms.
constexpr std::int64_t blocks_per_task = 16;

void apply_controls(ImportedRows& rows, const ImportOptions& options,
                    const std::filesystem::path& file) {
  const auto has = [&](const std::string& id) {
    return std::any_of(rows.cells.begin(), rows.cells.end(),
                       [&](const archive::SegmentGroup& c) { return c.info.model == id; });
  };
  for (const auto& [control, trained] : options.control_of)
    for (const auto& id : {control, trained})
      if (!has(id))
        throw InputError(file.string() + ": --control-of names model '" + id +
                         "', of which the file has no row");
  for (auto& cell : rows.cells)
    if (const auto found = options.control_of.find(cell.info.model);
        found != options.control_of.end())
      cell.info.control_of = found->second;
}

archive::Plan plan_of(const ImportedRows& rows, const std::string& study, std::uint64_t seed) {
  archive::Plan plan;
  plan.study = study;
  plan.seed = seed;
  Digest hash;
  for (const auto& cell : rows.cells) {
    archive::PlannedCell planned;
    planned.info = cell.info;
    planned.measure = cell.measure;
    planned.n_records = static_cast<std::int64_t>(cell.rows.size());
    planned.records_per_block = records_per_block;
    hash.add(cell.info.model + "/" + cell.info.corpus + "\n" + cell.info.identity + "\n");
    const auto n_blocks = (planned.n_records + records_per_block - 1) / records_per_block;
    for (std::int64_t first = 0; first < n_blocks; first += blocks_per_task) {
      archive::Task task;
      task.model = cell.info.model;
      task.corpus = cell.info.corpus;
      task.first_block = first;
      task.n_blocks = std::min(blocks_per_task, n_blocks - first);
      task.id = task.model + "/" + task.corpus + "/" + std::to_string(first) + "+" +
                std::to_string(task.n_blocks);
      plan.tasks.push_back(std::move(task));
    }
    plan.cells.push_back(std::move(planned));
  }
  plan.study_hash = hash.hex();
  return plan;
}

void write_task(const std::filesystem::path& run, const archive::Task& task,
                const archive::SegmentGroup& cell, const std::string& segment,
                archive::JournalWriter& journal) {
  archive::SegmentGroup part{cell.info, cell.measure, {}};
  const auto begin = task.first_block * records_per_block;
  const auto end = std::min(begin + task.n_blocks * records_per_block,
                            static_cast<std::int64_t>(cell.rows.size()));
  part.rows.assign(cell.rows.begin() + begin, cell.rows.begin() + end);
  archive::JournalEntry entry;
  entry.task = task.id;
  entry.segment = segment + ".h5";
  entry.measure = cell.measure;
  entry.n_rows = end - begin;
  entry.reasons[std::string(name(Reason::measured))] = entry.n_rows;
  for (const auto& row : part.rows) entry.n_tokens += row.n_tokens;
  entry.digest = archive::write_segment(run, segment, {{"study", "import"}}, {part});
  journal.append(entry);
}

}  // namespace

void import_csv(const std::filesystem::path& file, const std::filesystem::path& run,
                const ImportOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(run / "tasks.json", error))
    throw UsageError(run.string() + ": holds a run already; give --output a new folder");
  auto rows = import_rows(file);
  apply_controls(rows, options, file);
  const nlohmann::json identity = {{"imported", digest_of_file(file)}};
  for (auto& cell : rows.cells) cell.info.identity = identity.dump();

  for (const char* name : {"segments", "journal"}) make_folder(run / name);
  std::string study = file.stem().string();
  for (char& c : study)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') c = '-';
  const auto plan = plan_of(rows, study, options.seed);
  archive::JournalWriter journal(run, "import-" + std::to_string(::getpid()));
  std::size_t n = 0;
  for (const auto& cell : rows.cells)
    for (const auto& task : plan.tasks)
      if (task.model == cell.info.model && task.corpus == cell.info.corpus)
        write_task(run, task, cell, "import-" + std::to_string(++n), journal);
  write_file_durably(run / "study.yaml",
                     "# Imported rows: nothing here can be run; the reduce section may be added.\n"
                     "study: " +
                         study + "\nseed: " + std::to_string(options.seed) + "\n");
  // Last, because it makes the folder a run.
  archive::write_plan(run, 0, plan);
}

}  // namespace attnsweep::exchange
