#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "corpus/byte_source.hpp"

namespace attnsweep::corpus {

/// How a file holds its records.
struct Format {
  bool json = false;  ///< a JSON object a line, else the line is the text
  Compression compression = Compression::none;
};

/// The format that a file's name tells ("a.jsonl.zst"); nothing for an unknown ending.
std::optional<Format> format_of(const std::filesystem::path& file);
/// The endings that format_of knows, for a message.
std::string known_endings();

/// A record as it stands in its file.
struct RawRecord {
  std::string_view line;         ///< without its line break; valid until the next call
  std::int64_t number = 0;       ///< of the record in the file, from 0
  std::int64_t line_number = 0;  ///< from 1
  std::int64_t byte = 0;         ///< where the line begins in the decoded file
};

/// Reads the records of one file forward. Plain text: every line is a record (the last one needs no
/// line break). JSON: every line but blank ones. A byte-order mark at the start and a carriage
/// return at the end of a line are no part of it. Throws InputError naming the file.
class RecordReader {
 public:
  RecordReader(std::filesystem::path file, Format format, Digest* digest = nullptr);

  /// False at the end of the file.
  bool next(RawRecord& record);
  /// Moves to a record of an uncompressed file by what `next` said of it.
  void seek(std::int64_t number, std::int64_t line_number, std::int64_t byte);
  /// Number of the record that `next` reads.
  std::int64_t next_number() const { return number_; }

 private:
  bool next_line(std::string_view& line);
  bool fill();

  std::filesystem::path file_;
  Format format_;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // unread bytes of buffer_
  std::int64_t byte_ = 0;            // of buffer_[begin_] in the file
  std::int64_t number_ = 0, line_number_ = 0;
  bool at_end_ = false;
};

}  // namespace attnsweep::corpus
