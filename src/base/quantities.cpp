#include "base/quantities.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace attnsweep {
namespace {

template <class T>
using Names = std::vector<std::pair<T, std::string_view>>;

const Names<Norm>& norms() {
  static const Names<Norm> table{{Norm::frobenius, "frobenius"},
                                 {Norm::spectral, "spectral"},
                                 {Norm::nuclear, "nuclear"},
                                 {Norm::l1, "l1"},
                                 {Norm::linf, "linf"},
                                 {Norm::max, "max"},
                                 {Norm::tv, "tv"},
                                 {Norm::js, "js"},
                                 {Norm::cosine, "cosine"}};
  return table;
}
const Names<View>& views() {
  static const Names<View> table{{View::keep, "keep"}, {View::drop, "drop"}};
  return table;
}
const Names<Heads>& heads_table() {
  static const Names<Heads> table{{Heads::mean, "mean"}, {Heads::each, "each"}};
  return table;
}
const Names<Observable>& observables() {
  static const Names<Observable> table{{Observable::entropy, "entropy"},
                                       {Observable::effective_rank, "effective_rank"},
                                       {Observable::spectral_gap, "spectral_gap"},
                                       {Observable::rank_one_residual, "rank_one_residual"}};
  return table;
}
const Names<Reason>& reasons() {
  static const Names<Reason> table{{Reason::measured, "measured"},
                                   {Reason::too_short, "too_short"},
                                   {Reason::too_long, "too_long"},
                                   {Reason::skipped, "skipped"},
                                   {Reason::bad_record, "bad_record"},
                                   {Reason::id_out_of_vocabulary, "id_out_of_vocabulary"},
                                   {Reason::too_many_positions, "too_many_positions"},
                                   {Reason::not_finite, "not_finite"}};
  return table;
}

template <class T>
std::string_view name_in(const Names<T>& table, T value) {
  for (const auto& [key, text] : table)
    if (key == value) return text;
  return "?";
}

template <class T>
std::optional<T> value_in(const Names<T>& table, std::string_view text) {
  for (const auto& [key, known] : table)
    if (known == text) return key;
  return std::nullopt;
}

template <class T>
std::vector<T> keys(const Names<T>& table) {
  std::vector<T> all;
  for (const auto& entry : table) all.push_back(entry.first);
  return all;
}

template <class T>
std::vector<T> merged(std::vector<T> a, const std::vector<T>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  a.erase(std::unique(a.begin(), a.end()), a.end());
  return a;
}

template <class T>
bool contains_all(const std::vector<T>& have, const std::vector<T>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const T& x) {
    return std::find(have.begin(), have.end(), x) != have.end();
  });
}

}  // namespace

std::string_view name(Norm x) { return name_in(norms(), x); }
std::string_view name(View x) { return name_in(views(), x); }
std::string_view name(Heads x) { return name_in(heads_table(), x); }
std::string_view name(Observable x) { return name_in(observables(), x); }
std::string_view name(Reason x) { return name_in(reasons(), x); }

const std::vector<Norm>& all_norms() {
  static const auto all = keys(norms());
  return all;
}
const std::vector<Observable>& all_observables() {
  static const auto all = keys(observables());
  return all;
}

std::optional<Norm> norm_from(std::string_view text) { return value_in(norms(), text); }
std::optional<View> view_from(std::string_view text) { return value_in(views(), text); }
std::optional<Heads> heads_from(std::string_view text) { return value_in(heads_table(), text); }
std::optional<Observable> observable_from(std::string_view text) {
  return value_in(observables(), text);
}

std::vector<Series> MeasureSet::series() const {
  std::vector<Series> all;
  for (const auto view : views)
    for (const auto head : heads)
      for (const auto norm : norms) all.push_back({view, head, norm});
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool covers(const MeasureSet& have, const MeasureSet& wanted) {
  return contains_all(have.norms, wanted.norms) && contains_all(have.heads, wanted.heads) &&
         contains_all(have.views, wanted.views) &&
         contains_all(have.observables, wanted.observables);
}

MeasureSet united(const MeasureSet& a, const MeasureSet& b) {
  return {merged(a.norms, b.norms), merged(a.heads, b.heads), merged(a.views, b.views),
          merged(a.observables, b.observables)};
}

std::optional<Reason> reason_from(int number) {
  for (const auto& entry : reasons())
    if (static_cast<int>(entry.first) == number) return entry.first;
  return std::nullopt;
}

bool is_failure(Reason reason) { return static_cast<int>(reason) >= 100; }

}  // namespace attnsweep
