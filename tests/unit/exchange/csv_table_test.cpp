#include "exchange/csv_table.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "unit/exchange/text_file.hpp"

namespace attnsweep::exchange {
namespace {

using Table = std::vector<std::vector<std::string>>;

Table read(const std::string& text) {
  const TextFile file(text);
  Table table;
  read_csv(
      file.path(), [&](const std::vector<std::string>& names) { table.push_back(names); },
      [&](const std::vector<std::string>& fields, std::int64_t) { table.push_back(fields); });
  return table;
}

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    const std::string message = error.what();
    return message.substr(message.find(".csv") + 4);
  }
  return "no error";
}

TEST(Csv, QuotesCommasAndNewlines) {
  EXPECT_EQ(read("a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n,\n"),
            (Table{{"a", "b"}, {"x,\"y\"", "two\nlines"}, {"", ""}}));
}

TEST(Csv, WithoutANewlineAtTheEnd) { EXPECT_EQ(read("a\nb"), (Table{{"a"}, {"b"}})); }

TEST(Csv, CarriageReturns) { EXPECT_EQ(read("a,b\r\n1,2\r\n"), (Table{{"a", "b"}, {"1", "2"}})); }

TEST(Csv, AnotherNumberOfFieldsIsNamed) {
  EXPECT_EQ(error_of("a,b\n1,2\n1\n"), ": record 3: 1 fields, the header has 2");
}

TEST(Csv, ABrokenQuoteIsNamed) {
  EXPECT_NE(error_of("a\n\"x\"y\n").find(": record 2: not CSV:"), std::string::npos);
  EXPECT_NE(error_of("a\n\"never closed\n").find(": not CSV:"), std::string::npos);
}

TEST(Csv, AnEmptyFileIsNamed) {
  EXPECT_EQ(error_of(""), ": is empty; the first line must name the columns");
}

TEST(Csv, AMissingFileIsNamed) {
  const auto nothing = [](const std::vector<std::string>&) {};
  EXPECT_THROW(
      read_csv("/nonexistent.csv", nothing, [](const std::vector<std::string>&, std::int64_t) {}),
      InputError);
}

}  // namespace
}  // namespace attnsweep::exchange
