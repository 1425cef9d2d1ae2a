// How often the verdict is right: the rule with all its conditions on simulated models. Each model
// is a true curve plus layer noise that all its texts share (sd 0.08), plus noise of documents and
// of single texts. Prints one line a shape; the measurement's own simulation counted 0 of 4,860
// non-exponential curves supported, 1,046 of 1,080 exponentials with T >= 2, 540 of 540 bathtubs
// rejected. Not a test: it takes minutes.
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "reduce/cell.hpp"

using namespace attnsweep;
using namespace attnsweep::reduce;

namespace {

constexpr double layer_noise = 0.08, document_noise = 0.15, text_noise = 0.1;

struct Shape {
  const char* name;
  bool exponential;
  /// Log-curve at x in 0 … 1 with a drop of about `drop`; i = x (m − 1).
  std::function<double(double x, double drop, int m)> curve;
};

Units simulate(const Shape& shape, double drop, int m, int documents, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> truth;
  for (int i = 0; i < m; ++i)
    truth.push_back(shape.curve(static_cast<double>(i) / (m - 1), drop, m) +
                    layer_noise * normal(random));
  Documents names;
  const SequenceColumns columns(m, true);
  UnitSums sums(columns.size(), names);
  std::vector<double> d(m), x(columns.size());
  for (int c = 0; c < documents; ++c) {
    const std::uint32_t document = names.number("document " + std::to_string(c));
    std::vector<double> own(m);
    for (double& o : own) o = document_noise * normal(random);
    for (int s = 0; s <= c % 4; ++s) {
      for (int i = 0; i < m; ++i) d[i] = std::exp(truth[i] + own[i] + text_noise * normal(random));
      columns.fill(d, x);
      sums.add(document, x);
    }
  }
  return make_units(sums.finish(), m, true);
}

V verdict_of(const Units& units, const ReplicateWeights& weights) {
  const ReduceOptions options;
  CellResult cell;
  cell.m = units.m;
  analyse_cell(units, &weights, options, cell);
  Evidence e;
  e.documents = std::min(static_cast<double>(cell.n_clusters), cell.j_eff);
  e.points = cell.m;
  e.stability = cell.stability;
  e.p = cell.p_v;
  e.r2_within = cell.r2_within;
  return judge_cell(cell.curve_verdict, e, options).verdict;
}

}  // namespace

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 30;
  const std::vector<Shape> shapes{
      {"exponential", true, [](double x, double t, int) { return -t * x; }},
      {"power", false,
       [](double x, double t, int m) { return -t * std::log(1 + x * (m - 1)) / std::log(m); }},
      {"linear", false,
       [](double x, double t, int) { return std::log(1 - (1 - std::exp(-t)) * x); }},
      {"floor", false,
       [](double x, double t, int) {
         const double b = std::exp(-t);
         return std::log((1 - b) * std::exp(-3 * t * x) + b);
       }},
      {"step", false, [](double x, double t, int) { return x < 0.5 ? 0 : -t; }},
      {"constant", false, [](double, double, int) { return 0; }},
      {"rise", false, [](double x, double t, int) { return t * x; }},
      {"bathtub", false,
       [](double x, double t, int) { return -t * (1 - (2 * x - 1) * (2 * x - 1)); }},
  };
  std::printf("%-12s %3s %5s %4s %9s %11s %13s %9s\n", "shape", "m", "T", "n", "supported",
              "not expon.", "inconclusive", "rejected");
  std::map<std::string, std::map<V, int>> totals;
  for (const Shape& shape : shapes)
    for (int m : {5, 11, 23})
      for (double drop : {1.0, 2.0, 3.0}) {
        std::map<V, int> count;
        int n = 0;
        for (int documents : {30, 100}) {
          const ReplicateWeights weights(7, documents, 400);
          for (int k = 0; k < repeats; ++k, ++n) {
            std::mt19937_64 random(static_cast<std::uint64_t>(k) * 1000003 + m * 1009 +
                                   documents * 31 + static_cast<std::uint64_t>(drop * 7) +
                                   static_cast<std::uint64_t>(&shape - shapes.data()) * 77777);
            ++count[verdict_of(simulate(shape, drop, m, documents, random), weights)];
          }
        }
        std::printf("%-12s %3d %5.1f %4d %9d %11d %13d %9d\n", shape.name, m, drop, n,
                    count[V::supported], count[V::not_exponential], count[V::inconclusive],
                    count[V::rejected]);
        const std::string group = !shape.exponential ? shape.name
                                  : drop >= 2        ? "exponential, T >= 2"
                                                     : "exponential, T = 1";
        for (const auto& [v, k] : count) totals[group][v] += k;
      }
  for (const auto& [group, count] : totals) {
    int n = 0;
    for (const auto& [v, k] : count) n += k;
    const auto of = [&count = count](V v) { return count.count(v) ? count.at(v) : 0; };
    std::printf("%-20s of %5d: supported %d, not exponential %d, inconclusive %d, rejected %d\n",
                group.c_str(), n, of(V::supported), of(V::not_exponential), of(V::inconclusive),
                of(V::rejected));
  }
}
