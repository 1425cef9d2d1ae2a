// What the measures of one layer pair cost in float32, in microseconds of one core, nanoseconds an
// entry and as a multiple of frobenius alone: build the target measure_cost and run it with
// OPENBLAS_NUM_THREADS=1. `--trained FILE` adds the pairs of a file of maps, which decide how many
// steps spectral takes: an int32 n, an int32 count, then count maps of n × n float32.
#include <ctime>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/philox.hpp"
#include "measure/measure.hpp"

namespace {

using attnsweep::Norm;
using attnsweep::Observable;
using attnsweep::measure::Shape;

const std::vector<Norm> seven{Norm::frobenius, Norm::l1, Norm::linf,  Norm::max,
                              Norm::tv,        Norm::js, Norm::cosine};

/// A row-stochastic matrix with entries as uneven as a trained model's.
std::vector<float> attention(int n, std::uint64_t stream, Shape shape) {
  std::vector<float> p(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  attnsweep::keyed_normals(1, stream, "attention", 1.5, p);
  for (int j = 0; j < n; ++j) {
    float* row = p.data() + static_cast<std::size_t>(j) * static_cast<std::size_t>(n);
    const int seen = shape == Shape::lower_triangular ? j + 1 : n;
    float mass = 0;
    for (int k = 0; k < n; ++k) mass += row[k] = k < seen ? std::exp(row[k]) : 0;
    for (int k = 0; k < n; ++k) row[k] /= mass;
  }
  return p;
}

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

/// Smallest of 9 rounds of at least 20 ms, microseconds of this thread a call.
template <class Call>
double microseconds(Call call) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 9; ++round) {
    int calls = 0;
    const double start = cpu_microseconds();
    double spent = 0;
    do {
      call();
      ++calls;
      spent = cpu_microseconds() - start;
    } while (spent < 20000);
    best = std::min(best, spent / calls);
  }
  return best;
}

/// One table: the first row is what the others are compared with.
class Table {
 public:
  explicit Table(int n) : n_(n) {}
  template <class Call>
  void row(const std::string& what, Call call) {
    const double cost = microseconds(call);
    if (first_ == 0) first_ = cost;
    std::printf("%5d  %-34s %12.2f %10.3f %9.1f\n", n_, what.c_str(), cost,
                1000 * cost / (double(n_) * n_), cost / first_);
  }

 private:
  int n_;
  double first_ = 0;
};

void print_norms(Table& table, const float* a, const float* b, int n, Shape shape) {
  const auto row = [&](const std::string& what, const std::vector<Norm>& norms) {
    std::vector<double> values(norms.size()), floors(norms.size());
    table.row(what, [&] {
      measure_pair(a, b, n, norms, attnsweep::measure::epsilon_float32, values, floors, shape);
    });
  };
  row("frobenius", {Norm::frobenius});
  row("frobenius, js", {Norm::frobenius, Norm::js});
  row("the seven without singular values", seven);
  row("spectral", {Norm::spectral});
  row("nuclear", {Norm::nuclear});
}

void print_others(Table& table, const std::vector<float>& a, int n) {
  std::vector<std::uint8_t> special(static_cast<std::size_t>(n));
  special.front() = special.back() = 1;
  table.row("drop_tokens", [&] { attnsweep::measure::drop_tokens(a.data(), n, special); });
  for (Observable observable : attnsweep::all_observables()) {
    if (observable == Observable::spectral_gap && n > 256) continue;  // seconds from here
    double out = 0;
    table.row("observable " + std::string(name(observable)), [&] {
      attnsweep::measure::observe(a.data(), n, std::span(&observable, 1), std::span(&out, 1));
    });
  }
}

void print_size(int n) {
  const auto a = attention(n, 1, Shape::full), b = attention(n, 2, Shape::full);
  Table table(n);
  print_norms(table, a.data(), b.data(), n, Shape::full);
  print_others(table, a, n);
  const auto c = attention(n, 1, Shape::lower_triangular);
  const auto d = attention(n, 2, Shape::lower_triangular);
  std::printf("%5d  causal:\n", n);
  Table causal(n);
  print_norms(causal, c.data(), d.data(), n, Shape::lower_triangular);
}

void print_trained(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::int32_t head[2] = {};
  in.read(reinterpret_cast<char*>(head), sizeof head);
  const std::size_t entries = static_cast<std::size_t>(head[0]) * static_cast<std::size_t>(head[0]);
  std::vector<float> maps(entries * static_cast<std::size_t>(head[1]));
  in.read(reinterpret_cast<char*>(maps.data()),
          static_cast<std::streamsize>(maps.size() * sizeof(float)));
  if (!in) throw std::runtime_error(std::string(path) + ": shorter than its head says");
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(head[1]); ++i) {
    std::printf("%5d  maps %zu and %zu of %s:\n", head[0], i, i + 1, path);
    Table table(head[0]);
    const float* a = maps.data() + i * entries;
    print_norms(table, a, a + entries, head[0], Shape::full);
  }
}

}  // namespace

int main(int count, char** words) {
  std::printf("%5s  %-34s %12s %10s %9s\n", "n", "measured", "us a pair", "ns/entry", "x first");
  if (count == 3 && std::string(words[1]) == "--trained") {
    print_trained(words[2]);
    return 0;
  }
  for (int n : {44, 128, 512, 1024}) print_size(n);
}
