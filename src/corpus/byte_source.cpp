#include "corpus/byte_source.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"
#include "corpus/decoders.hpp"

namespace attnsweep::corpus {
namespace {

/// A file as it is stored.
class PlainSource : public ByteSource {
 public:
  PlainSource(std::filesystem::path file, Digest* digest)
      : file_(std::move(file)), fd_(::open(file_.c_str(), O_RDONLY | O_CLOEXEC)), digest_(digest) {
    if (fd_ < 0) throw InputError(file_.string() + ": cannot be opened: " + std::strerror(errno));
    ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  PlainSource(const PlainSource&) = delete;
  PlainSource& operator=(const PlainSource&) = delete;
  ~PlainSource() override { ::close(fd_); }

  std::size_t read(std::span<char> room) override {
    for (;;) {
      const auto n = ::read(fd_, room.data(), room.size());
      if (n >= 0) {
        const auto size = static_cast<std::size_t>(n);
        if (digest_ != nullptr) digest_->add(std::string_view(room.data(), size));
        return size;
      }
      if (errno != EINTR)
        throw InputError(file_.string() + ": cannot be read: " + std::strerror(errno));
    }
  }

  void seek(std::int64_t byte) override {
    if (::lseek(fd_, byte, SEEK_SET) < 0)
      throw InputError(file_.string() + ": cannot be read from byte " + std::to_string(byte) +
                       ": " + std::strerror(errno));
  }

 private:
  std::filesystem::path file_;
  int fd_;
  Digest* digest_;
};

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::filesystem::path& file, Compression compression,
                                        Digest* digest) {
  auto stored = std::make_unique<PlainSource>(file, digest);
  switch (compression) {
    case Compression::none: return stored;
    case Compression::gzip: return decode_gzip(file, std::move(stored));
    case Compression::zstd: return decode_zstd(file, std::move(stored));
    case Compression::xz: return decode_xz(file, std::move(stored));
  }
  throw BugError("an unknown compression");
}

}  // namespace attnsweep::corpus
