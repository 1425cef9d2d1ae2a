// The spectral norm by Lanczos against LAPACK's full singular value decomposition.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "base/philox.hpp"
#include "measure/lanes.hpp"
#include "measure/measure.hpp"
#include "measure/normal_product.hpp"
#include "measure/singular_values.hpp"
#include "measure/spectral_norm.hpp"
#include "unit/measure/reference.hpp"

namespace attnsweep::measure {
namespace {

using Matrix = std::vector<double>;

/// The largest singular value by dgesdd, good to n 2^-53 of itself.
double by_lapack(Matrix d, int n) { return singular_values(d, n, n).front(); }

/// Both ways measure D = d − 0; `converges` says that Lanczos has to get there by itself.
void expect_equal(const Matrix& d, int n, bool converges, const std::string& what) {
  const Matrix zero(d.size(), 0.0);
  const double want = by_lapack(d, n);
  const Pair<double> pair{zero.data(), d.data(), n};
  const auto lanczos = largest_singular_value(pair, sum_pair(pair, {}).squares.d);
  EXPECT_EQ(lanczos.has_value(), converges) << what;
  const Norm norm = Norm::spectral;
  double value = 0, floor = 0;
  measure_pair(zero.data(), d.data(), n, std::span(&norm, 1), epsilon_float64, std::span(&value, 1),
               std::span(&floor, 1));
  if (lanczos) {
    EXPECT_EQ(value, *lanczos) << what;
  }
  // The stated tolerance, and the rounding of either method.
  EXPECT_NEAR(value, want, (spectral_tolerance + n * 0x1p-52) * want) << what;
}

Matrix normals(int n, std::uint64_t stream) {
  std::vector<float> draws(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  keyed_normals(3, stream, "spectral", 1.0, draws);
  return {draws.begin(), draws.end()};
}

/// Orthonormal rows, the first along `first` where one is given: Gram-Schmidt, twice for the
/// rounding.
Matrix orthogonal(int n, std::uint64_t stream, const Matrix& first = {}) {
  Matrix q = normals(n, stream);
  std::copy(first.begin(), first.end(), q.begin());
  for (int j = 0; j < n; ++j) {
    double* row = q.data() + static_cast<std::ptrdiff_t>(j) * n;
    for (int pass = 0; pass < 2; ++pass) {
      for (int i = 0; i < j; ++i) {
        const double* other = q.data() + static_cast<std::ptrdiff_t>(i) * n;
        double share = 0;
        for (int k = 0; k < n; ++k) share += row[k] * other[k];
        for (int k = 0; k < n; ++k) row[k] -= share * other[k];
      }
      double length = 0;
      for (int k = 0; k < n; ++k) length += row[k] * row[k];
      for (int k = 0; k < n; ++k) row[k] /= std::sqrt(length);
    }
  }
  return q;
}

/// U diag(sigma) V with rows of `v` as right singular vectors.
Matrix with_singular_values(const Matrix& sigma, const Matrix& v) {
  const int n = static_cast<int>(sigma.size());
  const Matrix u = orthogonal(n, 71);
  Matrix d(v.size(), 0.0);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      for (int k = 0; k < n; ++k) {
        d[static_cast<std::size_t>(j * n + k)] += u[static_cast<std::size_t>(i * n + j)] *
                                                  sigma[static_cast<std::size_t>(i)] *
                                                  v[static_cast<std::size_t>(i * n + k)];
      }
    }
  }
  return d;
}

/// sigma[i] = first for i < many, then rest^i.
Matrix spectrum(int n, int many, double step, double rest) {
  Matrix sigma(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    sigma[static_cast<std::size_t>(i)] = i < many ? 1 - step * i : std::pow(rest, i - many + 1);
  }
  return sigma;
}

TEST(Spectral, RandomMatricesOfAllSizes) {
  for (int n : {1, 2, 3, 7, 8, 9, 31, 44, 64, 129, 300}) {
    expect_equal(normals(n, static_cast<std::uint64_t>(n)), n, true, "n = " + std::to_string(n));
  }
}

TEST(Spectral, RankDeficientMatrices) {
  const int n = 65;
  for (int rank : {1, 2, 5, 40}) {
    Matrix sigma = spectrum(n, 0, 0, 0.9);
    std::fill(sigma.begin() + rank, sigma.end(), 0.0);
    expect_equal(with_singular_values(sigma, orthogonal(n, 5)), n, true,
                 "rank " + std::to_string(rank));
  }
  Matrix single(81, 0.0);  // one entry: every start has the answer after one step
  single[40] = -0.25;
  expect_equal(single, 9, true, "a single entry");
}

TEST(Spectral, ClustersAtTheTop) {
  const int n = 80;
  const Matrix v = orthogonal(n, 9);
  // All within the tolerance, equal, or told apart in the steps there are.
  expect_equal(with_singular_values(spectrum(n, 4, 0, 0.8), v), n, true, "four equal ones");
  expect_equal(with_singular_values(spectrum(n, 4, 1e-13, 0.8), v), n, true, "1e-13 apart");
  expect_equal(with_singular_values(spectrum(n, 3, 1e-3, 0.8), v), n, true, "1e-3 apart");
  expect_equal(with_singular_values(spectrum(n, n, 0, 0), v), n, true, "a multiple of a rotation");
  // Forty of them over a narrow band take more steps than there are: LAPACK's turn.
  expect_equal(with_singular_values(spectrum(n, 75, 1e-7, 0.5), v), n, false, "a band of 75");
}

TEST(Spectral, TinyHugeAndZero) {
  const Matrix d = normals(20, 4);
  for (double scale : {1e-30, 1e-90, 1e90, 1e150}) {
    Matrix scaled(d);
    for (double& x : scaled) x *= scale;
    expect_equal(scaled, 20, true, "times " + std::to_string(std::log10(scale)));
  }
  Matrix tiny(d);  // its squares come near the end of the range of double
  for (double& x : tiny) x *= 1e-120;
  expect_equal(tiny, 20, false, "times -120");
  const Matrix zero(400, 0.0);
  std::vector<double> values(2), floors(2);
  const std::vector<Norm> norms{Norm::spectral, Norm::nuclear};
  measure_pair(zero.data(), zero.data(), 20, norms, epsilon_float64, values, floors);
  EXPECT_EQ(values, Matrix({0, 0}));
}

TEST(Spectral, AStartWithoutTheLeadingVectorIsNoticed) {
  const int n = 60;
  const auto start = start_vector(n, 0);
  const Matrix frame = orthogonal(n, 13, start);
  const Matrix leading(frame.begin() + n, frame.begin() + 2 * n);  // orthogonal to the first start
  const Matrix v = orthogonal(n, 17, leading);
  const Matrix sigma = [&] {
    Matrix s = spectrum(n, 0, 0, 0.5);
    s[0] = 1.001;
    s[1] = 1;
    return s;
  }();
  const Matrix d = with_singular_values(sigma, v), zero(d.size(), 0.0);
  const Pair<double> pair{zero.data(), d.data(), n};
  const double want = by_lapack(d, n);
  const double squares = sum_pair(pair, {}).squares.d;
  const auto first = lanczos_value(pair, squares, start);
  const auto second = lanczos_value(pair, squares, start_vector(n, 1));
  ASSERT_TRUE(first && second);
  EXPECT_LT(*first, want * (1 - 1e-4)) << "the start was meant to miss the leading vector";
  EXPECT_NEAR(*second, want, spectral_tolerance * want);
  expect_equal(d, n, false, "the two runs disagree");
}

TEST(Spectral, StartVectorsAreKeyed) {
  EXPECT_EQ(start_vector(9, 0), start_vector(9, 0));
  EXPECT_NE(start_vector(9, 0), start_vector(9, 1));
  const auto shorter = start_vector(5, 1), longer = start_vector(9, 1);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
  for (double x : start_vector(1000, 0)) {
    EXPECT_GE(x, -1);
    EXPECT_LT(x, 1);
  }
}

/// The float64 tensor `name` of a safetensors file.
Matrix tensor(const std::string& bytes, const std::string& name, std::vector<int>& shape) {
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto entry = nlohmann::json::parse(bytes.substr(8, header)).at(name);
  shape = entry.at("shape").get<std::vector<int>>();
  const std::size_t begin = entry.at("data_offsets")[0], end = entry.at("data_offsets")[1];
  Matrix out((end - begin) / sizeof(double));
  std::memcpy(out.data(), bytes.data() + 8 + header + begin, end - begin);
  return out;
}

// all-MiniLM-L6-v2 on three texts, every head (tests/reference/make_attention_reference.py).
TEST(Spectral, DifferencesOfATrainedModel) {
  std::ifstream in(std::string(ATTNSWEEP_TESTS_DIR) + "/reference/minilm_attention.safetensors",
                   std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  ASSERT_GT(bytes.size(), 8u);
  for (const char* name : {"0.p", "1.p", "2.p"}) {
    std::vector<int> shape;
    const Matrix p = tensor(bytes, name, shape);
    ASSERT_EQ(shape.size(), 4u);
    const auto heads = static_cast<std::size_t>(shape[1]);
    const int n = shape[2];
    const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    for (std::size_t k = 0; k + heads < static_cast<std::size_t>(shape[0]) * heads; ++k) {
      Matrix d(size);
      for (std::size_t e = 0; e < size; ++e) d[e] = p[(k + heads) * size + e] - p[k * size + e];
      expect_equal(d, n, true, std::string(name) + " " + std::to_string(k));
    }
  }
}

// The product that the runs are made of, with rows left out and a zero upper triangle, word by
// word; its digits are the same for every vector width.
TEST(Spectral, NormalProductIsThePlainOneWithTheSameBitsEverywhere) {
  Digest digest;
  for (int n : {1, 7, 8, 44, 70}) {
    for (const bool lower : {false, true}) {
      Matrix a = start_vector(n * n, 7), b = start_vector(n * n, 8);
      std::vector<std::uint8_t> skip(static_cast<std::size_t>(n), 0);
      for (int j = 2; j < n; j += 5) skip[static_cast<std::size_t>(j)] = 1;
      std::vector<Line> v(static_cast<std::size_t>(padded(n) / lanes)), out(v);
      std::vector<Line> room(block_rows * v.size());
      const auto start = start_vector(n, 0);
      std::copy(start.begin(), start.end(), v[0].at);
      Matrix want(static_cast<std::size_t>(n), 0.0), size(want);
      for (int j = 0; j < n; ++j) {
        if (skip[static_cast<std::size_t>(j)] != 0) continue;
        double t = 0, sum = 0;
        const auto d = [&](int k) {
          const auto at = static_cast<std::size_t>(j * n + k);
          return lower && k > j ? 0.0 : b[at] - a[at];
        };
        for (int k = 0; k < n; ++k) {
          t += d(k) * start[static_cast<std::size_t>(k)];
          sum += std::fabs(d(k) * start[static_cast<std::size_t>(k)]);
        }
        for (int k = 0; k < n; ++k) {
          want[static_cast<std::size_t>(k)] += t * d(k);
          size[static_cast<std::size_t>(k)] += sum * std::fabs(d(k));
        }
      }
      if (lower) {  // never looked at
        for (int j = 0; j < n; ++j) {
          for (int k = j + 1; k < n; ++k) {
            a[static_cast<std::size_t>(j * n + k)] = std::numeric_limits<double>::quiet_NaN();
          }
        }
      }
      normal_product(Pair<double>{a.data(), b.data(), n, skip.data(), lower}, v[0].at, out[0].at,
                     room[0].at);
      for (int k = 0; k < n; ++k) {
        // 2 n additions and three roundings of each term, either way.
        EXPECT_NEAR(out[0].at[k], want[static_cast<std::size_t>(k)],
                    (4 * n + 6) * 0x1p-53 * size[static_cast<std::size_t>(k)])
            << n << " " << lower << " " << k;
      }
      digest.add(std::as_bytes(std::span<const double>(out[0].at, static_cast<std::size_t>(n))));
    }
  }
  EXPECT_EQ(digest.hex(), "8e2368798ab4c91680f6ae7c34a5eab8d8f73561f663fdf855a200f992cc577a");
}

}  // namespace
}  // namespace attnsweep::measure
