#include "model/tile.hpp"

#include <libxsmm.h>

#include <type_traits>

#include "model/runtime.hpp"

namespace attnsweep::model {

// libxsmm counts columns first: a row-major C = A · B is Cᵀ = Bᵀ · Aᵀ there.
template <class T>
Tile<T>::Tile(const Shape& shape) : shape_(shape) {
  const auto whole = [](std::int64_t x) { return static_cast<libxsmm_blasint>(x); };
  const auto m = whole(shape.columns), n = whole(shape.rows), k = whole(shape.depth);
  const auto lda = whole(shape.b), ldb = whole(shape.a), ldc = whole(shape.c);
  const T alpha = 1, beta = shape.add ? T{1} : T{0};
  const int flags = LIBXSMM_GEMM_FLAG_NONE, prefetch = LIBXSMM_PREFETCH_NONE;
  if constexpr (std::is_same_v<T, float>)
    kernel_ = libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
  else
    kernel_ = libxsmm_dmmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
}

template <class T>
void Tile<T>::operator()(const T* a, const T* b, T* c) const {
  if (kernel_)
    kernel_(b, a, c);
  else
    small_product(false, int(shape_.rows), int(shape_.columns), int(shape_.depth), T{1}, a,
                  int(shape_.a), b, int(shape_.b), c, int(shape_.c), shape_.add);
}

template <class T>
void transpose(const T* in, std::int64_t rows, std::int64_t columns, std::int64_t from, T* out,
               std::int64_t to) {
  const auto whole = [](std::int64_t x) { return static_cast<libxsmm_blasint>(x); };
  libxsmm_otrans(out, in, sizeof(T), whole(columns), whole(rows), whole(from), whole(to));
}

template class Tile<float>;
template class Tile<double>;
template void transpose<float>(const float*, std::int64_t, std::int64_t, std::int64_t, float*,
                               std::int64_t);
template void transpose<double>(const double*, std::int64_t, std::int64_t, std::int64_t, double*,
                                std::int64_t);

}  // namespace attnsweep::model
