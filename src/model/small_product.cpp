#include "model/runtime.hpp"

// BLAS's own interface: the same symbols in OpenBLAS, MKL and the reference library.
extern "C" {
void sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
            const float* beta, float* c, const int* ldc);
void dgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const double* alpha, const double* a, const int* lda, const double* b, const int* ldb,
            const double* beta, double* c, const int* ldc);
}

namespace attnsweep::model {

// BLAS counts columns first: a row-major C = A · op(B) is Cᵀ = op(B)ᵀ · Aᵀ there.
void small_product(bool transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                   const float* b, int ldb, float* c, int ldc, bool add) {
  const float beta = add ? 1 : 0;
  sgemm_(transpose_b ? "T" : "N", "N", &n, &m, &k, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
}

void small_product(bool transpose_b, int m, int n, int k, double alpha, const double* a, int lda,
                   const double* b, int ldb, double* c, int ldc, bool add) {
  const double beta = add ? 1 : 0;
  dgemm_(transpose_b ? "T" : "N", "N", &n, &m, &k, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
}

}  // namespace attnsweep::model
