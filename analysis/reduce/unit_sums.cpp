#include "reduce/unit_sums.hpp"

#include <algorithm>
#include <numeric>

namespace attnsweep::reduce {

double UnitTable::df() const {
  return std::max(1.0, std::min(static_cast<double>(size), unit_eff) - 1);
}

std::vector<double> UnitTable::column(int k) const {
  std::vector<double> out(size);
  for (std::size_t u = 0; u < size; ++u) out[u] = x[u * n_columns + k];
  return out;
}

UnitSums::UnitSums(int n_columns, const Documents& documents, bool by_document)
    : n_columns_(n_columns), documents_(documents), by_document_(by_document) {}

/// From one row a document to one row a group. Exact sums add up exactly, so the result is that of
/// having grouped from the start.
void UnitSums::fold() {
  grouped_ = true;
  counting_only_ = by_document_;
  std::vector<ExactSum> folded;
  if (!counting_only_) {
    folded.resize(static_cast<std::size_t>(documents_.rule().max_units) * n_columns_);
    for (const auto& [document, from] : rows_) {
      ExactSum* target =
          folded.data() + static_cast<std::size_t>(documents_.group(document)) * n_columns_;
      for (int k = 0; k < n_columns_; ++k)
        target[k].add(sums_[static_cast<std::size_t>(from) * n_columns_ + k]);
    }
  }
  sums_ = std::move(folded);
  rows_ = {};
}

ExactSum* UnitSums::row(std::uint32_t document) {
  if (grouped_)
    return sums_.data() + static_cast<std::size_t>(documents_.group(document)) * n_columns_;
  const auto at = rows_.try_emplace(document, static_cast<std::uint32_t>(rows_.size()));
  if (at.second) sums_.resize(rows_.size() * n_columns_);
  return sums_.data() + static_cast<std::size_t>(at.first->second) * n_columns_;
}

void UnitSums::add(std::uint32_t document, std::span<const double> x) {
  if (weighted_) {
    ExactSum* target = row(document);
    const double count = counts_[document];
    for (int k = 0; k < n_columns_; ++k) target[k].add(x[k] / count);
    return;
  }
  if (document >= counts_.size()) counts_.resize(std::max<std::size_t>(document + 1, 64), 0);
  if (counts_[document]++ == 0 && ++n_documents_ > documents_.rule().max_units && !grouped_) fold();
  if (counting_only_) return;
  ExactSum* target = row(document);
  for (int k = 0; k < n_columns_; ++k) target[k].add(x[k]);
}

void UnitSums::start_second_round() {
  counting_only_ = false;
  weighted_ = true;
  sums_.assign(static_cast<std::size_t>(documents_.rule().max_units) * n_columns_, {});
}

namespace {

/// (Σ n)² / Σ n² of non-negative weights.
double effective_number(const std::vector<double>& n) {
  ExactSum sum, square;
  for (double x : n) sum.add(x);
  const double mean = sum.value() / static_cast<double>(n.size());
  // Relative to the mean, so that the squares stay inside the exact sum's range.
  for (double x : n) square.add(x / mean * (x / mean));
  const double count = static_cast<double>(n.size());
  return count * count / square.value();
}

}  // namespace

UnitTable UnitSums::finish() const {
  UnitTable out;
  out.n_columns = n_columns_;
  out.n_clusters = n_documents_;
  out.grouped = grouped_;
  out.total.assign(n_columns_, 0);
  if (n_documents_ == 0) return out;
  std::vector<double> cluster_weights;
  std::vector<double> group_weights(grouped_ ? documents_.rule().max_units : 0, 0);
  for (std::uint32_t c = 0; c < counts_.size(); ++c) {
    if (counts_[c] == 0) continue;
    out.n_sequences += counts_[c];
    cluster_weights.push_back(by_document_ ? 1 : counts_[c]);
    if (grouped_) group_weights[documents_.group(c)] += cluster_weights.back();
  }
  out.j_eff = effective_number(cluster_weights);

  std::vector<std::pair<std::uint32_t, std::size_t>> units;  // (document or group, row of sums)
  if (grouped_) {
    for (std::uint32_t g = 0; g < group_weights.size(); ++g)
      if (group_weights[g] > 0) units.emplace_back(g, g);
  } else {
    units.assign(rows_.begin(), rows_.end());
    // The order of bytes, as unsigned: the order of the definition.
    std::sort(units.begin(), units.end(), [&](const auto& a, const auto& b) {
      return documents_.id(a.first) < documents_.id(b.first);
    });
  }
  out.size = units.size();
  out.x.resize(out.size * n_columns_);
  std::vector<ExactSum> totals(n_columns_);
  for (std::size_t u = 0; u < units.size(); ++u) {
    const ExactSum* sum = sums_.data() + units[u].second * n_columns_;
    const bool divide = by_document_ && !grouped_;
    const double count = divide ? counts_[units[u].first] : 1;
    out.n.push_back(grouped_ ? group_weights[units[u].first]
                             : (by_document_ ? 1 : counts_[units[u].first]));
    for (int k = 0; k < n_columns_; ++k) {
      const double value = sum[k].value() / count;
      out.x[u * n_columns_ + k] = value;
      if (divide)
        totals[k].add(value);
      else
        totals[k].add(sum[k]);
    }
  }
  for (int k = 0; k < n_columns_; ++k) out.total[k] = totals[k].value();
  out.total_n = std::accumulate(out.n.begin(), out.n.end(), 0.0);
  out.unit_eff = grouped_ ? effective_number(out.n) : out.j_eff;
  return out;
}

}  // namespace attnsweep::reduce
