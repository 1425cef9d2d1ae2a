#include "sweep/planner.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "sweep/identity.hpp"

namespace attnsweep::sweep {
namespace {

constexpr std::int64_t most_tasks_of_a_cell = 10000;
constexpr std::size_t records_to_sample = 128;

std::string cell_name(const CellInfo& info) { return info.model + "/" + info.corpus; }

archive::PlannedCell* find_cell(archive::Plan& plan, const CellInfo& info) {
  for (auto& cell : plan.cells)
    if (cell.info.model == info.model && cell.info.corpus == info.corpus) return &cell;
  return nullptr;
}

double mean_record_flops(const LengthSample& sample, const spec::ArchitectureSpec& architecture,
                         const MeasureSet& measure) {
  if (sample.n_records == 0) return 0;
  double flops = 0;
  for (const auto n : sample.lengths) flops += spec::sequence_flops(architecture, n, measure);
  return flops / static_cast<double>(sample.n_records);
}

void add_tasks(archive::Plan& plan, const archive::PlannedCell& cell, double record_flops) {
  const auto per_block = cell.records_per_block;
  const auto n_blocks = (cell.n_records + per_block - 1) / per_block;
  const auto per_task =
      std::max<std::int64_t>(1, (n_blocks + most_tasks_of_a_cell - 1) / most_tasks_of_a_cell);
  for (std::int64_t first = 0; first < n_blocks; first += per_task) {
    archive::Task task;
    task.model = cell.info.model;
    task.corpus = cell.info.corpus;
    task.first_block = first;
    task.n_blocks = std::min(per_task, n_blocks - first);
    task.id =
        cell_name(cell.info) + "/" + std::to_string(first) + "+" + std::to_string(task.n_blocks);
    const auto records =
        std::min((first + task.n_blocks) * per_block, cell.n_records) - first * per_block;
    task.flops = record_flops * static_cast<double>(records);
    plan.tasks.push_back(std::move(task));
  }
}

}  // namespace

double LengthSample::sequences_per_record() const {
  return n_records == 0 ? 0 : static_cast<double>(lengths.size()) / static_cast<double>(n_records);
}

LengthSample sample_lengths(CorpusInput& corpus, const ModelInput& model) {
  auto records = corpus.corpus.read_blocks(corpus.index, 0, 1);
  if (records.size() > records_to_sample) records.resize(records_to_sample);
  const auto tokenizer = load_tokenizer(model);
  const auto rules = rules_for(model, corpus.entry, tokenizer.get());
  LengthSample sample;
  sample.n_records = static_cast<std::int64_t>(records.size());
  for (const auto& sequence : corpus::make_sequences(records, tokenizer.get(), rules))
    if (sequence.row.reason == Reason::measured)
      sample.lengths.push_back(static_cast<std::int64_t>(sequence.ids.size()));
  return sample;
}

archive::Plan make_plan(const Study& study, Inputs& inputs) {
  archive::Plan plan;
  plan.study = study.name;
  plan.seed = study.seed;
  Digest hash;
  for (const auto& model : inputs.models) {
    for (auto& corpus : inputs.corpora) {
      archive::PlannedCell cell;
      cell.info = describe_cell(study, model, corpus);
      cell.measure = study.measure;
      cell.n_records = corpus.index.n_selected();
      cell.records_per_block = corpus::records_per_block;
      hash.add(cell_name(cell.info) + "\n" + cell.info.identity + "\n");
      const auto sample = sample_lengths(corpus, model);
      add_tasks(plan, cell, mean_record_flops(sample, model.files.architecture, study.measure));
      plan.cells.push_back(std::move(cell));
    }
  }
  plan.study_hash = hash.hex();
  return plan;
}

std::optional<archive::Plan> growth(const archive::Plan& old, const archive::Plan& now,
                                    const std::filesystem::path& run) {
  archive::Plan added;
  added.study = now.study;
  added.study_hash = now.study_hash;
  added.seed = now.seed;
  std::vector<std::string> problems;
  auto known = old;
  for (const auto& cell : now.cells) {
    auto* before = find_cell(known, cell.info);
    if (before == nullptr) {
      added.cells.push_back(cell);
      for (const auto& task : now.tasks)
        if (task.model == cell.info.model && task.corpus == cell.info.corpus)
          added.tasks.push_back(task);
      continue;
    }
    for (const auto& line : differences(before->info.identity, cell.info.identity))
      problems.push_back(run.string() + ": " + cell_name(cell.info) + " was measured otherwise: " +
                         line + "; give the changed study another --output, or undo the change");
    if (!covers(before->measure, cell.measure)) {
      auto grown = *before;
      grown.measure = united(before->measure, cell.measure);
      added.cells.push_back(std::move(grown));
    }
  }
  if (!problems.empty()) throw ConfigError(problems);
  if (old.seed != now.seed)
    throw ConfigError({run.string() + ": seed: was " + std::to_string(old.seed) + ", is " +
                       std::to_string(now.seed) + "; give the changed study another --output"});
  if (added.cells.empty()) return std::nullopt;
  return added;
}

archive::Plan merged(archive::Plan old, const archive::Plan& added) {
  for (const auto& cell : added.cells) {
    if (auto* before = find_cell(old, cell.info))
      *before = cell;
    else
      old.cells.push_back(cell);
  }
  old.tasks.insert(old.tasks.end(), added.tasks.begin(), added.tasks.end());
  old.study_hash = added.study_hash;
  return old;
}

OpenTasks open_tasks(const archive::Plan& plan, const archive::Journal& journal,
                     const std::filesystem::path& run, const Study& study) {
  std::set<std::string> models, corpora;
  for (const auto& model : study.models) models.insert(model.id);
  for (const auto& corpus : study.corpora) corpora.insert(corpus.id);
  std::map<std::string, std::string> measured_before;
  for (const auto& entry : journal.entries)
    if (entry.done) measured_before[entry.task] = entry.segment;
  const auto states = archive::task_states(plan, journal, run);
  OpenTasks open;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const auto& task = plan.tasks[i];
    if (models.count(task.model) == 0 || corpora.count(task.corpus) == 0) continue;
    if (states.done[i] != nullptr) {
      ++open.n_done;
      continue;
    }
    open.tasks.push_back(i);
    open.flops_left += task.flops;
    if (const auto before = measured_before.find(task.id); before != measured_before.end())
      open.replaces[i] = before->second;
  }
  return open;
}

}  // namespace attnsweep::sweep
