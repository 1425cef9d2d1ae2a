// Two uses of an Evaluator on token ids from a file (one sequence a line), for the comparisons
// with transformers in tests/reference and tests/benchmark.
//   model_tool dump MODEL IDS OUT [PRECISION]
//       every probability: float64, sequence by sequence, each layers × heads × n × n
//   model_tool time MODEL IDS [PACK_TOKENS [NORM,… [PRECISION]]]
//       measures everything once, in packs cut as a study cuts them, and prints one line of JSON:
//       seconds by the clock and of processor, peak memory, sum of all values
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "corpus/sequences.hpp"
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

std::vector<attnsweep::Norm> norms_of(const std::string& names) {
  std::vector<attnsweep::Norm> norms;
  std::istringstream words(names);
  for (std::string word; std::getline(words, word, ',');) {
    const auto norm = attnsweep::norm_from(word);
    if (!norm) throw attnsweep::UsageError("no norm is named '" + word + "'");
    norms.push_back(*norm);
  }
  return norms;
}

/// The most memory this program has had so far. (getrusage would count its parent's too.)
long peak_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      long kilobytes = 0;
      status >> kilobytes;
      return kilobytes;
    }
  return 0;
}

/// Indices of the sequences in packs: blocks in order, sorted by length inside, cut at `budget`.
std::vector<std::vector<std::size_t>> packs_of(const std::vector<Ids>& all, std::int64_t budget) {
  constexpr std::size_t block_size = 1024;  // records, as in a study
  std::vector<std::vector<std::size_t>> packs;
  for (std::size_t first = 0; first < all.size(); first += block_size) {
    std::vector<attnsweep::corpus::Sequence> block(std::min(block_size, all.size() - first));
    for (std::size_t i = 0; i < block.size(); ++i) block[i].ids = all[first + i];
    for (auto& pack : attnsweep::corpus::make_packs(block, budget)) {
      for (auto& index : pack) index += first;
      packs.push_back(std::move(pack));
    }
  }
  return packs;
}

void time_it(attnsweep::model::Evaluator& evaluator, const std::vector<Ids>& all,
             const std::vector<std::string>& rest) {
  const auto packs = packs_of(all, rest.empty() ? 4096 : std::stol(rest[0]));
  attnsweep::MeasureSet what;
  if (rest.size() > 1) what.norms = norms_of(rest[1]);
  // Once before: what a first call sets up belongs to no sequence.
  evaluator.measure(std::vector<SequenceInput>{{all.front(), {}, {}}}, what);
  const long loaded = peak_kilobytes();
  double checksum = 0;
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  for (const auto& pack : packs) {
    std::vector<SequenceInput> inputs;
    for (const auto i : pack) inputs.push_back({all[i], {}, {}});
    for (const auto& one : evaluator.measure(inputs, what))
      for (const auto& series : one.values)
        for (const double value : series) checksum += value;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  // Processor time beside the clock's: it is what remains comparable on a busy machine.
  const double processor = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  std::printf(
      "{\"sequences\": %zu, \"seconds\": %.6f, \"processor\": %.6f, \"checksum\": %.12g, "
      "\"peak_kilobytes\": %ld, \"peak_kilobytes_of_one\": %ld}\n",
      all.size(), seconds.count(), processor, checksum, peak_kilobytes(), loaded);
}

int run(const std::vector<std::string>& arguments) {
  const bool dumps = !arguments.empty() && arguments[0] == "dump";
  if (arguments.size() < (dumps ? 4 : 3) || (!dumps && arguments[0] != "time")) {
    std::cerr << "usage: model_tool dump MODEL IDS OUT [PRECISION]\n"
                 "       model_tool time MODEL IDS [PACK_TOKENS [NORM,... [PRECISION]]]\n";
    return 2;
  }
  const auto files = attnsweep::spec::read_model_files(arguments[1]);
  const auto all = read_ids(arguments[2]);
  attnsweep::model::EvaluatorOptions options;
  if (arguments.size() > (dumps ? 4 : 5)) options.precision = arguments[dumps ? 4 : 5];
  const auto evaluator = attnsweep::model::load_evaluator(files, options);
  if (dumps)
    dump(*evaluator, all, arguments[3]);
  else
    time_it(*evaluator, all, {arguments.begin() + 3, arguments.end()});
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
