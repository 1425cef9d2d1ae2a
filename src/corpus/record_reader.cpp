#include "corpus/record_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.hpp"

namespace attnsweep::corpus {
namespace {

// A longer line is no text but a file of another kind; it must not fill the memory.
constexpr std::size_t max_line_bytes = std::size_t{1} << 30;
constexpr std::size_t read_bytes = std::size_t{1} << 18;

constexpr std::array<std::pair<std::string_view, Compression>, 3> compressions{
    {{".gz", Compression::gzip}, {".zst", Compression::zstd}, {".xz", Compression::xz}}};
constexpr std::array<std::pair<std::string_view, bool>, 4> kinds{
    {{".txt", false}, {".jsonl", true}, {".ndjson", true}, {".json", true}}};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

std::optional<Format> format_of(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 128 ? std::tolower(c) : c); });
  Format format;
  for (const auto& [ending, compression] : compressions)
    if (name.ends_with(ending)) {
      format.compression = compression;
      name.resize(name.size() - ending.size());
      break;
    }
  for (const auto& [ending, json] : kinds)
    if (name.ends_with(ending)) {
      format.json = json;
      return format;
    }
  return std::nullopt;
}

std::string known_endings() {
  return ".txt (a text a line), .jsonl, .ndjson or .json (an object a line), each also with .gz, "
         ".zst or .xz behind it";
}

RecordReader::RecordReader(std::filesystem::path file, Format format, Digest* digest)
    : file_(std::move(file)),
      format_(format),
      source_(open_source(file_, format.compression, digest)) {}

bool RecordReader::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // Doubling keeps the copying of a very long line linear.
  if (buffer_.size() - end_ < read_bytes) buffer_.resize(std::max(2 * buffer_.size(), read_bytes));
  const auto n = source_->read(std::span(buffer_).subspan(end_));
  at_end_ = n == 0;
  end_ += n;
  return !at_end_;
}

bool RecordReader::next_line(std::string_view& line) {
  std::size_t searched = 0;
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const auto size = end_ - begin_;
    const void* found =
        size > searched ? std::memchr(start + searched, '\n', size - searched) : nullptr;
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - start);
      line = std::string_view(start, length);
      begin_ += length + 1;
      byte_ += static_cast<std::int64_t>(length) + 1;
      break;
    }
    searched = size;
    if (size > max_line_bytes)
      throw InputError(file_.string() + ":" + std::to_string(line_number_ + 1) +
                       ": the line is longer than 1 GiB; a record a line was expected");
    if (fill()) continue;
    if (size == 0) return false;
    line = std::string_view(buffer_.data() + begin_, end_ - begin_);
    byte_ += static_cast<std::int64_t>(line.size());
    begin_ = end_;
    break;
  }
  ++line_number_;
  return true;
}

bool RecordReader::next(RawRecord& record) {
  std::string_view line;
  for (;;) {
    record.byte = byte_;
    if (!next_line(line)) return false;
    if (record.byte == 0 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!format_.json || !is_blank(line)) break;
  }
  record.line = line;
  record.line_number = line_number_;
  record.number = number_++;
  return true;
}

void RecordReader::seek(std::int64_t number, std::int64_t line_number, std::int64_t byte) {
  source_->seek(byte);
  begin_ = end_ = 0;
  byte_ = byte;
  at_end_ = false;
  number_ = number;
  line_number_ = line_number - 1;
}

}  // namespace attnsweep::corpus
