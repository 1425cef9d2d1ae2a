#include "sweep/forecast.hpp"

#include <algorithm>
#include <map>

#include "archive/journal.hpp"
#include "archive/segment.hpp"
#include "base/hash.hpp"
#include "sweep/corpus_indexes.hpp"
#include "sweep/digests.hpp"

namespace attnsweep::sweep {
namespace {

/// Of one core where nothing has been measured yet: a cautious share of what fp32 matrix products
/// reach on current server cores (92 GFLOP/s with AVX2).
constexpr double assumed_flops_per_second = 40e9;

std::int64_t row_bytes(const CellInfo& info, const MeasureSet& measure) {
  std::int64_t numbers = 8;  // counts, reason, id and document
  for (const auto& series : measure.series())
    numbers += 2 * (info.n_layers - 1) * (series.heads == Heads::each ? info.n_heads : 1);
  numbers +=
      static_cast<std::int64_t>(measure.observables.size() * measure.views.size()) * info.n_layers;
  return 8 * numbers;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// What a measure set adds to another, in words.
std::string additions(const MeasureSet& was, const MeasureSet& is) {
  std::vector<std::string> words;
  const auto note = [&](const auto& old_list, const auto& new_list) {
    for (const auto& item : new_list)
      if (std::find(old_list.begin(), old_list.end(), item) == old_list.end())
        words.emplace_back(name(item));
  };
  note(was.norms, is.norms);
  note(was.heads, is.heads);
  note(was.views, is.views);
  note(was.observables, is.observables);
  return joined(words);
}

class Forecaster {
 public:
  Forecaster(const Study& study, const std::filesystem::path& run)
      : study_(study), run_(run), exists_(archive::n_plan_files(run) > 0) {}

  Forecast make() {
    Inputs inputs = look_at(study_);
    if (exists_) {
      const DigestCache cache(run_ / "cache" / "digests.json");
      take_digests(inputs, [&](const std::filesystem::path& file) {
        const auto known = cache.known(file);
        return known.empty() ? digest_of_file(file) : known;
      });
    }
    index_alone(inputs, study_, run_);
    result_.plan = make_plan(study_, inputs);
    if (exists_) {
      before_ = archive::read_plan(run_);
      const auto added = growth(before_, result_.plan, run_);
      result_.plan = added ? merged(before_, *added) : before_;
      journal_ = archive::read_journal(run_);
    }
    result_.open = open_tasks(result_.plan, journal_, run_, study_);
    find_rate();
    for (const auto& model : inputs.models)
      for (auto& corpus : inputs.corpora) add_cell(model, corpus);
    return std::move(result_);
  }

 private:
  void find_rate() {
    double flops = 0, seconds = 0;
    for (const auto& entry : journal_.entries) {
      flops += entry.flops;
      seconds += entry.seconds;
    }
    result_.rate_measured = flops > 0 && seconds > 0;
    result_.flops_per_second =
        result_.rate_measured ? flops / seconds : assumed_flops_per_second * study_.compute.threads;
  }

  void add_cell(const ModelInput& model, CorpusInput& corpus) {
    const auto is_it = [&](const auto& item) {
      return item.info.model == model.entry.id && item.info.corpus == corpus.entry.id;
    };
    const auto cell = std::find_if(result_.plan.cells.begin(), result_.plan.cells.end(), is_it);
    const auto sample = sample_lengths(corpus, model);
    const auto records = static_cast<double>(cell->n_records);
    CellForecast forecast;
    forecast.model = model.entry.id;
    forecast.corpus = corpus.entry.id;
    forecast.n_records = cell->n_records;
    forecast.sequences = records * sample.sequences_per_record();
    double tokens = 0;
    std::int64_t longest = 0;
    for (const auto n : sample.lengths) {
      tokens += static_cast<double>(n);
      longest = std::max(longest, n);
    }
    if (sample.n_records > 0)
      forecast.tokens = tokens / static_cast<double>(sample.n_records) * records;
    for (std::size_t i = 0; i < result_.plan.tasks.size(); ++i) {
      const auto& task = result_.plan.tasks[i];
      if (task.model != forecast.model || task.corpus != forecast.corpus) continue;
      ++forecast.n_tasks;
      forecast.flops += task.flops;
      const bool open = std::find(result_.open.tasks.begin(), result_.open.tasks.end(), i) !=
                        result_.open.tasks.end();
      open ? forecast.flops_left += task.flops : forecast.n_done += 1;
    }
    const auto limit = std::min(corpus.entry.max_tokens, model.files.architecture.max_positions);
    forecast.rank_bytes =
        spec::weight_bytes(model.files, study_.compute.precision) +
        spec::working_bytes(model.files.architecture, study_.compute.tokens_per_batch, limit,
                            cell->measure);
    forecast.archive_bytes =
        static_cast<std::int64_t>(forecast.sequences) * row_bytes(cell->info, cell->measure);
    const auto old = std::find_if(before_.cells.begin(), before_.cells.end(), is_it);
    if (forecast.n_done < forecast.n_tasks) {
      if (old == before_.cells.end())
        forecast.why = exists_ ? "new in the study" : "not measured yet";
      else if (!covers(old->measure, cell->measure))
        forecast.why = "measured again with " + additions(old->measure, cell->measure);
      else
        forecast.why = "not finished yet";
    }
    result_.cells.push_back(std::move(forecast));
  }

  const Study& study_;
  std::filesystem::path run_;
  bool exists_;
  archive::Plan before_;
  archive::Journal journal_;
  Forecast result_;
};

}  // namespace

Forecast forecast(const Study& study, const std::filesystem::path& run) {
  return Forecaster(study, run).make();
}

}  // namespace attnsweep::sweep
