#pragma once
#include <complex>
#include <vector>

namespace attnsweep::measure {

/// Singular values of a dense rows × columns matrix in descending order (LAPACK dgesdd, the
/// storage order does not matter). The matrix is used up. Every entry must be finite.
std::vector<double> singular_values(std::vector<double>& matrix, int rows, int columns);

/// Eigenvalues of a dense row-major n × n matrix in no particular order (LAPACK dgeev). The matrix
/// is used up. Every entry must be finite.
std::vector<std::complex<double>> eigenvalues(std::vector<double>& matrix, int n);

}  // namespace attnsweep::measure
