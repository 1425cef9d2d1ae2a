// A BLAS whose float product is slightly wrong, preloaded to see that loading a model notices:
// OpenBLAS has picked kernels that miscompute on processors younger than itself.
#include <dlfcn.h>

extern "C" void sgemm_(const char* transa, const char* transb, const int* m, const int* n,
                       const int* k, const float* alpha, const float* a, const int* lda,
                       const float* b, const int* ldb, const float* beta, float* c,
                       const int* ldc) {
  using Product = void (*)(const char*, const char*, const int*, const int*, const int*,
                           const float*, const float*, const int*, const float*, const int*,
                           const float*, float*, const int*);
  static const auto real = reinterpret_cast<Product>(::dlsym(RTLD_NEXT, "sgemm_"));
  real(transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  if (*m > 16) c[16] *= 1.001F;
}
