#include "sweep/run_sweep.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <new>
#include <optional>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "comm/agreement.hpp"
#include "comm/ticket_server.hpp"
#include "sweep/preparation.hpp"
#include "sweep/progress.hpp"
#include "sweep/scheduler.hpp"
#include "sweep/stop_signal.hpp"
#include "sweep/worker.hpp"

namespace attnsweep::sweep {
namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string utc(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[64];
  std::strftime(text, sizeof text, format, &parts);
  return text;
}

/// The dispatcher on rank 0 and its questions: "next <model>" → "task <index>" or "end";
/// "done <work>" → "ok" or "stop"; "poll" → "ok" or "stop"; "stop <why>" → "ok".
class Dispatcher {
 public:
  Dispatcher(const archive::Plan& plan, const OpenTasks& open, bool visible)
      : scheduler_(plan, open.tasks),
        progress_(open.n_done + static_cast<std::int64_t>(open.tasks.size()), open.n_done,
                  open.flops_left, visible && !open.tasks.empty()) {}

  std::string answer(const std::string& question) {
    const auto space = question.find(' ');
    const auto verb = question.substr(0, space);
    const auto rest = space == std::string::npos ? std::string() : question.substr(space + 1);
    if (verb == "next") {
      const auto task = stopped_ ? std::nullopt : scheduler_.next(rest);
      return task ? "task " + std::to_string(*task) : "end";
    }
    if (verb == "done") progress_.add(parse(rest));
    if (verb == "stop") stopped_ = true;
    return stopped_ ? "stop" : "ok";
  }

  static std::string text(const Work& work) {
    return nlohmann::json{work.tasks, work.sequences, work.tokens, work.failed_sequences,
                          work.flops}
        .dump();
  }

 private:
  static Work parse(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    return {json[0], json[1], json[2], json[3], json[4]};
  }

  Scheduler scheduler_;
  Progress progress_;
  bool stopped_ = false;
};

/// One rank's part of the sweep.
class Rank {
 public:
  Rank(comm::Communicator& comm, const Study& study, const SweepOptions& options,
       Prepared& prepared, const std::string& name)
      : comm_(comm),
        options_(options),
        prepared_(prepared),
        host_(host_name()),
        dispatcher_(comm.rank() == 0 ? std::make_unique<Dispatcher>(prepared.plan, prepared.open,
                                                                    options.visible)
                                     : nullptr),
        server_(comm,
                [this](int, const std::string& question) { return dispatcher_->answer(question); }),
        worker_(study, prepared.inputs, [this] { return should_stop(); }),
        committer_(options.run, name, options.attributes, study.run) {}

  void pull_tasks() {
    while (!stopped_) {
      const auto reply = server_.ask("next " + worker_.loaded());
      if (reply == "end") break;
      std::size_t index = 0;
      std::from_chars(reply.data() + 5, reply.data() + reply.size(), index);
      do_task(index);
    }
    guarded_commit([&] { committer_.commit(); });
    server_.close();
  }

  nlohmann::json outcome() const {
    return {{"committed", committer_.n_committed()},
            {"stopped", stopped_},
            {"why", why_},
            {"failed_tasks", failed_tasks_}};
  }

 private:
  const archive::PlannedCell& cell_of(const archive::Task& task) const {
    for (const auto& cell : prepared_.plan.cells)
      if (cell.info.model == task.model && cell.info.corpus == task.corpus) return cell;
    throw BugError("task " + task.id + " has no cell in the plan");
  }

  bool should_stop() {
    if (stop_signal() != 0) stop("signal " + std::to_string(stop_signal()));
    return stopped_;
  }

  void stop(const std::string& why) {
    if (stopped_) return;
    stopped_ = true;
    why_ = why;
    server_.ask("stop");
  }

  void guarded_commit(const std::function<void()>& commit) {
    try {
      commit();
    } catch (const StopError& error) {
      log::error(error.what());
      stop(error.what());
    }
  }

  void do_task(std::size_t index) {
    const auto& task = prepared_.plan.tasks.at(index);
    log::debug("task " + task.id);
    std::string failure;
    try {
      auto finished = worker_.measure(task, cell_of(task));
      if (!finished) return;
      const auto work = work_of(*finished);
      fill_in(finished->entry, index);
      guarded_commit([&] { committer_.add(std::move(*finished)); });
      if (server_.ask("done " + Dispatcher::text(work)) == "stop") stopped_ = true;
      return;
    } catch (const InputError& error) {
      failure = error.what();
    } catch (const std::bad_alloc&) {
      failure = "out of memory";
    }
    fail(index, failure);
  }

  void fail(std::size_t index, const std::string& failure) {
    const auto& task = prepared_.plan.tasks.at(index);
    log::error("task " + task.id + " failed: " + failure);
    ++failed_tasks_;
    archive::JournalEntry entry;
    entry.done = false;
    entry.task = task.id;
    entry.message = failure;
    fill_in(entry, index);
    guarded_commit([&] { committer_.note_failure(entry); });
    if (options_.stop_on_error) stop("task " + task.id + " failed: " + failure);
  }

  void fill_in(archive::JournalEntry& entry, std::size_t index) const {
    entry.host = host_;
    entry.rank = comm_.rank();
    entry.time = utc("%Y-%m-%dT%H:%M:%SZ");
    if (const auto replaced = prepared_.open.replaces.find(index);
        replaced != prepared_.open.replaces.end())
      entry.replaces = replaced->second;
  }

  static Work work_of(const FinishedTask& finished) {
    Work work;
    work.tasks = 1;
    work.sequences = finished.entry.n_rows;
    work.tokens = finished.entry.n_tokens;
    work.flops = finished.entry.flops;
    for (const auto& row : finished.rows.rows) work.failed_sequences += is_failure(row.reason);
    return work;
  }

  comm::Communicator& comm_;
  const SweepOptions& options_;
  Prepared& prepared_;
  std::string host_;
  std::unique_ptr<Dispatcher> dispatcher_;
  comm::TicketServer server_;
  Worker worker_;
  Committer committer_;
  bool stopped_ = false;
  std::string why_;
  std::int64_t failed_tasks_ = 0;
};

/// Counts over the whole run, of this start and the earlier ones.
struct Totals {
  std::int64_t done = 0, left = 0, failed_sequences = 0;
  std::vector<std::string> failures;
};

Totals totals_of(const std::filesystem::path& run, const Study& study) {
  const auto plan = archive::read_plan(run);
  const auto journal = archive::read_journal(run);
  const auto states = archive::task_states(plan, journal, run);
  const auto in_study = [&](const archive::Task& task) {
    return std::any_of(study.models.begin(), study.models.end(),
                       [&](const ModelEntry& m) { return m.id == task.model; }) &&
           std::any_of(study.corpora.begin(), study.corpora.end(),
                       [&](const CorpusEntry& c) { return c.id == task.corpus; });
  };
  Totals totals;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    if (!in_study(plan.tasks[i])) continue;
    const auto* entry = states.done[i];
    if (entry == nullptr) {
      ++totals.left;
      continue;
    }
    ++totals.done;
    for (int number = 100; const auto reason = reason_from(number); ++number)
      if (const auto n = entry->reasons.find(std::string(name(*reason))); n != entry->reasons.end())
        totals.failed_sequences += n->second;
    totals.failures.insert(totals.failures.end(), entry->failures.begin(), entry->failures.end());
  }
  return totals;
}

/// What the ranks' outcomes and the archive say together; rank 0.
nlohmann::json conclude(const std::vector<std::string>& outcomes, const Study& study,
                        const SweepOptions& options) {
  std::int64_t committed = 0, failed_tasks = 0;
  bool stopped = false;
  std::string why;
  for (const auto& text : outcomes) {
    const auto outcome = nlohmann::json::parse(text);
    committed += outcome["committed"].get<std::int64_t>();
    failed_tasks += outcome["failed_tasks"].get<std::int64_t>();
    stopped = stopped || outcome["stopped"].get<bool>();
    if (why.empty()) why = outcome["why"];
  }
  const auto totals = totals_of(options.run, study);
  auto lines = nlohmann::json::array();
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(most, totals.failures.size()); ++i)
    lines.push_back("failed: " + totals.failures[i]);
  if (totals.failed_sequences > 0)
    lines.push_back(std::to_string(totals.failed_sequences) +
                    " sequences could not be measured"
                    " (`attnsweep status " +
                    options.run.string() + "` lists them by reason)");
  if (failed_tasks > 0) lines.push_back(std::to_string(failed_tasks) + " tasks failed");
  const auto counts = std::to_string(totals.done) + " tasks done, " + std::to_string(totals.left) +
                      " left in " + options.run.string();
  ExitCode code = ExitCode::ok;
  if (stopped && totals.left > 0) {
    code = committed > 0 ? ExitCode::stopped : ExitCode::no_progress;
    lines.push_back("stopped early (" + (why.empty() ? "another rank stopped" : why) +
                    "): " + counts + "; the same command goes on from here");
  } else {
    if (failed_tasks > 0 || totals.failed_sequences > 0) code = ExitCode::failed_tasks;
    lines.push_back((committed > 0 || totals.left > 0 ? "" : "nothing to do: ") + counts);
  }
  return {{"code", static_cast<int>(code)}, {"lines", lines}};
}

}  // namespace

SweepEnd run_sweep(comm::Communicator& comm, const Study& study, const SweepOptions& options) {
  catch_stop_signals();
  auto prepared = prepare(comm, study, options);
  // The name of this start of this rank; names sort by time.
  const auto name = utc("%Y%m%dT%H%M%SZ") + "-" + host_name() + "-" + std::to_string(::getpid()) +
                    "-r" + std::to_string(comm.rank());
  log::init(options.log_level, options.run / "log" / (name + ".log"));
  std::string outcome;
  {
    Rank rank(comm, study, options, prepared, name);
    rank.pull_tasks();
    outcome = rank.outcome().dump();
  }
  const auto outcomes = comm.all_gather(outcome);
  const auto text =
      comm::on_rank_0(comm, [&] { return conclude(outcomes, study, options).dump(); });
  const auto json = nlohmann::json::parse(text);
  return {static_cast<ExitCode>(json["code"].get<int>()),
          json["lines"].get<std::vector<std::string>>()};
}

}  // namespace attnsweep::sweep
