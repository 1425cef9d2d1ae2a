#pragma once
// Private to src/model.
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "spec/positions.hpp"

namespace attnsweep::model {

/// Sines and cosines of the positions 0 … n − 1, rows of `pairs`.
template <class T>
struct Angles {
  std::int64_t pairs = 0;
  bool neighbours = false;
  const T* cos = nullptr;
  const T* sin = nullptr;
};

/// The tables of a model's rotations, taken in double and kept from sequence to sequence.
template <class T>
class AngleTables {
 public:
  explicit AngleTables(std::vector<spec::Rotation> rotations) : rotations_(std::move(rotations)) {}
  /// For a sequence of n tokens; valid until the next call.
  Angles<T> get(std::int64_t rotation, std::int64_t n);

 private:
  struct Table {
    std::int64_t rows = 0;
    std::vector<T> cos, sin;
  };
  static void fill(Table& table, std::int64_t n, const std::vector<double>& speeds, double factor);

  const std::vector<spec::Rotation> rotations_;
  /// By rotation and variant: 0 as it is, 1 long, n of a dynamic one.
  std::map<std::pair<std::int64_t, std::int64_t>, Table> tables_;
};

/// Turns the first 2 · pairs columns of each head of row i by the angles of position i.
template <class T>
void rotate_rows(T* x, std::int64_t rows, std::int64_t heads, std::int64_t head_size,
                 const Angles<T>& angles);

extern template class AngleTables<float>;
extern template class AngleTables<double>;

}  // namespace attnsweep::model
