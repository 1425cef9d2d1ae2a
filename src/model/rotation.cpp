#include "model/rotation.hpp"

#include <cmath>

#include "model/lanes.hpp"

namespace attnsweep::model {
namespace {

/// NTK-aware speeds of a sequence longer than the positions the model was made for.
std::vector<double> dynamic_speeds(const spec::Rotation& rotation, std::int64_t n) {
  const auto pairs = static_cast<double>(rotation.speeds.size());
  const double f = rotation.dynamic_factor;
  const double longer = f * static_cast<double>(n) / static_cast<double>(rotation.dynamic_above);
  const double base = rotation.base * std::pow(longer - (f - 1), pairs / (pairs - 1));
  std::vector<double> speeds;
  for (std::size_t j = 0; j < rotation.speeds.size(); ++j)
    speeds.push_back(std::pow(base, -static_cast<double>(j) / pairs));
  return speeds;
}

template <class T>
ATTNSWEEP_INLINE void rotate_body(T* x, std::int64_t rows, std::int64_t heads,
                                  std::int64_t head_size, const Angles<T>& angles) {
  const auto pairs = angles.pairs;
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* c = angles.cos + i * pairs;
    const T* s = angles.sin + i * pairs;
    for (std::int64_t head = 0; head < heads; ++head) {
      T* a = x + (i * heads + head) * head_size;
      if (angles.neighbours) {
        for (std::int64_t j = 0; j < pairs; ++j) {
          const T left = a[2 * j], right = a[2 * j + 1];
          a[2 * j] = left * c[j] - right * s[j];
          a[2 * j + 1] = right * c[j] + left * s[j];
        }
        continue;
      }
      T* b = a + pairs;
      for (std::int64_t j = 0; j < pairs; ++j) {
        const T left = a[j], right = b[j];
        a[j] = left * c[j] - right * s[j];
        b[j] = right * c[j] + left * s[j];
      }
    }
  }
}

}  // namespace

template <class T>
void AngleTables<T>::fill(Table& table, std::int64_t n, const std::vector<double>& speeds,
                          double factor) {
  for (; table.rows < n; ++table.rows)
    for (const double speed : speeds) {
      const double angle = static_cast<double>(table.rows) * speed;
      table.cos.push_back(static_cast<T>(factor * std::cos(angle)));
      table.sin.push_back(static_cast<T>(factor * std::sin(angle)));
    }
}

template <class T>
Angles<T> AngleTables<T>::get(std::int64_t which, std::int64_t n) {
  const auto& rotation = rotations_[static_cast<std::size_t>(which)];
  const bool longer = rotation.long_above > 0 && n > rotation.long_above;
  const bool dynamic = rotation.dynamic_factor > 0 && n > rotation.dynamic_above;
  // One table at a time of those that serve a single length.
  if (dynamic)
    std::erase_if(tables_, [&](const auto& entry) {
      return entry.first.first == which && entry.first.second > 1 && entry.first.second != n;
    });
  auto& table = tables_[{which, dynamic ? n : longer ? 1 : 0}];
  if (table.rows < n) {
    if (dynamic)
      fill(table, n, dynamic_speeds(rotation, n), rotation.factor);
    else
      fill(table, n, longer ? rotation.long_speeds : rotation.speeds,
           longer ? rotation.long_factor : rotation.factor);
  }
  return {std::ssize(rotation.speeds), rotation.neighbours, table.cos.data(), table.sin.data()};
}

template <>
ATTNSWEEP_CLONES void rotate_rows<float>(float* x, std::int64_t rows, std::int64_t heads,
                                         std::int64_t head_size, const Angles<float>& angles) {
  rotate_body(x, rows, heads, head_size, angles);
}
template <>
void rotate_rows<double>(double* x, std::int64_t rows, std::int64_t heads, std::int64_t head_size,
                         const Angles<double>& angles) {
  rotate_body(x, rows, heads, head_size, angles);
}

template class AngleTables<float>;
template class AngleTables<double>;

}  // namespace attnsweep::model
