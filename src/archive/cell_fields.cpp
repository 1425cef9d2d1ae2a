#include "archive/cell_fields.hpp"

#include <stdexcept>

namespace attnsweep::archive {
namespace {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& values) {
  std::vector<std::string> names;
  for (const auto value : values) names.emplace_back(name(value));
  return names;
}

template <class T>
std::vector<T> values_of(const std::vector<std::string>& names, const std::string& list,
                         std::optional<T> (*from)(std::string_view)) {
  std::vector<T> values;
  for (const auto& text : names) {
    const auto value = from(text);
    if (!value) throw std::runtime_error("'" + list + "' holds the unknown name '" + text + "'");
    values.push_back(*value);
  }
  return values;
}

}  // namespace

void for_each_list(
    const MeasureSet& measure,
    const std::function<void(const std::string&, const std::vector<std::string>&)>& use) {
  use("norms", names_of(measure.norms));
  use("heads", names_of(measure.heads));
  use("views", names_of(measure.views));
  use("observables", names_of(measure.observables));
}

MeasureSet measure_from(const std::function<std::vector<std::string>(const std::string&)>& get) {
  return {values_of(get("norms"), "norms", norm_from), values_of(get("heads"), "heads", heads_from),
          values_of(get("views"), "views", view_from),
          values_of(get("observables"), "observables", observable_from)};
}

}  // namespace attnsweep::archive
