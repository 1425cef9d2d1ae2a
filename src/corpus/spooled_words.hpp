#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "corpus/index_scan.hpp"

namespace attnsweep::corpus {

/// The parts of a scan with their words, in the order of the corpus's files.
class SpooledWords {
 public:
  /// Throws InputError where the parts do not have each of `n_files` files once.
  SpooledWords(std::filesystem::path folder, int n_parts, std::size_t n_files);

  std::vector<IndexedFile> take_files();
  std::vector<Candidate> take_candidates();
  std::int64_t n_records() const { return n_records_; }

  using Visit = std::function<void(std::int64_t number, std::uint64_t word)>;
  using VisitPair = std::function<void(std::int64_t number, std::uint64_t a, std::uint64_t b)>;
  /// The keyed hash of every record's id, by its number in file order.
  void each_id(const Visit& visit) const;
  void each_content(const VisitPair& visit) const;
  /// The number of every record's value in `categories`.
  void each_category(const Visit& visit) const;
  /// Distinct values of `stratify`.
  const std::vector<std::string>& categories() const { return categories_; }

 private:
  struct Section {
    int part = 0;
    std::int64_t begin = 0, n_records = 0;
  };
  void each(Column column, std::int64_t words_of_record, const Visit& visit) const;

  std::filesystem::path folder_;
  std::vector<Section> sections_;  // by file
  std::vector<IndexedFile> files_;
  std::vector<Candidate> candidates_;
  std::vector<std::string> categories_;
  std::vector<std::vector<std::uint64_t>> category_numbers_;  // by part: its own → the common ones
  std::int64_t n_records_ = 0;
};

}  // namespace attnsweep::corpus
