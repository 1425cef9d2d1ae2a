#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace attnsweep::spec {

/// A file mapped read-only into memory; the pages are shared by all processes of the machine.
class MappedFile {
 public:
  /// Throws InputError naming the file and the system's reason.
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// One tensor of a safetensors file. `begin` and `end` are offsets into the file, in bytes; data
/// is row-major and only 8-byte aligned.
struct StoredTensor {
  std::string name;
  std::string dtype;  ///< the header's spelling: F64, F32, F16, BF16, I64 …
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// A safetensors file whose header has been read and checked against its size.
struct WeightFile {
  std::filesystem::path path;
  std::uint64_t n_bytes = 0;
  std::vector<StoredTensor> tensors;  ///< by name
};

/// Which rows of a stored tensor a wanted one is: those from `first` on, or with run > 0 runs of
/// `run` rows that begin at first, first + stride, ….
struct RowSelection {
  std::int64_t first = 0;
  std::int64_t run = 0, stride = 0;
};

/// Where the engine finds one of its tensors.
struct TensorBinding {
  std::string name;         ///< the engine's
  std::string stored_name;  ///< the file's
  std::filesystem::path file;
  std::string dtype;
  std::vector<std::int64_t> shape;  ///< the engine's
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string family_name;  ///< canonical name without model prefix: keys the draws of a control
  /// The file's, and how the engine's tensor lies in it, after transposition.
  std::vector<std::int64_t> stored_shape = {};
  bool transposed = false;
  RowSelection rows = {};
  double start = -1;  ///< see WantedTensor
};

/// Reads and checks the header of one file. Throws InputError naming it.
WeightFile read_weight_file(const std::filesystem::path& file);

/// The folder's model.safetensors, or the shards that model.safetensors.index.json names, checked
/// against that index. Throws InputError with every problem at once.
std::vector<WeightFile> read_weight_files(const std::filesystem::path& folder);

}  // namespace attnsweep::spec
