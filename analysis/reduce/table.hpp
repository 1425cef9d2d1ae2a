#pragma once
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reduce/analysis.hpp"

namespace attnsweep::reduce {

/// A tidy table, to be written as CSV and as a group of summary.h5 alike.
struct Table {
  struct Column {
    std::string key, long_name, units;  ///< no units: texts
    std::vector<double> numbers;
    std::vector<std::string> texts;
    bool is_text() const { return units.empty(); }
  };
  std::string name;       ///< of the file NAME.csv, of the group and of its dimension
  std::string long_name;  ///< of a row
  std::vector<Column> columns;
  std::size_t n_rows() const;
};

/// Fills tables row by row: every column is named at its first use.
class TableBuilder {
 public:
  TableBuilder(std::string name, std::string long_name) {
    table_.name = std::move(name);
    table_.long_name = std::move(long_name);
  }
  /// Opens a row; every column must then be given once, in the same order.
  void row() { at_ = 0; }
  void text(const std::string& key, const std::string& long_name, std::string value);
  void number(const std::string& key, const std::string& long_name, const std::string& units,
              double value);
  /// model, corpus, norm and view; the corpus may be empty.
  void cell(const std::string& model, const std::string& corpus, const Series& series);
  Table take() { return std::move(table_); }

 private:
  Table::Column& next(const std::string& key, const std::string& long_name,
                      const std::string& units);
  Table table_;
  std::size_t at_ = 0;
};

/// The tables of the comparison across models and of effective depths; those without rows too.
std::vector<Table> across_tables(const Summary& summary);

}  // namespace attnsweep::reduce
