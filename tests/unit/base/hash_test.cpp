#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "unit/base/vectors.hpp"

namespace attnsweep::test {
namespace {

TEST(KeyedHash, IsPythonsKeyedBlake2b) {
  const auto vectors = vectors_of("keyed");
  ASSERT_EQ(vectors.size(), 84u);
  for (const auto& v : vectors)
    EXPECT_EQ(keyed_hash(std::stoull(v[0]), bytes_of(v[1])), std::stoull(v[2]))
        << "key " << v[0] << ", bytes " << v[1];
}

TEST(Digest, IsPythonsBlake2b) {
  const auto vectors = vectors_of("digest");
  ASSERT_EQ(vectors.size(), 14u);
  for (const auto& v : vectors) EXPECT_EQ(digest_of(bytes_of(v[0])), v[1]) << v[0];
}

TEST(Digest, DependsOnTheBytesAndNotOnTheirPieces) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * 7);
  for (const std::size_t piece : {1u, 3u, 127u, 128u, 129u, 4999u}) {
    Digest digest;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      digest.add(std::string_view(bytes).substr(at, piece));
    EXPECT_EQ(digest.hex(), digest_of(bytes)) << piece;
  }
  Digest of_bytes;
  of_bytes.add(std::as_bytes(std::span(bytes)));
  EXPECT_EQ(of_bytes.hex(), digest_of(bytes));
}

TEST(Digest, MovesWithItsStream) {
  Digest first;
  first.add("ab");
  Digest second = std::move(first);
  second.add("c");
  Digest third;
  third = std::move(second);
  EXPECT_EQ(third.hex(), digest_of("abc"));
}

TEST(Digest, OfAFileIsThatOfItsBytes) {
  const auto file = std::filesystem::path(ATTNSWEEP_BINARY_DIR) / "digest_of_file_test";
  std::string bytes((std::size_t{1} << 21) + 17, '\0');  // more than two buffers
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_EQ(digest_of_file(file), digest_of(bytes));
  std::ofstream(file, std::ios::binary | std::ios::trunc).flush();
  EXPECT_EQ(digest_of_file(file), digest_of(""));
  std::filesystem::remove(file);
}

TEST(Digest, OfAFileThatCannotBeReadNamesIt) {
  try {
    digest_of_file("/nowhere/at all");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/at all: cannot be opened: No such file or directory");
  }
  EXPECT_THROW(digest_of_file("/"), InputError);  // a folder opens, and cannot be read
}

}  // namespace
}  // namespace attnsweep::test
