// Two uses of an Evaluator on token ids from a file (one sequence a line), for the comparisons
// with transformers in tests/reference and tests/benchmark.
//   model_tool dump MODEL IDS OUT [PRECISION]   every probability: float64, sequence by sequence,
//                                               each layers × heads × n × n
//   model_tool time MODEL IDS [PACK_TOKENS]     sequences a second of the frobenius measurement,
//                                               packs cut by length as in a study
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/evaluator.hpp"

namespace {

using attnsweep::model::SequenceInput;
using Ids = std::vector<std::int32_t>;

std::vector<Ids> read_ids(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw attnsweep::InputError(file + ": cannot be read");
  std::vector<Ids> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Ids ids;
    for (std::int32_t id; words >> id;) ids.push_back(id);
    if (!ids.empty()) all.push_back(std::move(ids));
  }
  return all;
}

std::vector<SequenceInput> inputs_of(const std::vector<Ids>& all) {
  std::vector<SequenceInput> inputs;
  for (const auto& ids : all) inputs.push_back({ids, {}, {}});
  return inputs;
}

void dump(attnsweep::model::Evaluator& evaluator, const std::vector<Ids>& all,
          const std::string& file) {
  std::vector<std::vector<double>> out(all.size());
  evaluator.attention(inputs_of(all), [&](int, std::size_t s, int, std::span<const double> p) {
    out[s].insert(out[s].end(), p.begin(), p.end());
  });
  std::ofstream stream(file, std::ios::binary);
  for (const auto& values : out)
    stream.write(reinterpret_cast<const char*>(values.data()),
                 static_cast<std::streamsize>(values.size() * sizeof(double)));
  if (!stream) throw attnsweep::InputError(file + ": cannot be written");
}

void time_it(attnsweep::model::Evaluator& evaluator, std::vector<Ids> all, std::size_t budget) {
  std::stable_sort(all.begin(), all.end(),
                   [](const Ids& a, const Ids& b) { return a.size() < b.size(); });
  const auto inputs = inputs_of(all);
  const attnsweep::MeasureSet what;
  double checksum = 0;
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  for (std::size_t first = 0; first < inputs.size();) {
    std::size_t end = first, tokens = 0;
    while (end < inputs.size() && (end == first || tokens + all[end].size() <= budget))
      tokens += all[end++].size();
    const auto pack = std::span(inputs).subspan(first, end - first);
    for (const auto& one : evaluator.measure(pack, what))
      for (const double value : one.values.at(0)) checksum += value;
    first = end;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  // Processor time beside the clock's: it is what remains comparable on a busy machine.
  const double cpu = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  std::printf("%.2f sequences/s, %.2f per second of processor (%.3f s, checksum %.9g)\n",
              static_cast<double>(all.size()) / seconds.count(),
              static_cast<double>(all.size()) / cpu, seconds.count(), checksum);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3 || (arguments[0] == "dump" && arguments.size() < 4)) {
    std::cerr << "usage: model_tool dump MODEL IDS OUT [PRECISION] | time MODEL IDS [TOKENS]\n";
    return 2;
  }
  const auto files = attnsweep::spec::read_model_files(arguments[1]);
  const auto all = read_ids(arguments[2]);
  attnsweep::model::EvaluatorOptions options;
  if (arguments[0] == "dump") {
    if (arguments.size() > 4) options.precision = arguments[4];
    dump(*attnsweep::model::load_evaluator(files, options), all, arguments[3]);
  } else {
    const std::size_t budget = arguments.size() > 3 ? std::stoul(arguments[3]) : 4096;
    time_it(*attnsweep::model::load_evaluator(files, options), all, budget);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const attnsweep::Error& e) {
    std::cerr << e.what() << '\n';
    return static_cast<int>(e.code());
  }
}
