// gzip through zlib: libarchive does not look at a member's checksum, so that damaged text would
// pass for good one.
#include <algorithm>
#include <string>
#include <vector>

#include <zlib.h>

#include "base/error.hpp"
#include "corpus/decoders.hpp"

namespace attnsweep::corpus {
namespace {

class GzipDecoder : public ByteSource {
 public:
  GzipDecoder(std::filesystem::path file, std::unique_ptr<ByteSource> stored)
      : file_(std::move(file)), stored_(std::move(stored)), buffer_(1 << 18) {
    // 16: the gzip frame, whose checksum and length inflate compares.
    require(inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK, "inflateInit2 failed");
  }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> room) override {
    constexpr std::size_t most = std::size_t{1} << 30;  // zlib counts in 32 bits
    const auto size = std::min(room.size(), most);
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      const bool more = stream_.avail_in > 0 || refill();
      if (!in_member_ && (!more || !start_member())) return 0;
      if (!more) fail("it is truncated");
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END)
        in_member_ = false;
      else if (status != Z_OK)
        fail(stream_.msg != nullptr ? stream_.msg : zError(status));
    }
    return size - stream_.avail_out;
  }

  void seek(std::int64_t) override { require(false, "seek in a compressed file"); }

 private:
  bool refill() {
    const auto n = stored_->read(buffer_);
    stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_in = static_cast<uInt>(n);
    is_empty_ = is_empty_ && n == 0;
    if (n == 0 && is_empty_) not_gzip();
    return n > 0;
  }

  /// Begins the member that follows; false where nothing but zeros (padding of tapes) does.
  bool start_member() {
    while (n_members_ > 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      if (--stream_.avail_in == 0 && !refill()) return false;
    }
    // The first byte of the signature is enough to tell another kind of data; inflate checks all.
    if (*stream_.next_in != 0x1F) {
      if (n_members_ == 0) not_gzip();
      fail("other data follow its last member");
    }
    inflateReset(&stream_);
    in_member_ = true;
    ++n_members_;
    return true;
  }

  [[noreturn]] void not_gzip() {
    throw InputError(file_.string() + ": is not gzip data, which its name promises");
  }

  [[noreturn]] void fail(const std::string& reason) {
    throw InputError(file_.string() + ": cannot be decompressed: " + reason);
  }

  std::filesystem::path file_;
  std::unique_ptr<ByteSource> stored_;
  std::vector<char> buffer_;
  z_stream stream_{};
  bool in_member_ = false, is_empty_ = true;
  int n_members_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> decode_gzip(std::filesystem::path file,
                                        std::unique_ptr<ByteSource> stored) {
  return std::make_unique<GzipDecoder>(std::move(file), std::move(stored));
}

}  // namespace attnsweep::corpus
