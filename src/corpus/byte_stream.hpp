#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"

namespace attnsweep::corpus {

// Plain values behind each other, in this machine's byte order: files of a cache, never archives.

class ByteWriter {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> ByteWriter& put(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  ByteWriter& put(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    text_.append(text);
    return *this;
  }
  template <class T>
  requires std::is_arithmetic_v<T> ByteWriter& put(const std::vector<T>& values) {
    put(static_cast<std::uint64_t>(values.size()));
    text_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads what ByteWriter wrote, in the same order. Throws InputError where the bytes end early.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  template <class T>
  T get() {
    T value;
    std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
    return value;
  }
  std::string get_text() { return std::string(bytes(get<std::uint64_t>())); }
  template <class T>
  std::vector<T> get_values() {
    const auto n = get<std::uint64_t>();
    if (n > left_.size() / sizeof(T)) end();
    std::vector<T> values(n);
    if (n > 0) std::memcpy(values.data(), bytes(n * sizeof(T)).data(), n * sizeof(T));
    return values;
  }
  std::string_view left() const { return left_; }

 private:
  std::string_view bytes(std::uint64_t n) {
    if (n > left_.size()) end();
    const auto out = left_.substr(0, n);
    left_.remove_prefix(n);
    return out;
  }
  [[noreturn]] static void end() { throw InputError("the index of a corpus ends early"); }

  std::string_view left_;
};

}  // namespace attnsweep::corpus
