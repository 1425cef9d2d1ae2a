#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "corpus/byte_source.hpp"

namespace attnsweep::corpus {

/// The decoded bytes of a text file with a place in it: byte and line. A byte-order mark at the
/// start is passed over. Throws InputError naming the file.
class BufferedFile {
 public:
  BufferedFile(const std::filesystem::path& file, Compression compression, Digest* digest);

  /// What has been read and not consumed; valid until the next call.
  std::string_view unread() const {
    return std::string_view(buffer_.data() + begin_, end_ - begin_);
  }
  /// Reads more behind it; false at the end of the file.
  bool fill();
  /// Passes over `n` of the unread bytes, which hold `n_breaks` line breaks.
  void consume(std::size_t n, std::int64_t n_breaks);
  /// The same, counting the line breaks.
  void consume(std::size_t n);
  /// Moves to a byte of an uncompressed file, which is on this line.
  void seek(std::int64_t byte, std::int64_t line);

  bool at_end() const { return at_end_; }
  std::int64_t byte() const { return byte_; }
  std::int64_t line() const { return line_; }
  bool seekable() const { return seekable_; }

  /// The next line without its break and without a carriage return before it; false at the end.
  /// Of a line longer than `limit` bytes only the start is given, and `too_long` is set.
  bool next_line(std::string_view& line, bool& too_long, std::size_t limit);

 private:
  std::unique_ptr<ByteSource> source_;
  bool seekable_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::int64_t byte_ = 0, line_ = 1;
  bool at_end_ = false;
};

}  // namespace attnsweep::corpus
