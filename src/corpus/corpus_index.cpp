#include "corpus/corpus_index.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace attnsweep::corpus {
namespace {

/// Decoded bytes before a record of a file, between its marks in proportion.
double bytes_before(const IndexedFile& file, std::int64_t number) {
  const auto after =
      std::upper_bound(file.marks.begin(), file.marks.end(), number,
                       [](std::int64_t n, const Mark& mark) { return n < mark.number; });
  const auto begin = after == file.marks.begin() ? Mark{} : *(after - 1);
  if (after == file.marks.end()) return static_cast<double>(begin.byte);
  return static_cast<double>(begin.byte) + static_cast<double>(after->byte - begin.byte) *
                                               static_cast<double>(number - begin.number) /
                                               static_cast<double>(after->number - begin.number);
}

}  // namespace

std::int64_t CorpusIndex::n_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& file : files) bytes += file.n_bytes;
  return bytes;
}

double CorpusIndex::block_bytes(std::int64_t first, std::int64_t n) const {
  const auto begin = first * records_per_block;
  const auto end = std::min((first + n) * records_per_block, n_selected());
  if (begin >= end) return 0;
  const auto from = selection.nth(begin);
  const auto to = selection.nth(end - 1) + 1;
  double bytes = 0;
  std::int64_t before = 0;
  for (const auto& file : files) {
    const auto a = std::clamp<std::int64_t>(from - before, 0, file.n_records);
    const auto b = std::clamp<std::int64_t>(to - before, 0, file.n_records);
    if (b > a) bytes += bytes_before(file, b) - bytes_before(file, a);
    before += file.n_records;
  }
  // Of the records between the first and the last of the blocks these are selected.
  return bytes * static_cast<double>(end - begin) / static_cast<double>(to - from);
}

std::string CorpusIndex::digest() const {
  Digest digest;
  for (const auto& file : files) digest.add(file.digest).add("\n");
  return digest.hex();
}

}  // namespace attnsweep::corpus
