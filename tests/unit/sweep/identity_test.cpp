#include "sweep/identity.hpp"

#include <gtest/gtest.h>

namespace attnsweep::sweep {
namespace {

TEST(Differences, EqualIdentitiesHaveNone) {
  EXPECT_TRUE(differences(R"({"a":1,"b":"x"})", R"({"b":"x","a":1})").empty());
}

TEST(Differences, NameEveryKey) {
  const auto lines = differences(R"({"max_tokens":512,"precision":"float32","stride":4})",
                                 R"({"max_tokens":128,"precision":"float64"})");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "max_tokens: was 512, is 128");
  EXPECT_EQ(lines[1], "precision: was float32, is float64");
  EXPECT_EQ(lines[2], "stride: was 4, is unset");
}

TEST(Differences, DigestsAreShortened) {
  const std::string a(64, 'a'), b(64, 'b');
  const auto lines = differences("{\"model\":\"" + a + "\"}", "{\"model\":\"" + b + "\"}");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], "model: was aaaaaaaaaaaa… (digest), is bbbbbbbbbbbb… (digest)");
}

}  // namespace
}  // namespace attnsweep::sweep
