#include "slurm/job_script.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/error.hpp"
#include "slurm/job_templates.hpp"

namespace attnsweep::slurm {
namespace {

/// sbatch's short spellings of options that are looked at here.
constexpr std::array<std::pair<const char*, const char*>, 8> kShort{{{"-N", "--nodes"},
                                                                     {"-n", "--ntasks"},
                                                                     {"-c", "--cpus-per-task"},
                                                                     {"-t", "--time"},
                                                                     {"-p", "--partition"},
                                                                     {"-J", "--job-name"},
                                                                     {"-a", "--array"},
                                                                     {"-o", "--output"}}};

/// A count as sbatch takes it ("4", "4-8": the smaller).
int count_of(const Option& option) {
  const auto text = option.value.substr(0, option.value.find('-'));
  const bool digits =
      !text.empty() && text.size() < 8 &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!digits || std::stoi(text) < 1)
    throw UsageError(option.name + ": got '" + option.value + "', expected a whole number from 1");
  return std::stoi(text);
}

/// "1-8" or "1-8%4": the shares of an array.
int shares_of(const Option& option) {
  const auto text = option.value.substr(0, option.value.find('%'));
  if (text.rfind("1-", 0) != 0)
    throw UsageError(option.name + ": got '" + option.value +
                     "', expected 1-K (K jobs, each with its share of the tasks), like 1-8 or "
                     "1-8%4");
  return count_of({option.name, text.substr(2)});
}

std::string megabytes(double bytes) {
  return std::to_string(static_cast<long long>(std::ceil(bytes / (1 << 20)))) + "M";
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string head(const std::vector<Option>& options) {
  std::string text = "#!/bin/bash\n";
  for (const auto& option : options) {
    text += "#SBATCH " + option.name;
    const bool is_long = option.name.rfind("--", 0) == 0;
    if (!option.value.empty()) text += (is_long ? "=" : " ") + option.value;
    text += "\n";
  }
  return text;
}

std::string settings_text(const Settings& settings) {
  std::string text = "attnsweep=" + quoted(settings.attnsweep) + "\n";
  if (!settings.study.empty()) text += "study=" + quoted(settings.study) + "\n";
  text += "run=" + quoted(settings.run) + "\n";
  return text;
}

std::string options_text(const Settings& settings) {
  std::string text = "options=(";
  for (std::size_t i = 0; i < settings.options.size(); ++i)
    text += (i ? " " : "") + quoted(settings.options[i]);
  return text + ")\n\n";
}

}  // namespace

std::vector<Option> parse_options(const std::vector<std::string>& words) {
  std::vector<Option> out;
  for (const auto& word : words) {
    if (word.size() > 1 && word[0] == '-') {
      const auto equal = word.find('=');
      if (word[1] != '-' && word.size() > 2 && equal != 2)
        out.push_back({word.substr(0, 2), word.substr(2)});  // -N2
      else
        out.push_back({word.substr(0, equal),
                       equal == std::string::npos ? std::string() : word.substr(equal + 1)});
    } else if (!out.empty() && out.back().value.empty()) {
      out.back().value = word;
    } else {
      throw UsageError("'" + word + "' belongs to no option of sbatch");
    }
  }
  return out;
}

const Option* find_option(const std::vector<Option>& options, const std::string& name) {
  const Option* found = nullptr;
  for (const auto& option : options) {
    auto full = option.name;
    for (const auto& [shorter, longer] : kShort)
      if (full == shorter) full = longer;
    if (full == "--" + name) found = &option;  // the last one counts, as for sbatch
  }
  return found;
}

std::string slurm_time(double seconds) {
  const auto minutes = static_cast<long long>(std::ceil(seconds / 60));
  char text[64];
  if (minutes < 24 * 60)
    std::snprintf(text, sizeof text, "%02lld:%02lld:00", minutes / 60, minutes % 60);
  else
    std::snprintf(text, sizeof text, "%lld-%02lld:%02lld:00", minutes / 1440, minutes / 60 % 24,
                  minutes % 60);
  return text;
}

Request make_request(const Need& need, const std::vector<Option>& options) {
  Request request;
  request.options = options;
  const auto given = [&](const char* name) { return find_option(options, name); };
  const auto add = [&](const std::string& name, const std::string& value,
                       const std::string& reason) {
    request.options.push_back({name, value});
    if (!reason.empty())
      request.reasons.push_back(name + (value.empty() ? "" : "=" + value) + ": " + reason);
  };
  if (!given("job-name")) add("--job-name", "attnsweep-" + need.study, "");
  const int nodes = given("nodes") ? count_of(*given("nodes")) : 1;
  if (given("ntasks"))
    request.ranks = count_of(*given("ntasks"));
  else if (given("ntasks-per-node"))
    request.ranks = nodes * count_of(*given("ntasks-per-node"));
  else
    request.ranks = nodes;
  if (!given("ntasks") && !given("ntasks-per-node"))
    add("--ntasks-per-node", "1", "one rank a node, for no number was given");
  if (given("array")) request.shares = shares_of(*given("array"));
  if (!given("cpus-per-task"))
    add("--cpus-per-task", std::to_string(need.threads), "compute.threads of the study");
  if (!given("mem") && !given("mem-per-cpu") && !given("mem-per-gpu")) {
    // A fifth on top, and what the program and its libraries take themselves.
    const double bytes = 1.2 * static_cast<double>(need.bytes_per_rank) + (300 << 20);
    add("--mem-per-cpu", megabytes(bytes / need.threads),
        "the plan's " + megabytes(static_cast<double>(need.bytes_per_rank)) +
            " of weights and working memory a rank, a fifth on top, and 300M for the program");
  }
  request.seconds = need.flops_left / (need.flops_per_second * request.ranks * request.shares);
  if (!given("time"))
    add("--time", slurm_time(1.5 * request.seconds + 600),
        "half as much again as the plan's " + slurm_time(request.seconds) +
            ", and 10 minutes to start and to end");
  if (!given("signal")) add("--signal", "B:USR1@180", "");
  if (!given("requeue") && !given("no-requeue")) add("--requeue", "", "");
  if (!given("open-mode")) add("--open-mode", "append", "");
  return request;
}

std::string run_script(const Request& request, const Settings& settings, const std::string& log) {
  auto options = request.options;
  if (!find_option(options, "output")) options.push_back({"--output", log});
  return head(options) +
         "# The sweep: written by `attnsweep submit`; the job puts itself back into the queue "
         "while "
         "it\n# makes progress, and goes on where it stopped.\n" +
         settings_text(settings) + "threads=" + std::to_string(settings.threads) +
         "\nmax_requeues=50\n" + options_text(settings) + run_template();
}

std::string reduce_script(const Request& request, const Settings& settings,
                          const std::string& log) {
  std::vector<Option> options{{"--job-name", "attnsweep-reduce-" + settings.study}};
  // Where the sweep may run, its reduction may.
  for (const char* name : {"partition", "account", "qos", "reservation", "clusters"})
    if (const auto* option = find_option(request.options, name)) options.push_back(*option);
  for (const auto& [name, value] :
       {std::pair{"--ntasks", "1"}, std::pair{"--cpus-per-task", "1"},
        std::pair{"--mem-per-cpu", "4G"}, std::pair{"--time", "01:00:00"},
        std::pair{"--open-mode", "append"}})
    options.push_back({name, value});
  options.push_back({"--output", log});
  auto own = settings;
  own.study.clear();
  return head(options) +
         "# Reduction and report, after the sweep: written by `attnsweep submit`.\n" +
         settings_text(own) + options_text(own) + reduce_template();
}

}  // namespace attnsweep::slurm
