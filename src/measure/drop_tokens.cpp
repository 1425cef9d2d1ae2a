#include <cstddef>
#include <string>

#include "base/error.hpp"
#include "measure/measure.hpp"

namespace attnsweep::measure {

template <class T>
DroppedView<T> drop_tokens(const T* p, int n, std::span<const std::uint8_t> special) {
  require(special.size() == static_cast<std::size_t>(n),
          "drop_tokens: " + std::to_string(special.size()) + " flags for " + std::to_string(n) +
              " tokens");
  std::vector<std::size_t> kept;
  for (std::size_t t = 0; t < special.size(); ++t) {
    if (special[t] == 0) kept.push_back(t);
  }
  DroppedView<T> view;
  view.n = static_cast<int>(kept.size());
  view.matrix.resize(kept.size() * kept.size());
  view.empty_row.assign(kept.size(), 0);
  T* out = view.matrix.data();
  for (std::size_t j = 0; j < kept.size(); ++j, out += kept.size()) {
    const T* row = p + kept[j] * special.size();
    double mass = 0;
    for (std::size_t k : kept) mass += static_cast<double>(row[k]);
    view.empty_row[j] = static_cast<std::uint8_t>(mass == 0);
    for (std::size_t k = 0; k < kept.size(); ++k) {
      out[k] = mass == 0 ? T{0} : static_cast<T>(static_cast<double>(row[kept[k]]) / mass);
    }
  }
  return view;
}

template DroppedView<float> drop_tokens(const float*, int, std::span<const std::uint8_t>);
template DroppedView<double> drop_tokens(const double*, int, std::span<const std::uint8_t>);

}  // namespace attnsweep::measure
