#include "base/hash.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include <blake2.h>

#include "base/error.hpp"

namespace attnsweep {
namespace {

constexpr std::size_t digest_bytes = 32;

std::array<std::uint8_t, 8> little_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
  return bytes;
}

}  // namespace

std::uint64_t keyed_hash(std::uint64_t key, std::string_view bytes) {
  const auto key_bytes = little_endian(key);
  std::array<std::uint8_t, 8> out{};
  const int status = blake2b(out.data(), bytes.data(), key_bytes.data(), out.size(), bytes.size(),
                             key_bytes.size());
  require(status == 0, "blake2b refused a digest of 8 bytes");
  std::uint64_t value = 0;
  for (std::size_t i = out.size(); i-- > 0;) value = value << 8 | out[i];
  return value;
}

struct Digest::State {
  blake2b_state native;
};

Digest::Digest() : state_(std::make_unique<State>()) {
  require(blake2b_init(&state_->native, digest_bytes) == 0, "blake2b_init failed");
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

Digest& Digest::add(std::string_view bytes) {
  blake2b_update(&state_->native, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                 bytes.size());
  return *this;
}

Digest& Digest::add(std::span<const std::byte> bytes) {
  return add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string Digest::hex() {
  std::array<std::uint8_t, digest_bytes> out{};
  blake2b_final(&state_->native, out.data(), out.size());
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * out.size());
  for (const auto byte : out) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string digest_of(std::string_view bytes) { return Digest().add(bytes).hex(); }

std::string digest_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string() + ": cannot be opened: " + std::strerror(errno));
  Digest digest;
  std::vector<char> buffer(1 << 20);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    digest.add(std::string_view(buffer.data(), static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad()) throw InputError(file.string() + ": cannot be read: " + std::strerror(errno));
  return digest.hex();
}

}  // namespace attnsweep
