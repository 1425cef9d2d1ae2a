#include "reduce/display_width.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "reduce/output.hpp"

namespace attnsweep::reduce {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("λ R²"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);  // e and a combining accent
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("\xFF"), 1u);
  EXPECT_EQ(fitted("漢字漢", 5), "漢字…");
  EXPECT_EQ(fitted("漢字漢", 4), "漢… ");
  EXPECT_EQ(fitted_right("λ", 3), "  λ");
}

TEST(DisplayWidth, WrapsAtWords) {
  EXPECT_EQ(wrapped("aa bb cc", 5, ""), "aa bb\ncc\n");
  EXPECT_EQ(wrapped("aaaaaaa b", 4, " "), " aaa\n aaa\n a b\n");
}

Summary long_names() {
  Summary s;
  s.study = std::string(150, 's');
  s.partial = true;
  for (int k = 0; k < 2; ++k) {
    CellResult c;
    c.info.model = std::string(80, 'm') + std::to_string(k);
    c.info.corpus = "コーパス" + std::string(40, 'c');
    c.series = {View::drop, Heads::mean, Norm::frobenius};
    c.n_sequences = 12345678;
    c.n_clusters = 1234567;
    c.m = 3;
    c.n_pairs = 5;
    c.stats.lambda = -123.4567;
    c.residuals = {0.1, -0.2, 0.1};
    c.excluded = {{"censored", 12}, {"zero", 3}};
    c.verdict.reasons = {"few_documents", "few_layers"};
    c.verdict.reason = "few_documents";
    c.flags = {"control_missing"};
    s.cells.push_back(c);
  }
  return s;
}

TEST(TerminalTable, FitsAHundredColumns) {
  std::istringstream lines(terminal_table(long_names()));
  int n = 0;
  for (std::string line; std::getline(lines, line); ++n)
    EXPECT_LE(display_width(line), 100u) << line;
  EXPECT_GT(n, 10);
}

TEST(TerminalTable, SaysWhatIsPartialAndLeftOut) {
  const std::string table = terminal_table(long_names());
  for (const char* part : {"PARTIAL", "inconclusive (few_documents, few_layers)", "12 censored",
                           "3 of 5 pairs", "control_missing", "+0.100 -0.200"})
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
}

TEST(Csv, QuotesWhatNeedsIt) {
  Summary s = long_names();
  s.cells[0].info.model = "a,\"b\"";
  const std::string csv = summary_tables(s).at("lambda.csv");
  EXPECT_NE(csv.find("\n\"a,\"\"b\"\"\","), std::string::npos);
  // As many fields in a row of undefined numbers as in the header.
  std::istringstream lines(summary_tables(s).at("verdicts.csv"));
  std::string header, row;
  std::getline(lines, header);
  std::getline(lines, row);
  std::getline(lines, row);
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), std::count(row.begin(), row.end(), ','));
}

}  // namespace
}  // namespace attnsweep::reduce
