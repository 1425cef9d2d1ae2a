#include "slurm/job_script.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace attnsweep::slurm {
namespace {

using Words = std::vector<std::string>;

TEST(JobScript, OptionsAreReadInEverySpellingOfSbatch) {
  const auto options = parse_options({"--nodes", "2", "--time=1:00:00", "-p", "short", "-N4", "-n8",
                                      "--exclusive", "--mem-per-cpu=2G"});
  const std::vector<Option> expected{
      {"--nodes", "2"}, {"--time", "1:00:00"}, {"-p", "short"},        {"-N", "4"},
      {"-n", "8"},      {"--exclusive", ""},   {"--mem-per-cpu", "2G"}};
  EXPECT_EQ(options, expected);
  EXPECT_EQ(find_option(options, "nodes")->value, "4") << "the last one counts";
  EXPECT_EQ(find_option(options, "partition")->value, "short");
  EXPECT_EQ(find_option(options, "array"), nullptr);
  EXPECT_THROW(parse_options({"--exclusive", "yes", "no"}), UsageError);
}

TEST(JobScript, WhatIsLeftOpenComesFromThePlanWithItsReason) {
  // 10^13 operations at 10^9 a second on 4 ranks: 2,500 s.
  const Need need{"tiny", 2, 1 << 30, 1e13, 1e9};
  const auto request = make_request(need, parse_options({"-N", "2", "--ntasks-per-node=2"}));
  EXPECT_EQ(request.ranks, 4);
  EXPECT_EQ(request.shares, 1);
  EXPECT_DOUBLE_EQ(request.seconds, 2500);
  // 3,750 s and 10 minutes, up to the next minute.
  EXPECT_EQ(find_option(request.options, "time")->value, "01:13:00");
  EXPECT_EQ(find_option(request.options, "cpus-per-task")->value, "2");
  // (1.2 · 1024 + 300) / 2 MB
  EXPECT_EQ(find_option(request.options, "mem-per-cpu")->value, "765M");
  EXPECT_EQ(find_option(request.options, "job-name")->value, "attnsweep-tiny");
  EXPECT_NE(find_option(request.options, "requeue"), nullptr);
  EXPECT_EQ(request.reasons.size(), 3u);
}

TEST(JobScript, WhatTheUserSaysIsLeftAlone) {
  const Words words{"--time=5",
                    "--mem=1G",
                    "-c",
                    "3",
                    "-J",
                    "mine",
                    "--no-requeue",
                    "--open-mode=truncate",
                    "--signal=USR2@60",
                    "--array=1-8%4",
                    "--ntasks=5"};
  const auto request = make_request({"tiny", 1, 1, 1e12, 1e9}, parse_options(words));
  EXPECT_EQ(request.options, parse_options(words));
  EXPECT_EQ(request.ranks, 5);
  EXPECT_EQ(request.shares, 8);
  EXPECT_DOUBLE_EQ(request.seconds, 25);
}

TEST(JobScript, NumbersThatAreNoneAreNamed) {
  const Need need{"tiny", 1, 1, 1, 1};
  for (const Words& words : {Words{"--nodes=two"}, Words{"-n", "0"}, Words{"--array=0-3"},
                             Words{"--array=1,5"}, Words{"--ntasks-per-node="}})
    EXPECT_THROW(make_request(need, parse_options(words)), UsageError) << words[0];
}

TEST(JobScript, ScriptsCarryOptionsSettingsAndTheTemplate) {
  const auto request = make_request({"tiny", 2, 1, 1e9, 1e9}, parse_options({"-p", "short"}));
  const Settings settings{
      "/opt/it's/attnsweep", "/a b/study.yaml", "/runs/x", 2, {"--set", "compute.threads=2"}};
  const auto run = run_script(request, settings, "/runs/x/jobs/run-%j.log");
  for (const char* part :
       {"#!/bin/bash\n#SBATCH -p short\n", "\n#SBATCH --output=/runs/x/jobs/run-%j.log\n",
        "attnsweep='/opt/it'\\''s/attnsweep'\n", "study='/a b/study.yaml'\n", "run='/runs/x'\n",
        "threads=2\n", "options=('--set' 'compute.threads=2')\n", "scontrol requeue",
        "exit \"$code\"\n"})
    EXPECT_NE(run.find(part), std::string::npos) << part << "\nin\n" << run;
  const auto reduce = reduce_script(request, settings, "/runs/x/jobs/reduce-%j.log");
  EXPECT_NE(reduce.find("#SBATCH -p short\n"), std::string::npos) << "the same partition";
  EXPECT_EQ(reduce.find("scontrol"), std::string::npos);
}

TEST(JobScript, TimesAreRoundedUpToMinutes) {
  EXPECT_EQ(slurm_time(1), "00:01:00");
  EXPECT_EQ(slurm_time(3600), "01:00:00");
  EXPECT_EQ(slurm_time(86400 + 3661), "1-01:02:00");
}

}  // namespace
}  // namespace attnsweep::slurm
