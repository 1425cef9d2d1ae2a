#include "reduce/documents.hpp"

#include <algorithm>
#include <functional>

#include "base/hash.hpp"

namespace attnsweep::reduce {
namespace {

constexpr std::size_t block_size = 1 << 20;

std::size_t slot_of(std::string_view id, std::size_t n_slots) {
  return std::hash<std::string_view>()(id) % n_slots;
}

}  // namespace

std::string_view Documents::id(std::uint32_t number) const {
  const Start& s = starts_[number];
  return {blocks_[s.block].data() + s.offset, s.length};
}

void Documents::grow_slots() {
  slots_.assign(std::max<std::size_t>(64, 3 * (starts_.size() + 1)), 0);
  for (std::uint32_t k = 0; k < starts_.size(); ++k) {
    std::size_t at = slot_of(id(k), slots_.size());
    while (slots_[at]) at = (at + 1) % slots_.size();
    slots_[at] = k + 1;
  }
}

void Documents::add_group(std::uint32_t number) {
  const std::uint64_t hash = keyed_hash(rule_.seed, id(number));
  groups_.push_back(static_cast<std::uint32_t>(hash % static_cast<std::uint64_t>(rule_.max_units)));
}

std::uint32_t Documents::number(std::string_view name) {
  if (3 * (starts_.size() + 1) > 2 * slots_.size()) grow_slots();
  std::size_t at = slot_of(name, slots_.size());
  while (slots_[at]) {
    if (id(slots_[at] - 1) == name) return slots_[at] - 1;
    at = (at + 1) % slots_.size();
  }
  if (blocks_.empty() || blocks_.back().size() + name.size() > blocks_.back().capacity()) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(block_size, name.size()));
  }
  std::vector<char>& block = blocks_.back();
  starts_.push_back({static_cast<std::uint32_t>(blocks_.size() - 1),
                     static_cast<std::uint32_t>(block.size()),
                     static_cast<std::uint32_t>(name.size())});
  block.insert(block.end(), name.begin(), name.end());
  const auto number = static_cast<std::uint32_t>(starts_.size() - 1);
  slots_[at] = number + 1;
  if (static_cast<std::int64_t>(starts_.size()) > rule_.max_units)
    while (groups_.size() < starts_.size()) add_group(static_cast<std::uint32_t>(groups_.size()));
  return number;
}

}  // namespace attnsweep::reduce
