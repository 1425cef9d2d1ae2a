// The header reader behind hf.h: every malformed file is one clear message, never a crash.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "base/hash.hpp"
#include "hf/hf.h"

namespace attnsweep {
namespace {

struct Freed {
  void operator()(hf_safetensors* p) const { hf_safetensors_free(p); }
};
using File = std::unique_ptr<hf_safetensors, Freed>;

File open(const std::string& bytes, std::string* message = nullptr) {
  char* error = nullptr;
  File file(hf_safetensors_open(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                &error));
  EXPECT_EQ(file == nullptr, error != nullptr);
  if (message != nullptr) *message = error != nullptr ? error : "";
  hf_string_free(error);
  return file;
}

std::string refused(const std::string& bytes) {
  std::string message;
  EXPECT_EQ(open(bytes, &message), nullptr);
  return message;
}

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(length >> (8 * i) & 0xFFu);
  return out + rest;
}

std::string file_of(const std::string& header, std::size_t n_data) {
  return with_length(header.size(), header + std::string(n_data, '\1'));
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   int begin, int end) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

const std::string good_header = "{\"__metadata__\":{\"format\":\"pt\"}," +
                                tensor("b", "F32", "[2,3]", 0, 24) + "," +
                                tensor("a", "BF16", "[]", 24, 26) + "}  ";

TEST(SafetensorsHeader, TensorsComeByNameWithOffsetsIntoTheFile) {
  const auto file = open(file_of(good_header, 26));
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(hf_safetensors_count(file.get()), 2u);
  const char *name = nullptr, *dtype = nullptr;
  const std::size_t* shape = nullptr;
  std::size_t n_dims = 0, begin = 0, end = 0;
  hf_safetensors_get(file.get(), 0, &name, &dtype, &shape, &n_dims, &begin, &end);
  EXPECT_STREQ(name, "a");
  EXPECT_STREQ(dtype, "BF16");
  EXPECT_EQ(n_dims, 0u);
  hf_safetensors_get(file.get(), 1, &name, &dtype, &shape, &n_dims, &begin, &end);
  EXPECT_STREQ(name, "b");
  ASSERT_EQ(n_dims, 2u);
  EXPECT_EQ(shape[0], 2u);
  EXPECT_EQ(shape[1], 3u);
  EXPECT_EQ(begin, 8 + good_header.size());
  EXPECT_EQ(end, begin + 24);
}

TEST(SafetensorsHeader, Sizes) {
  EXPECT_EQ(refused(""),
            "holds 0 bytes, too few for a safetensors file, which begins with 8 bytes of header "
            "length");
  EXPECT_EQ(refused(with_length(std::uint64_t{1} << 60, "{}")),
            "its header should have 1152921504606846976 bytes, but only 2 follow: the file is "
            "truncated or no safetensors file");
  EXPECT_EQ(refused(file_of(good_header, 25)),
            "its tensors need 26 bytes of data, but the file holds 25: it is truncated");
  EXPECT_EQ(refused(file_of(good_header, 28)),
            "the last 2 of 28 bytes of data belong to no tensor");
}

TEST(SafetensorsHeader, Contents) {
  const auto one = [](const std::string& entry, std::size_t n_data = 4) {
    return refused(file_of("{" + entry + "}", n_data));
  };
  EXPECT_EQ(refused(file_of("{\"a\xFF\"", 0)),
            "the safetensors header is not UTF-8: bad byte at 3 of 5");
  EXPECT_EQ(one(tensor("a", "F32", "[1]", 0, 4) + "," + tensor("a", "F32", "[1]", 0, 4)),
            "the safetensors header is no valid one: tensor 'a' is named twice at line 1 column "
            "107");
  EXPECT_EQ(one(tensor("a", "F33", "[1]", 0, 4)),
            "tensor 'a': dtype 'F33' is unknown; known are BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, "
            "F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, "
            "F32, C64, F64, I64, U64");
  EXPECT_EQ(one(tensor("a", "F32", "[2]", 0, 4)),
            "tensor 'a': shape [2] of F32 needs 8 bytes, but data_offsets [0, 4] hold 4");
  EXPECT_EQ(one(tensor("a", "F32", "[4294967296,4294967296]", 0, 4)),
            "tensor 'a': shape [4294967296, 4294967296] of F32 is no whole number of bytes below "
            "2^64");
  EXPECT_EQ(one(tensor("a", "F32", "[1]", 4, 0)),
            "tensor 'a': data_offsets [4, 0] end before they begin");
  EXPECT_NE(one(tensor("a", "F32", "[-1]", 0, 4)).find("tensor 'a': invalid value: integer `-1`"),
            std::string::npos);
  EXPECT_NE(one("\"a\":{\"dtype\":\"F32\",\"shape\":[1]}")
                .find("tensor 'a': missing field `data_offsets`"),
            std::string::npos);
  EXPECT_NE(one("\"a\":3").find("tensor 'a': invalid type: integer `3`, expected an object with"),
            std::string::npos);
  EXPECT_NE(refused(file_of("[]", 0)).find("expected an object of tensors"), std::string::npos);
}

TEST(SafetensorsHeader, Offsets) {
  const auto two = [](int begin) {
    return refused(file_of("{" + tensor("a", "U8", "[4]", 0, 4) + "," +
                               tensor("b", "U8", "[4]", begin, begin + 4) + "}",
                           static_cast<std::size_t>(begin + 4)));
  };
  EXPECT_EQ(two(2), "tensors 'a' and 'b' overlap: 'b' begins at byte 2 of the data, 'a' ends at 4");
  EXPECT_EQ(two(6), "bytes 4 to 6 of the data, before tensor 'b', belong to no tensor");
}

// Damage of any one byte of the header is refused or harmless; the process lives.
TEST(SafetensorsHeader, DamagedBytes) {
  const auto good = file_of(good_header, 26);
  int n_refused = 0;
  for (std::size_t at = 0; at < 8 + good_header.size(); ++at)
    for (std::uint64_t trial = 0; trial < 16; ++trial) {
      auto bytes = good;
      bytes[at] = static_cast<char>(keyed_hash(trial, std::to_string(at)));
      std::string message;
      const auto file = open(bytes, &message);
      n_refused += file == nullptr;
      if (file == nullptr) {
        EXPECT_FALSE(message.empty());
      }
    }
  EXPECT_GT(n_refused, 1000);
}

}  // namespace
}  // namespace attnsweep
