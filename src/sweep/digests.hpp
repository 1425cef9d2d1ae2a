#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace attnsweep::sweep {

/// What tells that a file has not changed since its digest was taken: size, mtime and inode.
/// Throws InputError naming a file that cannot be looked at.
std::string stamp_of(const std::filesystem::path& file);

/// Digests of files kept between starts in RUN/cache/digests.json. A lost or damaged cache only
/// costs time.
class DigestCache {
 public:
  /// An empty path: nothing is kept.
  explicit DigestCache(std::filesystem::path file);

  /// The known digest of the unchanged file, or an empty string.
  std::string known(const std::filesystem::path& file) const;
  void remember(const std::filesystem::path& file, const std::string& digest);
  void save() const;

 private:
  struct Entry {
    std::string stamp, digest;
  };
  std::filesystem::path file_;
  std::map<std::string, Entry> entries_;
};

}  // namespace attnsweep::sweep
