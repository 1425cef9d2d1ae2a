#include "config/scalars.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "config/utf8.hpp"

namespace attnsweep::config {
namespace {

TEST(Scalars, WholeNumbersAreDecimalAndWhole) {
  EXPECT_EQ(parse_whole("0"), 0);
  EXPECT_EQ(parse_whole("+12"), 12);
  EXPECT_EQ(parse_whole("-12"), -12);
  EXPECT_EQ(parse_whole("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_unsigned("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  for (const auto* text : {"", "+", "-", "+-1", "++1", "1.0", "1e3", "0x10", "010", "-01", "1_000",
                           " 1", "1 ", "9223372036854775808", "one"})
    EXPECT_EQ(parse_whole(text), std::nullopt) << text;
  EXPECT_EQ(parse_unsigned("-1"), std::nullopt);
  EXPECT_EQ(parse_unsigned("18446744073709551616"), std::nullopt);
}

TEST(Scalars, NumbersAreFinite) {
  EXPECT_EQ(parse_real("1"), 1.0);
  EXPECT_EQ(parse_real("-.5"), -0.5);
  EXPECT_EQ(parse_real("1e-3"), 1e-3);
  EXPECT_EQ(parse_real("0.5"), 0.5);
  for (const auto* text :
       {"", ".", "nan", ".nan", "inf", "-.inf", "1e999", "0x1p3", "1,5", "00.5", "1 ", "e3"})
    EXPECT_EQ(parse_real(text), std::nullopt) << text;
}

TEST(Scalars, BytesTakeAUnit) {
  EXPECT_EQ(parse_bytes("4096"), 4096);
  EXPECT_EQ(parse_bytes("512B"), 512);
  EXPECT_EQ(parse_bytes("3KiB"), 3072);
  EXPECT_EQ(parse_bytes("64MiB"), 67108864);
  EXPECT_EQ(parse_bytes("64 MiB"), 67108864);
  EXPECT_EQ(parse_bytes("2GiB"), 2147483648);
  EXPECT_EQ(parse_bytes("3kB"), 3000);
  EXPECT_EQ(parse_bytes("3MB"), 3000000);
  EXPECT_EQ(parse_bytes("10GB"), 10000000000);
  for (const auto* text : {"", "0", "-1", "MiB", "64mib", "64 MegaB", "1.5GiB", "64  MiB",
                           "9999999999GiB", "9223372036854775808"})
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
}

TEST(Scalars, IdsAreSafeInFileNamesAndGroups) {
  for (const auto* text : {"a", "A-b_c.9", "0", "-x", "_"}) EXPECT_TRUE(is_id(text)) << text;
  for (const auto* text : {"", ".a", "a b", "a/b", "ä", "a\n", "a:b"})
    EXPECT_FALSE(is_id(text)) << text;
}

TEST(Scalars, BadBytesOfUtf8AreFound) {
  const auto none = std::string_view::npos;
  EXPECT_EQ(first_bad_byte("plain, größe, 模型, \U0001F600, \uFFFF\U0010FFFF"), none);
  EXPECT_EQ(first_bad_byte(""), none);
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(first_bad_byte("ab\0"sv), 2u);
  EXPECT_EQ(first_bad_byte("a\x80"), 1u);             // a tail without a head
  EXPECT_EQ(first_bad_byte("a\xC3"), 1u);             // a head without its tail
  EXPECT_EQ(first_bad_byte("\xC0\xAF"), 0u);          // overlong '/'
  EXPECT_EQ(first_bad_byte("\xE0\x80\xAF"), 0u);      // overlong '/'
  EXPECT_EQ(first_bad_byte("\xED\xA0\x80"), 0u);      // a surrogate
  EXPECT_EQ(first_bad_byte("\xF4\x90\x80\x80"), 0u);  // beyond U+10FFFF
  EXPECT_EQ(first_bad_byte("\xF0\x9F\x98"), 0u);      // cut short
}

}  // namespace
}  // namespace attnsweep::config
