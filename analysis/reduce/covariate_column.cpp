#include "reduce/covariate_column.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/files.hpp"

namespace attnsweep::reduce {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_levels = 1000;

/// Whether the whole text is a number.
bool reads_as(std::string_view text, double& number) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

}  // namespace

void CovariateColumn::add(std::string_view text) {
  double number = missing;
  const bool is_number = text.empty() || reads_as(text, number);
  if (!std::isfinite(number) && is_number) {
    values_.push_back(missing);
    return;
  }
  if (!is_number && numeric_) become_categories();
  values_.push_back(numeric_ ? number : level(is_number ? shortest(number) : std::string(text)));
}

void CovariateColumn::become_categories() {
  numeric_ = false;
  for (double& x : values_)
    if (!std::isnan(x)) x = level(shortest(x));
}

double CovariateColumn::level(const std::string& text) {
  if (too_many_) return missing;
  const auto at = numbers_.try_emplace(text, numbers_.size());
  if (numbers_.size() > most_levels) {
    too_many_ = true;
    numbers_.clear();
    return missing;
  }
  return static_cast<double>(at.first->second);
}

void CovariateColumn::reorder(const std::vector<std::size_t>& order) {
  std::vector<double> sorted(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) sorted[k] = values_[order[k]];
  values_ = std::move(sorted);
}

void CovariateColumn::finish() {
  if (too_many_) values_.assign(values_.size(), missing);
  std::vector<double> sorted(numbers_.size());
  for (const auto& [text, number] : numbers_) {
    sorted[number] = static_cast<double>(levels_.size());
    levels_.push_back(text);
  }
  numbers_.clear();
  for (double& x : values_)
    if (!numeric_ && !std::isnan(x)) x = sorted[static_cast<std::size_t>(x)];
}

}  // namespace attnsweep::reduce
