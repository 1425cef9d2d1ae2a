#include "sweep/preparation.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "archive/journal.hpp"
#include "archive/segment.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "comm/agreement.hpp"
#include "sweep/digests.hpp"
#include "sweep/index_together.hpp"
#include "sweep/study_files.hpp"
#include "sweep/worker.hpp"

namespace attnsweep::sweep {
namespace fs = std::filesystem;
namespace {

constexpr double lock_wait_seconds = 15;

void make_run_folders(const fs::path& run) {
  for (const char* name : {"segments", "journal", "log", "cache"}) make_folder(run / name);
}

std::string share_name(const SweepOptions& options) {
  return options.n_shares == 1
             ? std::string()
             : std::to_string(options.share) + "-of-" + std::to_string(options.n_shares);
}

/// Digests of files, each taken by one rank.
void take_digests_together(comm::Communicator& comm, Inputs& inputs, const fs::path& run) {
  std::set<fs::path> wanted;
  for (const auto& model : inputs.models) {
    for (const auto& file : model_files_of(model)) wanted.insert(file);
    for (const auto& file : tokenizer_files_of(model)) wanted.insert(file);
  }
  DigestCache cache(run / "cache" / "digests.json");
  const auto parts = comm::agree(comm, [&] {
    auto mine = nlohmann::json::object();
    int turn = 0;
    for (const auto& file : wanted) {
      if (turn++ % comm.size() != comm.rank()) continue;
      auto digest = cache.known(file);
      if (digest.empty()) digest = digest_of_file(file);
      mine[file.string()] = digest;
    }
    return mine.dump();
  });
  std::map<std::string, std::string> digests;
  for (const auto& part : parts) {
    const auto taken = nlohmann::json::parse(part);
    for (const auto& [file, digest] : taken.items()) digests[file] = digest;
  }
  take_digests(inputs, [&](const fs::path& file) { return digests.at(file.string()); });
  comm::on_rank_0(comm, [&] {
    for (const auto& [file, digest] : digests) cache.remember(file, digest);
    cache.save();
    return std::string();
  });
}

void save_study(const fs::path& run, const Study& study) {
  const auto text = canonical_yaml(study);
  const int n = n_study_files(run);
  if (n > 0 && read_file(study_file(run, n - 1)) == text) return;
  write_file_durably(study_file(run, n), text);
}

/// Makes or grows the plan on disk; rank 0.
void save_plan(const fs::path& run, const Study& study, const archive::Plan& now) {
  const int n = archive::n_plan_files(run);
  if (n == 0) {
    save_study(run, study);
    archive::write_plan(run, 0, now);
    return;
  }
  const auto added = growth(archive::read_plan(run), now, run);
  save_study(run, study);
  if (added) archive::write_plan(run, n, *added);
}

/// The journal without the lines whose segment no longer matches its digest: those tasks run
/// again. Damaged lines stop the run: what they said is not known.
archive::Journal trusted_journal(const fs::path& run) {
  auto journal = archive::read_journal(run);
  if (!journal.damaged.empty()) {
    std::string text;
    for (const auto& line : journal.damaged) text += run.string() + "/" + line + "\n";
    throw ArchiveError(text + "move the damaged journal file out of " + run.string() +
                       "/journal to have its tasks measured again");
  }
  const auto bad = archive::damaged_segments(run, journal);
  const auto is_bad = [&](const archive::JournalEntry& entry) {
    return std::find(bad.begin(), bad.end(), entry.segment) != bad.end();
  };
  for (const auto& segment : bad)
    log::warn(run.string() + "/segments/" + segment +
              ": missing or damaged; its tasks are measured again");
  std::erase_if(journal.entries, is_bad);
  return journal;
}

std::string open_tasks_json(const fs::path& run, const Study& study, const SweepOptions& options) {
  const auto plan = archive::read_plan(run);
  const auto journal = trusted_journal(run);
  const auto open = open_tasks(plan, journal, run, study);
  auto json = nlohmann::json{{"done", open.n_done}, {"tasks", nlohmann::json::array()}};
  for (const auto i : open.tasks) {
    if (static_cast<int>(i) % options.n_shares != options.share - 1) continue;
    const auto replaced = open.replaces.find(i);
    json["tasks"].push_back({i, replaced == open.replaces.end() ? "" : replaced->second});
  }
  return json.dump();
}

OpenTasks parse_open_tasks(const std::string& text, const archive::Plan& plan) {
  OpenTasks open;
  const auto json = nlohmann::json::parse(text);
  open.n_done = json["done"];
  for (const auto& item : json["tasks"]) {
    const auto i = item[0].get<std::size_t>();
    open.tasks.push_back(i);
    open.flops_left += plan.tasks.at(i).flops;
    if (const auto segment = item[1].get<std::string>(); !segment.empty())
      open.replaces[i] = segment;
  }
  return open;
}

}  // namespace

Prepared prepare(comm::Communicator& comm, const Study& study, const SweepOptions& options) {
  Prepared prepared;
  // The inputs first: a wrong path must not leave a folder behind.
  prepared.inputs = look_together(comm, study);
  comm::agree(comm, [&] {
    model::check_runtime(evaluator_options(study));
    return std::string();
  });
  comm::on_rank_0(comm, [&] {
    for (const auto& warning : prepared.inputs.warnings) log::warn(warning);
    make_run_folders(options.run);
    prepared.lock = std::make_unique<archive::RunLock>(options.run, lock_wait_seconds,
                                                       share_name(options), options.job_has_ended);
    return std::string();
  });
  take_digests_together(comm, prepared.inputs, options.run);
  index_together(comm, prepared.inputs, study, options.run, options.n_shares == 1);
  const auto open = comm::on_rank_0(comm, [&] {
    // Shares of one run start at once; one of them makes the plan.
    std::optional<archive::RunLock> planning;
    if (options.n_shares > 1) planning.emplace(options.run, lock_wait_seconds);
    save_plan(options.run, study, make_plan(study, prepared.inputs));
    return open_tasks_json(options.run, study, options);
  });
  comm::agree(comm, [&] {
    prepared.plan = archive::read_plan(options.run);
    return std::string();
  });
  prepared.open = parse_open_tasks(open, prepared.plan);
  return prepared;
}

}  // namespace attnsweep::sweep
