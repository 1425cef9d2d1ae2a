#include "exchange/import_rows.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "unit/exchange/text_file.hpp"

namespace attnsweep::exchange {
namespace {

const std::string header =
    "model,corpus,sequence,document,n_tokens,view,heads,head,norm,layer,value\n";

ImportedRows import(const std::string& text) { return import_rows(TextFile(text).path()); }

std::string error_of(const std::string& text) {
  try {
    import(text);
  } catch (const InputError& error) {
    const std::string message = error.what();
    return message.substr(message.find(".csv: ") + 6);
  }
  return "no error";
}

TEST(Import, ValuesOfHeadsAndPairsFindTheirPlace) {
  // Two pairs × three heads, written in no order.
  std::string text = header;
  for (const int head : {2, 0, 1})
    for (const int layer : {1, 0})
      text += "m,c,s,d,9,keep,each," + std::to_string(head) + ",frobenius," +
              std::to_string(layer) + "," + std::to_string(10 * layer + head) + "\n";
  const auto rows = import(text);
  ASSERT_EQ(rows.cells.size(), 1u);
  EXPECT_EQ(rows.cells[0].info.n_layers, 3);
  EXPECT_EQ(rows.cells[0].info.n_heads, 3);
  ASSERT_EQ(rows.cells[0].rows.size(), 1u);
  const auto& row = rows.cells[0].rows[0];
  EXPECT_EQ(row.document, "d");
  EXPECT_EQ(row.n_tokens, 9);
  EXPECT_EQ(row.values[0], (std::vector<double>{0, 1, 2, 10, 11, 12}));
}

TEST(Import, SequencesKeepTheOrderOfFirstAppearance) {
  const auto rows = import(
      "model,corpus,sequence,norm,layer,value\n"
      "m,c,z,tv,0,1\nm,c,a,tv,0,2\nm,c,z,tv,1,3\nm,c,a,tv,1,4\n");
  ASSERT_EQ(rows.cells[0].rows.size(), 2u);
  EXPECT_EQ(rows.cells[0].rows[0].id, "z");
  EXPECT_EQ(rows.cells[0].rows[0].document, "z") << "its own document";
  EXPECT_EQ(rows.cells[0].rows[1].values[0], (std::vector<double>{2, 4}));
  EXPECT_EQ(rows.cells[0].rows[1].record, 1);
}

TEST(Import, AFloorIsTaken) {
  const auto rows = import("model,corpus,sequence,norm,layer,value,floor\nm,c,s,tv,0,1,1e-7\n");
  EXPECT_EQ(rows.cells[0].rows[0].floors[0][0], 1e-7);
}

TEST(Import, ASeriesThatASequenceLacksIsNotANumber) {
  const auto rows = import(
      "model,corpus,sequence,norm,layer,value\n"
      "m,c,a,tv,0,1\nm,c,a,js,0,2\nm,c,b,tv,0,3\n");
  const auto& row = rows.cells[0].rows[1];
  EXPECT_EQ(row.values[0][0], 3);
  EXPECT_TRUE(std::isnan(row.values[1][0]));
}

TEST(Import, EveryMistakeIsNamed) {
  EXPECT_EQ(error_of("model,corpus,sequence,norm,layer\n"),
            "column 'value' is missing; an export has model,corpus,sequence,document,n_tokens,view,"
            "heads,head,norm,layer,value");
  EXPECT_EQ(error_of("model,corpus,sequence,norm,layer,valeu\n"),
            "column 'valeu' is unknown; did you mean 'value'?");
  EXPECT_EQ(error_of("model,model,corpus,sequence,norm,layer,value\n"),
            "column 'model' stands twice");
  EXPECT_EQ(error_of(header), "holds a header and no rows");
  const auto one = [](const std::string& line) { return error_of(header + line + "\n"); };
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,frobenus,0,1"),
            "record 2: norm: got 'frobenus'; expected a norm like frobenius");
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,tv,-1,1"),
            "record 2: layer: got '-1'; expected a whole number from 0");
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,tv,0,nan"),
            "record 2: value: got 'nan'; expected a finite number");
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,tv,0,-1"),
            "record 2: value: got '-1'; a difference cannot be negative");
  EXPECT_EQ(one("m,c,s,d,9,hold,mean,,tv,0,1"),
            "record 2: view: got 'hold'; expected keep or drop");
  EXPECT_EQ(one("m,c,,d,9,keep,mean,,tv,0,1"),
            "record 2: sequence: got ''; a sequence needs an id");
  EXPECT_EQ(one("m x,c,s,d,9,keep,mean,,tv,0,1"),
            "record 2: model: got 'm x'; an id is made of letters, digits, '.', '_' and '-'");
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,tv,0,1\nm,c,s,e,9,keep,mean,,tv,1,1"),
            "record 3: document: got 'e'; the sequence 's' stood in document 'd' before");
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,tv,0,1\nm,c,s,d,9,keep,mean,,tv,0,1"),
            "record 3: layer: got '0'; this value stands twice");
  EXPECT_EQ(one("m,c,s,d,9,keep,mean,,tv,0,1\nm,c,s,d,9,keep,mean,,tv,1,1\n"
                "m,c,t,d,9,keep,mean,,tv,0,1"),
            "sequence 't' of m/c has 1 values of tv, its cell has 2 (layer pairs × heads)");
}

}  // namespace
}  // namespace attnsweep::exchange
