#include "corpus/byte_source.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <archive.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"

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

struct ArchiveDeleter {
  void operator()(struct archive* handle) const { archive_read_free(handle); }
};

/// A compressed file through libarchive, whose "raw" format is a stream without members.
class CompressedSource : public ByteSource {
 public:
  CompressedSource(std::filesystem::path file, Compression compression, Digest* digest)
      : file_(std::move(file)),
        stored_(file_, digest),
        buffer_(1 << 18),
        handle_(archive_read_new()) {
    require(handle_ != nullptr, "archive_read_new failed");
    archive_read_support_format_raw(handle_.get());
    archive_read_support_format_empty(handle_.get());
    const int filter = support(compression);
    if (archive_read_open(handle_.get(), this, nullptr, &CompressedSource::feed, nullptr) !=
        ARCHIVE_OK)
      fail();
    struct archive_entry* entry = nullptr;
    const int status = archive_read_next_header(handle_.get(), &entry);
    if (status == ARCHIVE_EOF) {
      at_end_ = true;  // an empty stream; an empty file is refused below
    } else if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      fail();
    }
    if (archive_filter_code(handle_.get(), 0) != filter)
      throw InputError(file_.string() + ": is not " + name(compression) +
                       " data, which its name promises");
  }

  std::size_t read(std::span<char> room) override {
    if (at_end_) {
      drain();
      return 0;
    }
    const auto n = archive_read_data(handle_.get(), room.data(), room.size());
    if (n < 0) fail();
    if (n == 0) {
      at_end_ = true;
      drain();
    }
    return static_cast<std::size_t>(n);
  }

  void seek(std::int64_t) override { require(false, "seek in a compressed file"); }

 private:
  static const char* name(Compression compression) {
    switch (compression) {
      case Compression::gzip: return "gzip";
      case Compression::zstd: return "zstd";
      case Compression::xz: return "xz";
      case Compression::none: break;
    }
    return "plain";
  }

  /// Switches one decoder on and returns its code. The others stay off: they could start programs.
  int support(Compression compression) {
    switch (compression) {
      case Compression::gzip:
        archive_read_support_filter_gzip(handle_.get());
        return ARCHIVE_FILTER_GZIP;
      case Compression::zstd:
        archive_read_support_filter_zstd(handle_.get());
        return ARCHIVE_FILTER_ZSTD;
      case Compression::xz: archive_read_support_filter_xz(handle_.get()); return ARCHIVE_FILTER_XZ;
      case Compression::none: break;
    }
    throw BugError("a plain file was opened as a compressed one");
  }

  // Called from C: nothing may be thrown through it.
  static la_ssize_t feed(struct archive* handle, void* self, const void** bytes) {
    auto& source = *static_cast<CompressedSource*>(self);
    try {
      *bytes = source.buffer_.data();
      return static_cast<la_ssize_t>(source.stored_.read(source.buffer_));
    } catch (const std::exception& error) {
      source.read_error_ = error.what();
      archive_set_error(handle, EIO, "read error");
      return -1;
    }
  }

  /// Reads what follows the last frame, so that the digest covers the whole file.
  void drain() {
    while (stored_.read(buffer_) > 0) {
    }
  }

  [[noreturn]] void fail() {
    if (!read_error_.empty()) throw InputError(read_error_);
    const char* reason = archive_error_string(handle_.get());
    throw InputError(file_.string() + ": cannot be decompressed: " +
                     (reason != nullptr ? reason : "unknown reason"));
  }

  std::filesystem::path file_;
  PlainSource stored_;
  std::vector<char> buffer_;
  std::unique_ptr<struct archive, ArchiveDeleter> handle_;
  std::string read_error_;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::filesystem::path& file, Compression compression,
                                        Digest* digest) {
  if (compression == Compression::none) return std::make_unique<PlainSource>(file, digest);
  return std::make_unique<CompressedSource>(file, compression, digest);
}

}  // namespace attnsweep::corpus
