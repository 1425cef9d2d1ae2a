#include "reduce/table.hpp"

#include "base/error.hpp"

namespace attnsweep::reduce {

std::size_t Table::n_rows() const {
  if (columns.empty()) return 0;
  return columns[0].is_text() ? columns[0].texts.size() : columns[0].numbers.size();
}

Table::Column& TableBuilder::next(const std::string& key, const std::string& long_name,
                                  const std::string& units) {
  if (at_ == table_.columns.size()) table_.columns.push_back({key, long_name, units, {}, {}});
  Table::Column& column = table_.columns[at_++];
  require(column.key == key,
          "table " + table_.name + ": column " + key + " where " + column.key + " was before");
  return column;
}

void TableBuilder::text(const std::string& key, const std::string& long_name, std::string value) {
  next(key, long_name, "").texts.push_back(std::move(value));
}

void TableBuilder::number(const std::string& key, const std::string& long_name,
                          const std::string& units, double value) {
  next(key, long_name, units).numbers.push_back(value);
}

void TableBuilder::cell(const std::string& model, const std::string& corpus, const Series& series) {
  text("model", "model", model);
  text("corpus", "corpus", corpus);
  text("norm", "size of a layer difference", std::string(name(series.norm)));
  text("view", "tokens in the measured matrix", std::string(name(series.view)));
}

}  // namespace attnsweep::reduce
