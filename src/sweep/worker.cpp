#include "sweep/worker.hpp"

#include <chrono>

#include "base/error.hpp"
#include "base/log.hpp"

namespace attnsweep::sweep {
namespace {

constexpr std::size_t failures_told = 20;

void copy_measurement(const model::SequenceMeasurement& from, corpus::Sequence& to) {
  to.row.reason = from.reason;
  to.row.values = from.values;
  to.row.floors = from.floors;
  to.row.observables = from.observables;
  to.row.empty_rows = from.empty_rows;
  to.detail = from.detail;
}

void count_reasons(const std::vector<corpus::Sequence>& sequences, archive::JournalEntry& entry) {
  for (const auto& sequence : sequences) {
    const auto reason = sequence.row.reason;
    ++entry.reasons[std::string(name(reason))];
    if (reason == Reason::measured) entry.n_tokens += sequence.row.n_tokens;
    if (!is_failure(reason)) continue;
    const auto text = sequence.row.id + ": " + std::string(name(reason)) +
                      (sequence.detail.empty() ? "" : ": " + sequence.detail);
    log::warn(entry.task + ": " + text);
    if (entry.failures.size() < failures_told) entry.failures.push_back(text);
  }
}

}  // namespace

model::EvaluatorOptions evaluator_options(const Study& study) {
  model::EvaluatorOptions options;
  options.precision = study.compute.precision;
  options.device = study.compute.device;
  options.threads = study.compute.threads;
  options.study_seed = study.seed;
  return options;
}

Worker::Worker(const Study& study, Inputs& inputs, std::function<bool()> should_stop)
    : study_(study), inputs_(inputs), should_stop_(std::move(should_stop)) {}

model::Evaluator& Worker::evaluator(const ModelInput& model) {
  if (loaded_ != model.entry.id) {
    // The old weights go first: two models need not fit at once.
    evaluator_.reset();
    loaded_.clear();
    auto options = evaluator_options(study_);
    if (!model.entry.control_of.empty())
      options.random_seed_index = static_cast<std::uint64_t>(model.entry.seed_index);
    evaluator_ = model::load_evaluator(model.files, options);
    loaded_ = model.entry.id;
  }
  return *evaluator_;
}

const corpus::Tokenizer* Worker::tokenizer(const ModelInput& model) {
  auto& slot = tokenizers_[model.tokenizer_digest];
  if (!slot) slot = load_tokenizer(model);
  return slot.get();
}

std::optional<FinishedTask> Worker::measure(const archive::Task& task,
                                            const archive::PlannedCell& cell) {
  const auto start = std::chrono::steady_clock::now();
  const auto& model = inputs_.model(task.model);
  auto& corpus = inputs_.corpus(task.corpus);
  auto& engine = evaluator(model);
  const auto* words = tokenizer(model);
  const auto rules = rules_for(model, corpus.entry, words);

  FinishedTask finished;
  finished.rows.info = cell.info;
  finished.rows.measure = cell.measure;
  finished.entry.task = task.id;
  finished.entry.measure = cell.measure;
  for (std::int64_t block = task.first_block; block < task.first_block + task.n_blocks; ++block) {
    const auto records = corpus.corpus.read_blocks(corpus.index, block, 1);
    auto sequences = corpus::make_sequences(records, words, rules);
    for (const auto& pack : corpus::make_packs(sequences, study_.compute.tokens_per_batch)) {
      if (should_stop_()) return std::nullopt;
      std::vector<model::SequenceInput> inputs;
      for (const auto i : pack)
        inputs.push_back({sequences[i].ids, sequences[i].type_ids, sequences[i].special});
      const auto measured = engine.measure(inputs, cell.measure);
      for (std::size_t k = 0; k < pack.size(); ++k)
        copy_measurement(measured.at(k), sequences[pack[k]]);
    }
    count_reasons(sequences, finished.entry);
    for (auto& sequence : sequences) {
      if (sequence.row.reason == Reason::measured)
        finished.entry.flops +=
            spec::sequence_flops(model.files.architecture, sequence.row.n_tokens, cell.measure);
      finished.rows.rows.push_back(std::move(sequence.row));
    }
  }
  finished.entry.n_rows = static_cast<std::int64_t>(finished.rows.rows.size());
  finished.entry.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return finished;
}

}  // namespace attnsweep::sweep
