#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace attnsweep {

/// H of the measurement: BLAKE2b (RFC 7693) with an 8-byte digest, key = `key` as 8 bytes
/// little-endian, the digest read little-endian.
std::uint64_t keyed_hash(std::uint64_t key, std::string_view bytes);

/// Streaming BLAKE2b-256. `hex()` ends the stream: 64 lower-case hexadecimal digits.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  Digest& add(std::string_view bytes);
  Digest& add(std::span<const std::byte> bytes);
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest of a string.
std::string digest_of(std::string_view bytes);

/// Digest of a file's bytes. Throws InputError naming the file when it cannot be read.
std::string digest_of_file(const std::filesystem::path& file);

}  // namespace attnsweep
