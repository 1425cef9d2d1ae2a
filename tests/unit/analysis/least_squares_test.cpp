// The solver behind the displayed fits, against the certified values of NIST (reference/nist).
#include "reduce/least_squares.hpp"

#include <algorithm>
#include <sstream>

#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

struct Certified {
  std::vector<double> starts[2], parameters;
  double cost = 0;
  std::vector<double> x, y;
};

/// A file of the collection: "b1 = start start value deviation" lines, then y and x after "Data: y
/// x".
Certified certified(const std::string& set) {
  Certified out;
  std::istringstream file(
      read_file(std::string(ATTNSWEEP_TESTS_DIR) + "/reference/nist/" + set + ".dat"));
  bool data = false;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, sign;
    double a, b, c;
    if (data && words >> a >> b) {
      out.y.push_back(a);
      out.x.push_back(b);
    } else if (line.starts_with("Data:") && line.ends_with(" x")) {
      data = true;
    } else if (line.starts_with("Residual Sum of Squares:")) {
      out.cost = std::stod(line.substr(line.find(':') + 1));
    } else if (words >> name >> sign >> a >> b >> c && name[0] == 'b' && sign == "=") {
      out.starts[0].push_back(a);
      out.starts[1].push_back(b);
      out.parameters.push_back(c);
    }
  }
  return out;
}

/// A model's value at x, with its derivatives by the parameters.
using Model = double (*)(std::span<const double> b, double x, double* derivatives);

double saturation(std::span<const double> b, double x, double* d) {
  const double e = std::exp(-b[1] * x);
  d[0] = 1 - e;
  d[1] = b[0] * x * e;
  return b[0] * (1 - e);
}

double rational(std::span<const double> b, double x, double* d) {
  const double over = x * x + x * b[1], under = x * x + x * b[2] + b[3];
  d[0] = over / under;
  d[1] = b[0] * x / under;
  d[2] = -b[0] * over * x / (under * under);
  d[3] = -b[0] * over / (under * under);
  return b[0] * over / under;
}

double damped(std::span<const double> b, double x, double* d) {
  const double e = std::exp(-b[0] * x), under = b[1] + b[2] * x;
  d[0] = -x * e / under;
  d[1] = -e / (under * under);
  d[2] = -x * e / (under * under);
  return e / under;
}

double three_exponentials(std::span<const double> b, double x, double* d) {
  double y = 0;
  for (int k = 0; k < 6; k += 2) {
    d[k] = std::exp(-b[k + 1] * x);
    d[k + 1] = -b[k] * x * d[k];
    y += b[k] * d[k];
  }
  return y;
}

LeastSquares problem_of(const Certified& set, Model model) {
  LeastSquares problem;
  problem.n_residuals = static_cast<int>(set.x.size());
  problem.evaluate = [&set, model](std::span<const double> b, std::span<double> r,
                                   std::span<double> j) {
    double d[6];
    for (std::size_t i = 0; i < set.x.size(); ++i) {
      r[i] = set.y[i] - model(b, set.x[i], d);
      for (std::size_t p = 0; p < b.size() && !j.empty(); ++p) j[i * b.size() + p] = -d[p];
    }
  };
  return problem;
}

struct NamedModel {
  const char* set;
  Model model;
  std::size_t n_observations;
};
void PrintTo(const NamedModel& m, std::ostream* out) { *out << m.set; }

class Nist : public testing::TestWithParam<NamedModel> {};
INSTANTIATE_TEST_SUITE_P(Sets, Nist,
                         testing::Values(NamedModel{"Misra1a", saturation, 14},
                                         NamedModel{"BoxBOD", saturation, 6},
                                         NamedModel{"MGH09", rational, 11},
                                         NamedModel{"Chwirut2", damped, 54},
                                         NamedModel{"Lanczos1", three_exponentials, 24},
                                         NamedModel{"Lanczos2", three_exponentials, 24},
                                         NamedModel{"Lanczos3", three_exponentials, 24}));

// Nine correct digits: the certified values have eleven, and double's sixteen lose a set's
// condition (1e5 for the Lanczos sets, whose last digits are those of their eleven-digit data).
TEST_P(Nist, NineDigitsFromBothStarts) {
  const Certified set = certified(GetParam().set);
  ASSERT_EQ(set.x.size(), GetParam().n_observations);
  const LeastSquares problem = problem_of(set, GetParam().model);
  for (const auto& start : set.starts) {
    const LeastSquaresFit fit = least_squares(problem, start);
    EXPECT_EQ(fit.report.status, FitStatus::converged) << fit.report.message;
    EXPECT_FALSE(fit.report.message.empty());
    EXPECT_GT(fit.report.iterations, 1);
    ASSERT_EQ(fit.parameters.size(), set.parameters.size());
    for (std::size_t p = 0; p < set.parameters.size(); ++p)
      EXPECT_NEAR(fit.parameters[p], set.parameters[p], 1e-9 * std::fabs(set.parameters[p]))
          << GetParam().set << " b" << p + 1;
    // The certified sum of Lanczos1 is the rounding of its data: 1e-25 of values near 1.
    if (set.cost > 1e-20) {
      EXPECT_NEAR(fit.report.cost, set.cost, 1e-9 * set.cost);
    }
  }
}

TEST(LeastSquares, StopsAtABound) {
  const Certified set = certified("Misra1a");
  LeastSquares problem = problem_of(set, saturation);
  problem.lower = {0, 0};
  problem.upper = {200, 1};  // the minimum lies at 239
  const LeastSquaresFit fit = least_squares(problem, std::vector{100.0, 1e-3});
  EXPECT_EQ(fit.report.status, FitStatus::at_bound);
  EXPECT_EQ(fit.parameters[0], 200);
  EXPECT_GT(fit.report.cost, set.cost);
}

TEST(LeastSquares, AnUndefinedStartFails) {
  LeastSquares problem;
  problem.n_residuals = 3;
  problem.evaluate = [](std::span<const double> b, std::span<double> r, std::span<double> j) {
    for (double& x : r) x = std::sqrt(b[0]);
    for (double& x : j) x = 0.5 / std::sqrt(b[0]);
  };
  const LeastSquaresFit fit = least_squares(problem, std::vector{-1.0});
  EXPECT_EQ(fit.report.status, FitStatus::failed);
  EXPECT_TRUE(std::isnan(fit.report.cost));
}

}  // namespace
}  // namespace attnsweep::reduce
