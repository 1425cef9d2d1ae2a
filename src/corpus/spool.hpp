#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace attnsweep::corpus {

/// A file of 64-bit words that a pass writes and later ones read, so that what it holds of every
/// record of a corpus never lies in memory. Throws StopError naming the file where there is no
/// place, InputError where it cannot be read.
class Spool {
 public:
  /// An empty file for writing.
  explicit Spool(const std::filesystem::path& file);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void add(std::uint64_t word);
  std::int64_t size() const { return size_; }
  /// Writes over words that were added before.
  void replace(std::int64_t at, const std::vector<std::uint64_t>& words);
  /// Everything is in the file from here on.
  void finish();

 private:
  void flush();
  void write(std::int64_t at, const std::vector<std::uint64_t>& words);

  std::filesystem::path file_;
  int fd_;
  std::vector<std::uint64_t> buffer_;
  std::int64_t size_ = 0;
};

/// Reads words [begin, begin + n) of a spool in order.
void read_spool(const std::filesystem::path& file, std::int64_t begin, std::int64_t n,
                const std::function<void(std::uint64_t word)>& visit);

}  // namespace attnsweep::corpus
