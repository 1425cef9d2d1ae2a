#include "reduce/common.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace attnsweep::reduce {
namespace {

constexpr std::size_t absent = static_cast<std::size_t>(-1);

auto order_of(const SequenceKey& key) { return std::tie(key.record, key.window); }

}  // namespace

CommonSequences::CommonSequences(std::vector<Member> members) : members_(std::move(members)) {
  std::map<std::pair<std::string, std::int64_t>, std::size_t> cuts;
  for (const Member& m : members_) {
    const CellInfo& info = m.model->info;
    cut_alike_.push_back(
        cuts.try_emplace({info.tokenizer_digest, info.token_limit}, cuts.size()).first->second);
  }
  one_cut_ = cuts.size() == 1;
  for (std::size_t k = 0; k < members_.size() && !one_cut_; ++k)
    for (const SequenceKey& key : *members_[k].model->keys)
      if (key.window > 0) windowed_.push_back(key.record);
  std::sort(windowed_.begin(), windowed_.end());
  windowed_.erase(std::unique(windowed_.begin(), windowed_.end()), windowed_.end());

  not_common_.assign(members_.size(), 0);
  merge([&](std::span<const std::size_t> places) {
    if (common(places)) {
      ++size_;
      return;
    }
    bool any = false;
    for (std::size_t k = 0; k < members_.size(); ++k) {
      if (!used(k, places[k])) continue;
      ++not_common_[k];
      any = true;
    }
    any_not_common_ += any;
  });
}

bool CommonSequences::used(std::size_t member, std::size_t place) const {
  return place != absent && !std::isnan(members_[member].series->lambda[place]);
}

bool CommonSequences::common(std::span<const std::size_t> places) const {
  for (std::size_t k = 0; k < members_.size(); ++k)
    if (!used(k, places[k])) return false;
  const auto key = [&](std::size_t k) -> const SequenceKey& {
    return (*members_[k].model->keys)[places[k]];
  };
  if (one_cut_) {
    for (std::size_t k = 1; k < members_.size(); ++k)
      if (key(k).n_tokens != key(0).n_tokens || key(k).n_full != key(0).n_full) return false;
    return true;
  }
  if (std::binary_search(windowed_.begin(), windowed_.end(), key(0).record)) return false;
  for (std::size_t k = 0; k < members_.size(); ++k)
    if (key(k).n_tokens != key(k).n_full) return false;
  return true;
}

void CommonSequences::merge(const std::function<void(std::span<const std::size_t>)>& use) const {
  const std::size_t n = members_.size();
  std::vector<std::size_t> next(n, 0), places(n);
  bool shared = true;
  for (const Member& m : members_) shared &= m.model->keys == members_[0].model->keys;
  if (shared) {
    for (std::size_t s = 0; s < members_[0].model->keys->size(); ++s) {
      places.assign(n, s);
      use(places);
    }
    return;
  }
  const auto left = [&](std::size_t k) { return next[k] < members_[k].model->keys->size(); };
  const auto key = [&](std::size_t k) -> const SequenceKey& {
    return (*members_[k].model->keys)[next[k]];
  };
  while (true) {
    std::size_t first = absent;
    for (std::size_t k = 0; k < n; ++k)
      if (left(k) && (first == absent || order_of(key(k)) < order_of(key(first)))) first = k;
    if (first == absent) return;
    const SequenceKey& lowest = key(first);
    for (std::size_t k = 0; k < n; ++k)
      places[k] = left(k) && order_of(key(k)) == order_of(lowest) ? next[k] : absent;
    use(places);
    for (std::size_t k = 0; k < n; ++k) next[k] += places[k] != absent;
  }
}

void CommonSequences::for_each(const Use& use) const {
  merge([&](std::span<const std::size_t> places) {
    if (common(places)) use((*members_[0].model->keys)[places[0]].document, places);
  });
}

UnitTable CommonSequences::sums(int n_columns, const Documents& documents, const Fill& fill) const {
  UnitSums out(n_columns, documents);
  std::vector<double> x(n_columns);
  const Use add = [&](std::uint32_t document, std::span<const std::size_t> places) {
    fill(places, x);
    out.add(document, x);
  };
  for_each(add);
  if (out.needs_second_round()) {
    out.start_second_round();
    for_each(add);
  }
  return out.finish();
}

}  // namespace attnsweep::reduce
