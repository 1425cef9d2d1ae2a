#pragma once
// Private to src/model.
#include <cstdint>

namespace attnsweep::model {

/// A product of matrices so small that a call of BLAS would cost more than the work: row-major
/// C (rows × columns) ← A (rows × depth) · B (depth × columns), or C ← C + A · B. libxsmm compiles
/// the kernel of a shape when it is first asked for (15 µs) and keeps it. T is float or double.
template <class T>
class Tile {
 public:
  struct Shape {
    std::int64_t rows, columns, depth;
    std::int64_t a, b, c;  ///< entries from row to row
    bool add;
    bool operator==(const Shape&) const = default;
  };
  Tile() = default;
  explicit Tile(const Shape& shape);
  void operator()(const T* a, const T* b, T* c) const;

 private:
  using Kernel = void (*)(const T* b, const T* a, T* c, ...);
  Kernel kernel_ = nullptr;  ///< null: libxsmm has none for this shape and processor
  Shape shape_{};
};

/// out (columns × rows, `to` from row to row) ← the transpose of in (rows × columns, `from`).
template <class T>
void transpose(const T* in, std::int64_t rows, std::int64_t columns, std::int64_t from, T* out,
               std::int64_t to);

}  // namespace attnsweep::model
