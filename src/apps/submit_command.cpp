#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "apps/program_folder.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "config/study.hpp"
#include "slurm/job_script.hpp"
#include "slurm/program.hpp"
#include "sweep/forecast.hpp"

namespace attnsweep::apps {
namespace {

namespace fs = std::filesystem;

/// What sbatch says where no controller answers.
constexpr std::array kNoCluster{"configuration source", "contact slurm controller"};

using slurm::Ended;
using slurm::run_program;
using slurm::trimmed;

/// The study file among the words that are not ours: the first that is no option and no option's
/// value ("--nodes 2 study.yaml").
std::string take_study(std::vector<std::string>& words) {
  const auto is_study = [](const std::string& word) {
    return word.ends_with(".yaml") || word.ends_with(".yml");
  };
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i][0] != '-' && (i == 0 || is_study(words[i]))) {
      const auto study = words[i];
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
      return study;
    }
  throw UsageError("STUDY.yaml is missing. See `attnsweep submit --help`");
}

/// Whether sbatch found no cluster to ask: there is none here, or its controller does not answer.
bool no_cluster(const Ended& ended) {
  if (ended.code == 127) return true;
  return std::any_of(kNoCluster.begin(), kNoCluster.end(),
                     [&](const char* part) { return ended.error.find(part) != std::string::npos; });
}

[[noreturn]] void refuse(const std::string& what, const Ended& ended) {
  if (ended.code == 127)
    throw UsageError(what +
                     ": sbatch is not on this machine; the scripts can be submitted from "
                     "a login node of the cluster");
  throw UsageError(what + ": " + trimmed(ended.error.empty() ? ended.out : ended.error));
}

/// The id of the job.
std::string submitted(const fs::path& script, const std::vector<std::string>& more) {
  std::vector<std::string> words{"sbatch", "--parsable"};
  words.insert(words.end(), more.begin(), more.end());
  words.push_back(script.string());
  const auto ended = run_program(words);
  if (ended.code != 0) refuse("sbatch " + script.string(), ended);
  return trimmed(ended.out.substr(0, ended.out.find(';')));  // "id;cluster"
}

void write_script(const fs::path& file, const std::string& text) {
  write_file_durably(file, text);
  fs::permissions(file, fs::perms::owner_exec | fs::perms::group_exec, fs::perm_options::add);
}

std::string cost_text(const slurm::Request& request, const sweep::Forecast& forecast) {
  char line[256];
  std::snprintf(
      line, sizeof line, "%zu tasks left, %.3f core-hours: about %s on %d rank%s%s (rate %s)\n",
      forecast.open.tasks.size(), forecast.open.flops_left / forecast.flops_per_second / 3600,
      slurm::slurm_time(request.seconds).c_str(), request.ranks * request.shares,
      request.ranks * request.shares == 1 ? "" : "s",
      request.shares > 1 ? (" in " + std::to_string(request.shares) + " jobs").c_str() : "",
      forecast.rate_measured ? "measured by this run" : "assumed");
  std::string text = line;
  for (const auto& reason : request.reasons) text += "  " + reason + "\n";
  return text;
}

}  // namespace

int submit_command(const Words& words) {
  CommandLine line("submit",
                   "Write job scripts for SLURM into RUN/jobs and submit them: the sweep, and then "
                   "reduce and report. Every other option is sbatch's own and passes through; "
                   "--array=1-K makes K jobs, each with its share of the tasks",
                   "attnsweep submit study.yaml --nodes 2 --ntasks-per-node 8 --time 4:00:00 "
                   "--partition short");
  std::string output;
  bool dry_run = false;
  Overrides overrides;
  line.app().add_option("--output", output, "The run's folder; default: runs/<study>");
  line.app()
      .add_option("--set", overrides, "key=value instead of the file's; repeatable")
      ->allow_extra_args(false);
  line.app().add_flag("--dry-run", dry_run,
                      "Write the scripts and let sbatch check them; submit nothing");
  line.app().allow_extras();
  if (const auto code = line.parse(words)) return *code;
  auto rest = line.app().remaining();
  const auto file = take_study(rest);
  const auto options = slurm::parse_options(rest);

  const auto study = read_study(file, overrides);
  const auto run = fs::absolute(output.empty() ? fs::path("runs") / study.name : fs::path(output))
                       .lexically_normal();
  const auto forecast = sweep::forecast(study, run);
  slurm::Need need{study.name, study.compute.threads, 0, forecast.open.flops_left,
                   forecast.flops_per_second};
  for (const auto& cell : forecast.cells)
    need.bytes_per_rank = std::max(need.bytes_per_rank, cell.rank_bytes);
  const auto request = slurm::make_request(need, options);

  slurm::Settings settings{(program_folder() / "attnsweep").string(),
                           fs::absolute(file).lexically_normal().string(),
                           run.string(),
                           study.compute.threads,
                           {}};
  for (const auto& override : overrides) {
    settings.options.emplace_back("--set");
    settings.options.push_back(override);
  }
  const auto jobs = run / "jobs";
  make_folder(jobs);
  const auto log = request.shares > 1 ? "run-%A_%a.log" : "run-%j.log";
  write_script(jobs / "run.sbatch", slurm::run_script(request, settings, (jobs / log).string()));
  auto reduce = settings;
  reduce.study = study.name;
  reduce.options.clear();
  write_script(jobs / "reduce.sbatch",
               slurm::reduce_script(request, reduce, (jobs / "reduce-%j.log").string()));
  std::cout << cost_text(request, forecast) << "scripts: " << (jobs / "run.sbatch").string() << ", "
            << (jobs / "reduce.sbatch").string() << "\n";

  const auto tested = run_program({"sbatch", "--test-only", (jobs / "run.sbatch").string()});
  if (tested.code == 0)
    std::cout << trimmed(tested.error.empty() ? tested.out : tested.error) << "\n";
  else if (dry_run && no_cluster(tested))
    log::warn("no SLURM answers here: the scripts were not checked by sbatch");
  else
    refuse("sbatch --test-only " + (jobs / "run.sbatch").string(), tested);
  if (dry_run) {
    std::cout << "dry run: nothing was submitted\n";
    return 0;
  }
  const auto job = submitted(jobs / "run.sbatch", {});
  const auto after = submitted(jobs / "reduce.sbatch", {"--dependency=afterany:" + job});
  std::cout << "submitted: " << job << " (run), " << after << " (reduce and report, after it)\n"
            << "see `attnsweep status " << run.string() << "`\n";
  return 0;
}

}  // namespace attnsweep::apps
