#include "sweep/digests.hpp"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::sweep {

std::string stamp_of(const std::filesystem::path& file) {
  struct stat info = {};
  if (::stat(file.c_str(), &info) != 0)
    throw InputError(file.string() + ": cannot be looked at: " + std::strerror(errno));
  return std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec) + " " + std::to_string(info.st_ino);
}

DigestCache::DigestCache(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code error;
  if (file_.empty() || !std::filesystem::exists(file_, error)) return;
  const auto json = nlohmann::json::parse(read_file(file_), nullptr, false);
  if (!json.is_object()) return;
  for (const auto& [path, entry] : json.items())
    if (entry.is_object() && entry.contains("stamp") && entry.contains("digest") &&
        entry["stamp"].is_string() && entry["digest"].is_string())
      entries_[path] = {entry["stamp"], entry["digest"]};
}

std::string DigestCache::known(const std::filesystem::path& file) const {
  const auto entry = entries_.find(file.string());
  return entry != entries_.end() && entry->second.stamp == stamp_of(file) ? entry->second.digest
                                                                          : std::string();
}

void DigestCache::remember(const std::filesystem::path& file, const std::string& digest) {
  entries_[file.string()] = {stamp_of(file), digest};
}

void DigestCache::save() const {
  if (file_.empty()) return;
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [path, entry] : entries_)
    json[path] = {{"stamp", entry.stamp}, {"digest", entry.digest}};
  write_file_durably(file_, json.dump(1) + "\n");
}

}  // namespace attnsweep::sweep
