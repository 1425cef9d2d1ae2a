#pragma once
// Private to src/model.
#include <string>

#include "model/evaluator.hpp"

namespace attnsweep::model {

/// Sets the number of threads of LibTorch and its BLAS, resolves the device and checks that the
/// matrix product is right there in the precision asked for. Returns the device's name ("cpu",
/// "cuda:0"). Throws InputError naming the option or the remedy.
std::string prepare_runtime(const EvaluatorOptions& options);

/// The device of the options where LibTorch has CUDA or not and sees so many GPUs. Throws
/// InputError naming the option and the remedy.
std::string choose_device(const EvaluatorOptions& options, bool has_cuda, int n_gpus);

/// C = alpha · A · B (or A · Bᵀ), to which C is added where asked for; row-major: m × n from k
/// inner terms, leading dimensions in entries. The BLAS call itself, for products of a head whose
/// shape is not seen again; Tile serves the others.
void small_product(bool transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                   const float* b, int ldb, float* c, int ldc, bool add = false);
void small_product(bool transpose_b, int m, int n, int k, double alpha, const double* a, int lda,
                   const double* b, int ldb, double* c, int ldc, bool add = false);

}  // namespace attnsweep::model
