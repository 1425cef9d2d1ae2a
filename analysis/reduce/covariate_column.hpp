#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::reduce {

/// One covariate of a corpus, sequence by sequence. The texts are numbers if every one that is not
/// missing (empty, or a number that is not finite) reads as one; else they are categories, and a
/// text that reads as a number is named by its shortest decimal. Depends on no order.
class CovariateColumn {
 public:
  explicit CovariateColumn(std::string name) : name_(std::move(name)) {}
  void add(std::string_view text);
  /// Puts the sequences into another order: value k becomes that of place order[k].
  void reorder(const std::vector<std::size_t>& order);
  /// Sorts the levels by their bytes; to be called once, after the last `add`.
  void finish();

  const std::string& name() const { return name_; }
  bool numeric() const { return numeric_; }
  /// The texts of categories, sorted; empty for numbers.
  const std::vector<std::string>& levels() const { return levels_; }
  /// More levels than can be told apart in a table: nothing is kept of them.
  bool too_many_levels() const { return too_many_; }
  /// The number, or the level's index; NaN where it is missing.
  const std::vector<double>& values() const { return values_; }

 private:
  void become_categories();
  double level(const std::string& text);

  std::string name_;
  bool numeric_ = true, too_many_ = false;
  std::vector<double> values_;
  std::map<std::string, std::size_t> numbers_;  ///< of the levels, in the order of first sight
  std::vector<std::string> levels_;
};

}  // namespace attnsweep::reduce
