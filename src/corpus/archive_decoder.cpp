// zstd and xz through libarchive, whose "raw" format is a stream without members.
#include <cerrno>
#include <string>
#include <vector>

#include <archive.h>

#include "base/error.hpp"
#include "corpus/decoders.hpp"

namespace attnsweep::corpus {
namespace {

struct ArchiveDeleter {
  void operator()(struct archive* handle) const { archive_read_free(handle); }
};

class ArchiveDecoder : public ByteSource {
 public:
  /// `filter` and `support` choose the one decoder that is on: others could even start programs.
  ArchiveDecoder(std::filesystem::path file, std::unique_ptr<ByteSource> stored, int filter,
                 int (*support)(struct archive*), const char* name)
      : file_(std::move(file)),
        stored_(std::move(stored)),
        buffer_(1 << 18),
        handle_(archive_read_new()) {
    require(handle_ != nullptr, "archive_read_new failed");
    archive_read_support_format_raw(handle_.get());
    archive_read_support_format_empty(handle_.get());
    support(handle_.get());
    if (archive_read_open(handle_.get(), this, nullptr, &ArchiveDecoder::feed, nullptr) !=
        ARCHIVE_OK)
      fail();
    struct archive_entry* entry = nullptr;
    const int status = archive_read_next_header(handle_.get(), &entry);
    at_end_ = status == ARCHIVE_EOF;  // of an empty stream
    if (!at_end_ && status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
    // Without a decoder's signature the bytes would come through as they are.
    if (archive_filter_code(handle_.get(), 0) != filter)
      throw InputError(file_.string() + ": is not " + name + " data, which its name promises");
  }

  std::size_t read(std::span<char> room) override {
    const auto n = at_end_ ? 0 : archive_read_data(handle_.get(), room.data(), room.size());
    if (n < 0) fail();
    if (n == 0) {
      at_end_ = true;
      while (stored_->read(buffer_) > 0) {
      }
    }
    return static_cast<std::size_t>(n);
  }

  void seek(std::int64_t) override { require(false, "seek in a compressed file"); }

 private:
  // Called from C: nothing may be thrown through it.
  static la_ssize_t feed(struct archive* handle, void* self, const void** bytes) {
    auto& decoder = *static_cast<ArchiveDecoder*>(self);
    try {
      *bytes = decoder.buffer_.data();
      return static_cast<la_ssize_t>(decoder.stored_->read(decoder.buffer_));
    } catch (const std::exception& error) {
      decoder.read_error_ = error.what();
      archive_set_error(handle, EIO, "read error");
      return -1;
    }
  }

  [[noreturn]] void fail() {
    if (!read_error_.empty()) throw InputError(read_error_);
    const char* reason = archive_error_string(handle_.get());
    throw InputError(file_.string() + ": cannot be decompressed: " +
                     (reason != nullptr ? reason : "unknown reason"));
  }

  std::filesystem::path file_;
  std::unique_ptr<ByteSource> stored_;
  std::vector<char> buffer_;
  std::unique_ptr<struct archive, ArchiveDeleter> handle_;
  std::string read_error_;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> decode_zstd(std::filesystem::path file,
                                        std::unique_ptr<ByteSource> stored) {
  return std::make_unique<ArchiveDecoder>(std::move(file), std::move(stored), ARCHIVE_FILTER_ZSTD,
                                          archive_read_support_filter_zstd, "zstd");
}

std::unique_ptr<ByteSource> decode_xz(std::filesystem::path file,
                                      std::unique_ptr<ByteSource> stored) {
  return std::make_unique<ArchiveDecoder>(std::move(file), std::move(stored), ARCHIVE_FILTER_XZ,
                                          archive_read_support_filter_xz, "xz");
}

}  // namespace attnsweep::corpus
