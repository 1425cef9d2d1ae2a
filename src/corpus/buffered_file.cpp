#include "corpus/buffered_file.hpp"

#include <algorithm>
#include <cstring>

#include "base/error.hpp"

namespace attnsweep::corpus {
namespace {

constexpr std::size_t read_bytes = std::size_t{1} << 18;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
// Of a line that is too long: enough for a message.
constexpr std::size_t shown_bytes = 1024;

}  // namespace

BufferedFile::BufferedFile(const std::filesystem::path& file, Compression compression,
                           Digest* digest)
    : source_(open_source(file, compression, digest)), seekable_(compression == Compression::none) {
  while (unread().size() < byte_order_mark.size() && fill()) {
  }
  if (unread().starts_with(byte_order_mark)) consume(byte_order_mark.size(), 0);
}

bool BufferedFile::fill() {
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

void BufferedFile::consume(std::size_t n, std::int64_t n_breaks) {
  require(n <= end_ - begin_, "more bytes consumed than read");
  begin_ += n;
  byte_ += static_cast<std::int64_t>(n);
  line_ += n_breaks;
}

void BufferedFile::consume(std::size_t n) {
  const auto text = unread().substr(0, n);
  consume(n, std::count(text.begin(), text.end(), '\n'));
}

void BufferedFile::seek(std::int64_t byte, std::int64_t line) {
  source_->seek(byte);
  begin_ = end_ = 0;
  byte_ = byte;
  line_ = line;
  at_end_ = false;
}

bool BufferedFile::next_line(std::string_view& line, bool& too_long, std::size_t limit) {
  too_long = false;
  std::size_t searched = 0;
  for (;;) {
    const auto text = unread();
    const auto found = text.find('\n', searched);
    if (found != std::string_view::npos) {
      line = text.substr(0, found);
      consume(found + 1, 1);
      break;
    }
    searched = text.size();
    if (searched > limit + shown_bytes) {
      // Only the start stays, whatever the line's length.
      too_long = true;
      const auto dropped = searched - shown_bytes;
      std::memmove(buffer_.data() + begin_ + dropped, buffer_.data() + begin_, shown_bytes);
      consume(dropped, 0);
      searched = shown_bytes;
    }
    if (fill()) continue;
    if (unread().empty()) return false;
    line = unread();
    consume(line.size(), 0);
    break;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  too_long = too_long || line.size() > limit;
  return true;
}

}  // namespace attnsweep::corpus
