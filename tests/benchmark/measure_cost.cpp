// What the measures of one layer pair cost, in microseconds and in nanoseconds an entry, for the
// sizes of short, middle and long texts: build the target measure_cost and run it on a quiet core.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "base/philox.hpp"
#include "measure/measure.hpp"

namespace {

using attnsweep::Norm;
using attnsweep::Observable;
using Clock = std::chrono::steady_clock;

/// A row-stochastic matrix with entries as uneven as a trained model's.
std::vector<float> attention(int n, std::uint64_t stream) {
  std::vector<float> p(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  attnsweep::keyed_normals(1, stream, "attention", 1.5, p);
  for (std::size_t j = 0; j < p.size(); j += static_cast<std::size_t>(n)) {
    float mass = 0;
    for (int k = 0; k < n; ++k)
      mass += p[j + static_cast<std::size_t>(k)] = std::exp(p[j + static_cast<std::size_t>(k)]);
    for (int k = 0; k < n; ++k) p[j + static_cast<std::size_t>(k)] /= mass;
  }
  return p;
}

/// Smallest of 7 rounds of at least 20 ms, microseconds a call.
template <class Call>
double microseconds(Call call) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 7; ++round) {
    int calls = 0;
    const auto start = Clock::now();
    std::chrono::duration<double, std::micro> spent{};
    do {
      call();
      ++calls;
      spent = Clock::now() - start;
    } while (spent.count() < 20000);
    best = std::min(best, spent.count() / calls);
  }
  return best;
}

void print_row(const char* what, int n, double cost) {
  std::printf("%5d  %-34s %12.2f %10.3f\n", n, what, cost, 1000 * cost / (double(n) * n));
}

void measure_size(int n) {
  using namespace attnsweep::measure;
  const std::vector<float> a = attention(n, 1), b = attention(n, 2);
  const auto pair = [&](const char* what, const std::vector<Norm>& norms) {
    std::vector<double> values(norms.size()), floors(norms.size());
    print_row(what, n, microseconds([&] {
                measure_pair(a.data(), b.data(), n, norms, epsilon_float32, values, floors);
              }));
  };
  pair("frobenius", {Norm::frobenius});
  pair("frobenius, tv", {Norm::frobenius, Norm::tv});
  pair("frobenius, l1", {Norm::frobenius, Norm::l1});
  pair("frobenius, max", {Norm::frobenius, Norm::max});
  pair("frobenius, cosine", {Norm::frobenius, Norm::cosine});
  pair("frobenius, js", {Norm::frobenius, Norm::js});
  pair("all seven without singular values",
       {Norm::frobenius, Norm::l1, Norm::linf, Norm::max, Norm::tv, Norm::js, Norm::cosine});
  std::vector<std::uint8_t> special(static_cast<std::size_t>(n));
  special.front() = special.back() = 1;
  print_row("drop_tokens", n, microseconds([&] { drop_tokens(a.data(), n, special); }));
  if (n > 256) return;  // cubic from here
  pair("spectral", {Norm::spectral});
  for (Observable observable : attnsweep::all_observables()) {
    double out = 0;
    const std::string what = "observable " + std::string(name(observable));
    print_row(what.c_str(), n, microseconds([&] {
                observe(a.data(), n, std::span(&observable, 1), std::span(&out, 1));
              }));
  }
}

}  // namespace

int main() {
  std::printf("%5s  %-34s %12s %10s\n", "n", "measured", "us a pair", "ns/entry");
  for (int n : {44, 128, 512}) measure_size(n);
}
