#include "model/runtime.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <dlfcn.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include "base/error.hpp"

namespace attnsweep::model {
namespace {

constexpr const char* kRemedy =
    ": the BLAS library picked a wrong kernel for this processor; with OpenBLAS, set "
    "OPENBLAS_CORETYPE=Haswell in the environment";

// Sizes that are no multiple of a kernel's tile, and one product of a real layer's depth.
struct ProductShape {
  int m, n, k;
};
constexpr ProductShape kShapes[] = {{67, 129, 53}, {44, 44, 32}, {50, 200, 384}, {9, 70, 1537}};

template <class T>
std::vector<T> pattern(int n, int step) {
  std::vector<T> out(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    out[static_cast<std::size_t>(i)] = static_cast<T>((i * step) % 251 - 125) / 128;
  return out;
}

/// Largest |product − naive sum| as a multiple of its bound k ε Σ|a||b| (Higham 2002, section 3.5).
template <class T>
double worst_error(const ProductShape& s, const std::vector<T>& a, const std::vector<T>& b,
                   const std::vector<T>& c) {
  double worst = 0;
  for (int i = 0; i < s.m; ++i)
    for (int j = 0; j < s.n; ++j) {
      double sum = 0, size = 0;
      for (int q = 0; q < s.k; ++q) {
        const double term = static_cast<double>(a[static_cast<std::size_t>(i * s.k + q)]) *
                            static_cast<double>(b[static_cast<std::size_t>(j * s.k + q)]);
        sum += term;
        size += std::abs(term);
      }
      const double error =
          std::abs(static_cast<double>(c[static_cast<std::size_t>(i * s.n + j)]) - sum);
      const double bound = s.k * std::numeric_limits<T>::epsilon() * size;
      // Written so that nan counts as wrong.
      if (!(error <= bound)) worst = std::max(worst, std::isfinite(error) ? error / bound : 1e300);
    }
  return worst;
}

template <class T>
void check_products(const char* type, at::ScalarType dtype) {
  for (const auto& s : kShapes) {
    auto a = pattern<T>(s.m * s.k, 37), b = pattern<T>(s.n * s.k, 101);
    std::vector<T> c(static_cast<std::size_t>(s.m * s.n));
    const auto fail = [&](const std::string& by, double worst) {
      throw InputError(by + " multiplies " + type + " matrices of " + std::to_string(s.m) + " × " +
                       std::to_string(s.k) + " and " + std::to_string(s.k) + " × " +
                       std::to_string(s.n) + " wrongly (error " + std::to_string(worst) +
                       " times its bound)" + kRemedy);
    };
    small_product(true, s.m, s.n, s.k, T{1}, a.data(), s.k, b.data(), s.k, c.data(), s.n);
    if (const double worst = worst_error(s, a, b, c); worst > 0) fail("BLAS", worst);
    auto out = at::from_blob(c.data(), {s.m, s.n}, dtype);
    at::mm_out(out, at::from_blob(a.data(), {s.m, s.k}, dtype),
               at::from_blob(b.data(), {s.n, s.k}, dtype).t());
    if (const double worst = worst_error(s, a, b, c); worst > 0)
      fail("LibTorch " + torch_version(), worst);
  }
}

/// Whether this LibTorch multiplies matrices of a 16-bit type on this CPU.
void check_reduced(const std::string& precision, at::ScalarType dtype) {
  auto a = pattern<float>(6, 1), b = pattern<float>(6, 1);
  try {
    at::mm(at::from_blob(a.data(), {2, 3}, at::kFloat).to(dtype),
           at::from_blob(b.data(), {3, 2}, at::kFloat).to(dtype));
  } catch (const c10::Error& e) {
    throw InputError("precision: " + precision + ": LibTorch " + torch_version() +
                     " cannot multiply " + precision + " matrices on this CPU (" +
                     e.what_without_backtrace() + "); use float32 or bfloat16");
  }
}

void set_threads(int threads) {
  at::set_num_threads(threads);
  // Debian's OpenBLAS has its own thread pool, which LibTorch's setting does not reach.
  using Setter = void (*)(int);
  for (const char* name : {"openblas_set_num_threads", "MKL_Set_Num_Threads"})
    if (void* found = ::dlsym(RTLD_DEFAULT, name)) reinterpret_cast<Setter>(found)(threads);
}

}  // namespace

std::string torch_version() { return TORCH_VERSION; }

std::string prepare_runtime(const EvaluatorOptions& options) {
  if (options.device != "auto" && options.device != "cpu" && options.device != "cuda")
    throw InputError("device: '" + options.device + "'; expected auto, cpu or cuda");
  if (options.device == "cuda")
    throw InputError(std::string("device: cuda: ") +
                     (at::hasCUDA() ? "the forward engine of this version runs on the CPU only"
                                    : "LibTorch " + torch_version() + " was built without CUDA") +
                     "; use auto or cpu");
  if (options.threads < 1)
    throw InputError("threads: " + std::to_string(options.threads) + "; expected at least 1");
  set_threads(options.threads);
  const c10::InferenceMode inference;
  if (options.precision == "float64") {
    check_products<double>("float64", at::kDouble);
  } else {
    check_products<float>("float32", at::kFloat);
    if (options.precision == "bfloat16") check_reduced(options.precision, at::kBFloat16);
    if (options.precision == "float16") check_reduced(options.precision, at::kHalf);
  }
  return "cpu";
}

}  // namespace attnsweep::model
