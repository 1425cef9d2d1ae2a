#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/hash.hpp"

namespace attnsweep::corpus {

enum class Compression { none, gzip, zstd, xz };

/// The decoded bytes of a file, read forward. Errors are InputErrors that name file and reason.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the front of `room`; 0 only at the end.
  virtual std::size_t read(std::span<char> room) = 0;
  /// Moves to a byte of an uncompressed file.
  virtual void seek(std::int64_t byte) = 0;
};

/// Opens a file. Where `digest` is given, it takes every stored byte by the time `read` has
/// answered 0.
std::unique_ptr<ByteSource> open_source(const std::filesystem::path& file, Compression compression,
                                        Digest* digest);

}  // namespace attnsweep::corpus
