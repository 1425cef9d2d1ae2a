#include "spec/safetensors.hpp"

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "hf/hf.h"

namespace attnsweep::spec {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

std::string reason() { return std::strerror(errno); }

/// Shard file → names of the tensors that the index puts there.
std::map<std::string, std::set<std::string>> read_index(const fs::path& file) {
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(read_file(file));
  } catch (const nlohmann::json::exception& e) {
    throw InputError(file.string() + ": not JSON: " + e.what());
  }
  const auto bad = [&](const std::string& what) {
    return InputError(file.string() + ": weight_map: " + what);
  };
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    throw bad("missing or not an object; expected tensor name → file name");
  std::map<std::string, std::set<std::string>> shards;
  for (const auto& [name, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) throw bad("'" + name + "' is not a file name");
    const auto text = shard.get<std::string>();
    if (text.empty() || fs::path(text).filename() != text || text == "." || text == "..")
      throw bad("'" + name + "' → '" + text + "': expected the name of a file in this folder");
    shards[text].insert(name);
  }
  if (shards.empty()) throw bad("empty");
  return shards;
}

void compare_with_index(const WeightFile& shard, const std::set<std::string>& promised,
                        std::vector<std::string>& problems) {
  std::set<std::string> stored;
  for (const auto& tensor : shard.tensors) stored.insert(tensor.name);
  for (const auto& name : promised)
    if (!stored.contains(name))
      problems.push_back(shard.path.string() + ": lacks tensor '" + name + "', which " + kIndex +
                         " puts there");
  for (const auto& name : stored)
    if (!promised.contains(name))
      problems.push_back(shard.path.string() + ": holds tensor '" + name + "', which " + kIndex +
                         " does not put there");
}

std::vector<WeightFile> read_shards(const fs::path& folder) {
  std::vector<WeightFile> files;
  std::vector<std::string> problems;
  for (const auto& [name, tensors] : read_index(folder / kIndex)) {
    if (!fs::exists(folder / name)) {
      problems.push_back((folder / name).string() + ": no such file; " + kIndex + " puts " +
                         std::to_string(tensors.size()) + " tensors there");
      continue;
    }
    try {
      files.push_back(read_weight_file(folder / name));
      compare_with_index(files.back(), tensors, problems);
    } catch (const InputError& e) {
      problems.insert(problems.end(), e.problems.begin(), e.problems.end());
    }
  }
  if (!problems.empty()) throw InputError(problems);
  return files;
}

}  // namespace

MappedFile::MappedFile(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw InputError(file.string() + ": " + reason());
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    const auto why = S_ISREG(info.st_mode) ? reason() : "not a regular file";
    ::close(fd);
    throw InputError(file.string() + ": " + why);
  }
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ == 0) {
    ::close(fd);
    throw InputError(file.string() + ": empty file");
  }
  void* place = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
  const auto why = reason();
  ::close(fd);
  if (place == MAP_FAILED) throw InputError(file.string() + ": cannot be mapped: " + why);
  data_ = static_cast<const std::byte*>(place);
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(data_), size_); }

WeightFile read_weight_file(const fs::path& file) {
  const MappedFile mapped(file);
  char* error = nullptr;
  const std::unique_ptr<hf_safetensors, decltype(&hf_safetensors_free)> header(
      hf_safetensors_open(reinterpret_cast<const std::uint8_t*>(mapped.bytes().data()),
                          mapped.bytes().size(), &error),
      hf_safetensors_free);
  if (!header) {
    const std::string message = error ? error : "unknown error";
    hf_string_free(error);
    throw InputError(file.string() + ": " + message);
  }
  WeightFile out{file, mapped.bytes().size(), {}};
  const std::size_t count = hf_safetensors_count(header.get());
  out.tensors.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    const char* dtype = nullptr;
    const std::size_t* shape = nullptr;
    std::size_t n_dims = 0, begin = 0, end = 0;
    hf_safetensors_get(header.get(), i, &name, &dtype, &shape, &n_dims, &begin, &end);
    StoredTensor tensor{name, dtype, {}, begin, end};
    tensor.shape.assign(shape, shape + n_dims);
    out.tensors.push_back(std::move(tensor));
  }
  return out;
}

std::vector<WeightFile> read_weight_files(const fs::path& folder) {
  if (fs::exists(folder / kSingle)) return {read_weight_file(folder / kSingle)};
  if (fs::exists(folder / kIndex)) return read_shards(folder);
  for (const char* other : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (!fs::exists(folder / other)) continue;
    throw InputError(
        (folder / other).string() +
        ": pickled weights are not read (unpickling runs code); write safetensors once with "
        "Python: AutoModel.from_pretrained('" +
        folder.string() + "').save_pretrained('" + folder.string() + "', safe_serialization=True)");
  }
  throw InputError(folder.string() + ": no weights: expected " + kSingle + " or " + kIndex);
}

}  // namespace attnsweep::spec
