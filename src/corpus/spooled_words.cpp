#include "corpus/spooled_words.hpp"

#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "corpus/spool.hpp"

namespace attnsweep::corpus {

SpooledWords::SpooledWords(std::filesystem::path folder, int n_parts, std::size_t n_files)
    : folder_(std::move(folder)), sections_(n_files), files_(n_files) {
  std::map<std::string, std::uint64_t> numbers;
  std::size_t n_found = 0;
  for (int p = 0; p < n_parts; ++p) {
    auto part = ScanPart::from_bytes(read_file(part_file(folder_, p)));
    for (auto& file : part.files) {
      const auto f = static_cast<std::size_t>(file.number);
      require(f < n_files && sections_[f].n_records == 0, "a file of an index is there twice");
      sections_[f] = {p, file.begin, file.indexed.n_records};
      n_records_ += file.indexed.n_records;
      files_[f] = std::move(file.indexed);
      ++n_found;
    }
    auto& common = category_numbers_.emplace_back();
    for (const auto& category : part.categories) {
      const auto [at, is_new] = numbers.emplace(category, numbers.size());
      if (is_new) categories_.push_back(category);
      common.push_back(at->second);
    }
    for (auto& candidate : part.candidates) candidates_.push_back(std::move(candidate));
  }
  require(n_found == n_files, "the parts of an index lack a file");
}

std::vector<IndexedFile> SpooledWords::take_files() { return std::move(files_); }
std::vector<Candidate> SpooledWords::take_candidates() { return std::move(candidates_); }

void SpooledWords::each(Column column, std::int64_t words_of_record, const Visit& visit) const {
  std::int64_t number = 0;
  for (const auto& section : sections_)
    read_spool(spool_file(folder_, section.part, column), section.begin * words_of_record,
               section.n_records * words_of_record,
               [&](std::uint64_t word) { visit(number++, word); });
}

void SpooledWords::each_id(const Visit& visit) const { each(Column::ids, 1, visit); }

void SpooledWords::each_content(const VisitPair& visit) const {
  std::uint64_t first = 0;
  each(Column::contents, 2, [&](std::int64_t number, std::uint64_t word) {
    if (number % 2 == 0)
      first = word;
    else
      visit(number / 2, first, word);
  });
}

void SpooledWords::each_category(const Visit& visit) const {
  std::int64_t number = 0;
  for (const auto& section : sections_) {
    const auto& common = category_numbers_[static_cast<std::size_t>(section.part)];
    read_spool(spool_file(folder_, section.part, Column::categories), section.begin,
               section.n_records, [&](std::uint64_t word) { visit(number++, common.at(word)); });
  }
}

}  // namespace attnsweep::corpus
