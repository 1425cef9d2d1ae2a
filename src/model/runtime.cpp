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
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include "base/error.hpp"
#include "model/tile.hpp"

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
    const auto check = [&](const std::string& by, const char* remedy) {
      const double worst = worst_error(s, a, b, c);
      if (worst > 0)
        throw InputError(by + " multiplies " + type + " matrices of " + std::to_string(s.m) +
                         " × " + std::to_string(s.k) + " and " + std::to_string(s.k) + " × " +
                         std::to_string(s.n) + " wrongly (error " + std::to_string(worst) +
                         " times its bound)" + remedy);
    };
    small_product(true, s.m, s.n, s.k, T{1}, a.data(), s.k, b.data(), s.k, c.data(), s.n);
    check("BLAS", kRemedy);
    std::vector<T> turned(b.size());
    transpose(b.data(), s.n, s.k, s.k, turned.data(), s.n);
    Tile<T>({s.m, s.n, s.k, s.k, s.n, s.n, false})(a.data(), turned.data(), c.data());
    check("libxsmm", ": set LIBXSMM_TARGET=hsw in the environment");
    auto out = at::from_blob(c.data(), {s.m, s.n}, dtype);
    at::mm_out(out, at::from_blob(a.data(), {s.m, s.k}, dtype),
               at::from_blob(b.data(), {s.n, s.k}, dtype).t());
    check("LibTorch " + torch_version(), kRemedy);
  }
}

/// The same on a GPU, of numbers with more digits than TF32 has.
template <class T>
void check_products_on(const at::Device& device, const char* type, at::ScalarType dtype) {
  for (const auto& s : kShapes) {
    auto a = pattern<T>(s.m * s.k, 37), b = pattern<T>(s.n * s.k, 101);
    for (auto* factor : {&a, &b})
      for (auto& value : *factor) value /= 3;
    std::vector<T> c(static_cast<std::size_t>(s.m * s.n));
    at::from_blob(c.data(), {s.m, s.n}, dtype)
        .copy_(at::mm(at::from_blob(a.data(), {s.m, s.k}, dtype).to(device),
                      at::from_blob(b.data(), {s.n, s.k}, dtype).to(device).t()));
    if (const double worst = worst_error(s, a, b, c); worst > 0)
      throw InputError("device: " + device.str() + " multiplies " + type + " matrices with " +
                       std::to_string(worst) + " times the error of " + type +
                       ": is NVIDIA_TF32_OVERRIDE set?");
  }
}

/// Whether this LibTorch multiplies matrices of a 16-bit type on this device.
void check_reduced(const std::string& precision, at::ScalarType dtype, const at::Device& device) {
  auto a = pattern<float>(6, 1), b = pattern<float>(6, 1);
  try {
    at::mm(at::from_blob(a.data(), {2, 3}, at::kFloat).to(device).to(dtype),
           at::from_blob(b.data(), {3, 2}, at::kFloat).to(device).to(dtype));
  } catch (const c10::Error& e) {
    throw InputError("precision: " + precision + ": LibTorch " + torch_version() +
                     " cannot multiply " + precision + " matrices on " +
                     (device.is_cpu() ? "this CPU" : device.str()) + " (" +
                     e.what_without_backtrace() + "); use float32 or bfloat16");
  }
}

/// float32 is float32 on a GPU too: TF32 would round the factors of products and convolutions to 11
/// bits. Sums of 16-bit products are kept in float32, and equal work gives equal digits.
void keep_precision_on_gpu() {
  const auto set = [](auto& context) {
    context.setAllowTF32CuBLAS(false);
    context.setAllowTF32CuDNN(false);
    context.setAllowFP16ReductionCuBLAS(false);
    // LibTorch 1.13 never reduces those of bfloat16.
    if constexpr (requires { context.setAllowBF16ReductionCuBLAS(false); })
      context.setAllowBF16ReductionCuBLAS(false);
    context.setBenchmarkCuDNN(false);
    context.setDeterministicCuDNN(true);
  };
  set(at::globalContext());
}

/// Whether this LibTorch has CUDA, and the GPUs that it sees. c10 knows without CUDA's headers.
bool has_cuda() { return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA); }
int n_gpus() {
  return has_cuda() ? c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount() : 0;
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

std::string choose_device(const EvaluatorOptions& options, bool has_cuda, int n_gpus) {
  const auto& device = options.device;
  if (device != "auto" && device != "cpu" && device != "cuda")
    throw InputError("device: '" + device + "'; expected auto, cpu or cuda");
  if (device == "cpu" || (device == "auto" && n_gpus == 0)) return "cpu";
  if (n_gpus > 0) return "cuda:" + std::to_string(options.node_rank % n_gpus);
  const auto torch = "LibTorch " + torch_version();
  throw InputError("device: cuda: " +
                   (has_cuda ? torch + " sees no GPU here (nvidia-smi and CUDA_VISIBLE_DEVICES "
                                       "tell what there is)"
                             : torch + " was built without CUDA (point CMAKE_PREFIX_PATH at a "
                                       "CUDA LibTorch and build again)") +
                   "; or use auto or cpu");
}

std::string prepare_runtime(const EvaluatorOptions& options) {
  const at::Device device(choose_device(options, has_cuda(), n_gpus()));
  if (options.threads < 1)
    throw InputError("threads: " + std::to_string(options.threads) + "; expected at least 1");
  set_threads(options.threads);
  const c10::InferenceMode inference;
  if (!device.is_cpu()) keep_precision_on_gpu();
  const auto check = [&]<class T>(T, const char* type, at::ScalarType dtype) {
    check_products<T>(type, dtype);
    if (!device.is_cpu()) check_products_on<T>(device, type, dtype);
  };
  if (options.precision == "float64") {
    check(double{}, "float64", at::kDouble);
  } else {
    check(float{}, "float32", at::kFloat);
    if (options.precision == "bfloat16") check_reduced(options.precision, at::kBFloat16, device);
    if (options.precision == "float16") check_reduced(options.precision, at::kHalf, device);
  }
  return device.str();
}

}  // namespace attnsweep::model
