#include <cstdio>
#include <iostream>

#include <nlohmann/json.hpp>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "exchange/compare_runs.hpp"

namespace attnsweep::apps {
namespace {

std::string table(const std::vector<exchange::Difference>& differences) {
  std::string text = "differences |a - b| of the layer differences\n";
  for (const auto& d : differences) {
    char numbers[256];
    std::snprintf(numbers, sizeof numbers,
                  "  %lld values: max %.3g (relative %.3g), median %.3g, 90 %% %.3g, 99 %% %.3g\n",
                  static_cast<long long>(d.n_values), d.largest, d.largest_relative, d.median,
                  d.q90, d.q99);
    text += d.model + " / " + d.corpus + " / " + d.norm + " / " + d.view + " / " + d.heads + "\n" +
            numbers;
    if (d.n_values > 0)
      text += "  worst: sequence " + d.worst_sequence + ", value " + std::to_string(d.worst_layer) +
              "\n";
    if (d.only_a + d.only_b > 0)
      text += "  sequences in one run only: " + std::to_string(d.only_a) + " in the first, " +
              std::to_string(d.only_b) + " in the second\n";
  }
  if (differences.empty()) text += "neither run holds values\n";
  return text;
}

std::string json_text(const std::vector<exchange::Difference>& differences) {
  auto json = nlohmann::json::array();
  for (const auto& d : differences)
    json.push_back({{"model", d.model},
                    {"corpus", d.corpus},
                    {"view", d.view},
                    {"heads", d.heads},
                    {"norm", d.norm},
                    {"values", d.n_values},
                    {"only_a", d.only_a},
                    {"only_b", d.only_b},
                    {"max", d.largest},
                    {"max_relative", d.largest_relative},
                    {"median", d.median},
                    {"q90", d.q90},
                    {"q99", d.q99},
                    {"worst_sequence", d.worst_sequence},
                    {"worst_value", d.worst_layer}});
  return json.dump(1) + "\n";
}

}  // namespace

int compare_command(const Words& words) {
  CommandLine line("compare", "Differences between two runs, per model and norm",
                   "attnsweep compare runs/float32 runs/float64");
  std::string a, b;
  bool partial = false, json = false;
  line.app().add_option("RUN_A", a, "A run's folder")->required();
  line.app().add_option("RUN_B", b, "Another run's folder")->required();
  line.app().add_flag("--partial", partial, "Take what is there of runs that are not complete");
  line.app().add_flag("--json", json, "For scripts");
  if (const auto code = line.parse(words)) return *code;
  const auto differences =
      exchange::compare_runs(archive::open_run(a, partial), archive::open_run(b, partial));
  std::cout << (json ? json_text(differences) : table(differences));
  return 0;
}

}  // namespace attnsweep::apps
