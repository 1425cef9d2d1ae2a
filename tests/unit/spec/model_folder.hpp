#pragma once
// Model folders for tests: the small ones of tests/reference, copied, changed and written again.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "spec/model_files.hpp"

namespace attnsweep::test {

namespace fs = std::filesystem;

struct TestTensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

inline fs::path tiny_model(const std::string& name) {
  return fs::path(ATTNSWEEP_TESTS_DIR) / "reference" / "tiny_models" / name;
}

/// The names of the folders of tests/reference/tiny_models, sorted.
inline std::vector<std::string> tiny_models() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(tiny_model("")))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Every tensor of a file, its bytes included.
inline std::vector<TestTensor> read_tensors(const fs::path& file) {
  const spec::MappedFile mapped(file);
  std::vector<TestTensor> out;
  for (const auto& t : spec::read_weight_file(file).tensors)
    out.push_back({t.name,
                   t.dtype,
                   t.shape,
                   {reinterpret_cast<const char*>(mapped.bytes().data()) + t.begin,
                    static_cast<std::size_t>(t.end - t.begin)}});
  return out;
}

/// The values of one tensor whose dtype is T's.
template <class T>
std::vector<T> values_of(const std::vector<TestTensor>& tensors, const std::string& name) {
  for (const auto& t : tensors) {
    if (t.name != name) continue;
    std::vector<T> out(t.bytes.size() / sizeof(T));
    std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
    return out;
  }
  return {};
}

/// A file with this header text, whatever it says, and these data.
inline void write_raw(const fs::path& file, std::uint64_t header_length, const std::string& rest) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&header_length), 8);
  out << rest;
}

inline void write_tensors(const fs::path& file, const std::vector<TestTensor>& tensors) {
  nlohmann::json header;
  std::string data;
  for (const auto& t : tensors) {
    header[t.name] = {{"dtype", t.dtype},
                      {"shape", t.shape},
                      {"data_offsets", {data.size(), data.size() + t.bytes.size()}}};
    data += t.bytes;
  }
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  write_raw(file, text.size(), text + data);
}

/// A folder of its own, made from a small model; gone with the object.
class ModelFolder {
 public:
  explicit ModelFolder(const std::string& from) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name() + "." + from;
    std::replace(name.begin(), name.end(), '/', '_');
    path = fs::path(testing::TempDir()) / ("attnsweep-" + std::to_string(::getpid())) / name;
    fs::remove_all(path);
    fs::create_directories(path);
    for (const auto& entry : fs::directory_iterator(tiny_model(from)))
      fs::copy_file(entry.path(), path / entry.path().filename());
    fs::remove(path / "attention.safetensors");
    fs::remove(path / "long.safetensors");
    config = nlohmann::json::parse(read_file(path / "config.json"));
    if (fs::exists(weights())) tensors = read_tensors(weights());
  }
  ~ModelFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
    fs::remove(path.parent_path(), ignored);
  }
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;

  fs::path weights() const { return path / "model.safetensors"; }
  /// Writes config and tensors as they are now.
  const fs::path& write() const {
    std::ofstream(path / "config.json") << config.dump();
    write_tensors(weights(), tensors);
    return path;
  }
  TestTensor& tensor(const std::string& name) {
    for (auto& t : tensors)
      if (t.name == name) return t;
    throw BugError("no tensor " + name + " in " + path.string());
  }

  fs::path path;
  nlohmann::json config;
  std::vector<TestTensor> tensors;
};

/// The problems of an InputError; empty where nothing is thrown.
template <class Call>
std::vector<std::string> problems_of(Call call) {
  try {
    call();
  } catch (const InputError& e) {
    EXPECT_EQ(e.code(), ExitCode::input);
    return e.problems;
  }
  return {};
}

inline std::vector<std::string> problems_of(const fs::path& folder) {
  return problems_of([&] { spec::read_model_files(folder); });
}

}  // namespace attnsweep::test
