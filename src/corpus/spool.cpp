#include "corpus/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"

namespace attnsweep::corpus {
namespace {

constexpr std::size_t buffer_words = std::size_t{1} << 15;
constexpr std::int64_t word_bytes = 8;

}  // namespace

Spool::Spool(const std::filesystem::path& file)
    : file_(file), fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (fd_ < 0)
    throw StopError(false, file_.string() + ": cannot be created: " + std::strerror(errno));
  buffer_.reserve(buffer_words);
}

Spool::~Spool() { ::close(fd_); }

void Spool::add(std::uint64_t word) {
  buffer_.push_back(word);
  ++size_;
  if (buffer_.size() == buffer_words) flush();
}

void Spool::replace(std::int64_t at, const std::vector<std::uint64_t>& words) {
  flush();
  write(at, words);
}

void Spool::finish() { flush(); }

void Spool::flush() {
  write(size_ - static_cast<std::int64_t>(buffer_.size()), buffer_);
  buffer_.clear();
}

void Spool::write(std::int64_t at, const std::vector<std::uint64_t>& words) {
  const char* bytes = reinterpret_cast<const char*>(words.data());
  auto left = words.size() * sizeof(std::uint64_t);
  auto place = at * word_bytes;
  while (left > 0) {
    const auto n = ::pwrite(fd_, bytes, left, place);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw StopError(
          false, file_.string() + ": cannot be written: " + std::strerror(n == 0 ? ENOSPC : errno));
    bytes += n;
    left -= static_cast<std::size_t>(n);
    place += n;
  }
}

void read_spool(const std::filesystem::path& file, std::int64_t begin, std::int64_t n,
                const std::function<void(std::uint64_t word)>& visit) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw InputError(file.string() + ": cannot be opened: " + std::strerror(errno));
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  std::vector<std::uint64_t> buffer(buffer_words);
  auto place = begin * word_bytes;
  auto left = n * word_bytes;
  std::int64_t carried = 0;  // bytes of a word that a read cut
  while (left > 0) {
    auto* bytes = reinterpret_cast<char*>(buffer.data());
    const auto room = std::min<std::int64_t>(
        left, static_cast<std::int64_t>(buffer_words) * word_bytes - carried);
    const auto got = ::pread(fd, bytes + carried, static_cast<std::size_t>(room), place);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw InputError(file.string() + ": cannot be read: " +
                       (got == 0 ? "it is too short" : std::strerror(errno)));
    place += got;
    left -= got;
    const auto whole = (carried + got) / word_bytes;
    for (std::int64_t i = 0; i < whole; ++i) visit(buffer[static_cast<std::size_t>(i)]);
    carried = carried + got - whole * word_bytes;
    if (carried > 0)
      std::memmove(bytes, bytes + whole * word_bytes, static_cast<std::size_t>(carried));
  }
}

}  // namespace attnsweep::corpus
