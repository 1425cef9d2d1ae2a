#include "corpus/record_choice.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/hash.hpp"

namespace attnsweep::corpus {
namespace {

// So many words are sorted at once; the rest waits for another pass over the spools.
constexpr std::int64_t most_sorted = std::int64_t{1} << 23;

bool test(const std::vector<std::uint64_t>& bits, std::int64_t n) {
  return bits.empty() || ((bits[static_cast<std::size_t>(n / 64)] >> (n % 64)) & 1) != 0;
}
void set(std::vector<std::uint64_t>& bits, std::int64_t n) {
  bits[static_cast<std::size_t>(n / 64)] |= std::uint64_t{1} << (n % 64);
}
void clear(std::vector<std::uint64_t>& bits, std::int64_t n) {
  bits[static_cast<std::size_t>(n / 64)] &= ~(std::uint64_t{1} << (n % 64));
}
std::vector<std::uint64_t> bits_for(std::int64_t n, bool value) {
  std::vector<std::uint64_t> bits(static_cast<std::size_t>((n + 63) / 64), value ? ~0ull : 0);
  if (value && n % 64 != 0) bits.back() = (std::uint64_t{1} << (n % 64)) - 1;
  return bits;
}

std::uint64_t n_passes(std::int64_t n) {
  return static_cast<std::uint64_t>((n + most_sorted - 1) / most_sorted);
}

/// Hashes that are there more than once.
std::vector<std::uint64_t> repeated_hashes(const SpooledWords& words, std::size_t most) {
  std::vector<std::uint64_t> repeated, some;
  const auto passes = n_passes(words.n_records());
  for (std::uint64_t pass = 0; pass < passes && repeated.size() < most; ++pass) {
    some.clear();
    words.each_id([&](std::int64_t, std::uint64_t hash) {
      if (hash % passes == pass) some.push_back(hash);
    });
    std::sort(some.begin(), some.end());
    for (std::size_t i = 1; i < some.size() && repeated.size() < most; ++i)
      if (some[i] == some[i - 1] && (repeated.empty() || repeated.back() != some[i]))
        repeated.push_back(some[i]);
  }
  return repeated;
}

/// The smallest of many (hash, number), as many as `capacity`.
class Smallest {
 public:
  using Entry = std::pair<std::uint64_t, std::int64_t>;
  explicit Smallest(std::int64_t capacity) : capacity_(static_cast<std::size_t>(capacity)) {}

  void offer(const Entry& entry) {
    if (heap_.size() == capacity_) {
      if (entry > heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.push_back(entry);
    std::push_heap(heap_.begin(), heap_.end());
  }
  /// From the smallest on.
  std::vector<Entry> take() {
    std::sort(heap_.begin(), heap_.end());
    return std::move(heap_);
  }

 private:
  std::size_t capacity_;
  std::vector<Entry> heap_;
};

std::vector<std::uint64_t> sampled(const SpooledWords& words, std::int64_t n,
                                   const std::vector<std::uint64_t>& candidates) {
  Smallest smallest(n);
  words.each_id([&](std::int64_t number, std::uint64_t hash) {
    if (test(candidates, number)) smallest.offer({hash, number});
  });
  auto bits = bits_for(words.n_records(), false);
  for (const auto& [hash, number] : smallest.take()) set(bits, number);
  return bits;
}

std::vector<std::uint64_t> stratified(const SpooledWords& words, std::int64_t n,
                                      const std::vector<std::uint64_t>& candidates,
                                      std::uint64_t seed) {
  std::vector<std::vector<Smallest::Entry>> by_category;
  {
    std::vector<std::uint32_t> category_of;
    category_of.reserve(static_cast<std::size_t>(words.n_records()));
    words.each_category([&](std::int64_t, std::uint64_t category) {
      category_of.push_back(static_cast<std::uint32_t>(category));
    });
    std::vector<Smallest> smallest(words.categories().size(), Smallest(n));
    words.each_id([&](std::int64_t number, std::uint64_t hash) {
      if (test(candidates, number))
        smallest[category_of[static_cast<std::size_t>(number)]].offer({hash, number});
    });
    // The order of a round must not depend on which file came first.
    std::map<std::pair<std::uint64_t, std::string>, std::size_t> order;
    for (std::size_t c = 0; c < smallest.size(); ++c)
      order[{keyed_hash(seed, words.categories()[c]), words.categories()[c]}] = c;
    for (const auto& [key, c] : order) by_category.push_back(smallest[c].take());
  }
  auto bits = bits_for(words.n_records(), false);
  for (std::size_t round = 0; n > 0; ++round) {
    bool any = false;
    for (const auto& entries : by_category) {
      if (n == 0 || round >= entries.size()) continue;
      set(bits, entries[round].second);
      any = true;
      --n;
    }
    if (!any) break;
  }
  return bits;
}

}  // namespace

std::vector<Twins> equal_ids(const SpooledWords& words, std::size_t most) {
  std::unordered_map<std::uint64_t, std::int64_t> first;
  for (const auto hash : repeated_hashes(words, most)) first[hash] = -1;
  std::vector<Twins> twins;
  if (first.empty()) return twins;
  words.each_id([&](std::int64_t number, std::uint64_t hash) {
    const auto found = first.find(hash);
    if (found == first.end()) return;
    if (found->second < 0)
      found->second = number;
    else if (twins.size() < most)
      twins.push_back({found->second, number});
  });
  return twins;
}

std::vector<std::uint64_t> without_duplicates(const SpooledWords& words, std::int64_t& n_dropped) {
  struct Entry {
    std::uint64_t a, b;
    std::int64_t number;
    auto operator<=>(const Entry&) const = default;
  };
  auto bits = bits_for(words.n_records(), true);
  std::vector<Entry> some;
  const auto passes = n_passes(words.n_records());
  for (std::uint64_t pass = 0; pass < passes; ++pass) {
    some.clear();
    words.each_content([&](std::int64_t number, std::uint64_t a, std::uint64_t b) {
      if ((a != 0 || b != 0) && b % passes == pass) some.push_back({a, b, number});
    });
    std::sort(some.begin(), some.end());
    for (std::size_t i = 1; i < some.size(); ++i) {
      if (some[i].a != some[i - 1].a || some[i].b != some[i - 1].b) continue;
      clear(bits, some[i].number);
      ++n_dropped;
    }
  }
  return bits;
}

Selection choose_records(const CorpusEntry& entry, std::uint64_t study_seed,
                         const SpooledWords& words, std::int64_t& n_dropped) {
  const auto n = words.n_records();
  n_dropped = 0;
  std::vector<std::uint64_t> bits;
  if (entry.deduplicate) bits = without_duplicates(words, n_dropped);
  if (n_dropped == 0) bits.clear();
  if (entry.sample && *entry.sample < n - n_dropped)
    bits = entry.stratify ? stratified(words, *entry.sample, bits, study_seed)
                          : sampled(words, *entry.sample, bits);
  return bits.empty() ? Selection(n) : Selection(n, std::move(bits));
}

}  // namespace attnsweep::corpus
