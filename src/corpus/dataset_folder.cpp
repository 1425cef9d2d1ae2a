#include "corpus/dataset_folder.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::corpus {
namespace {

namespace fs = std::filesystem;

bool has(const fs::path& folder, const char* name) {
  std::error_code error;
  return fs::is_regular_file(folder / name, error);
}

}  // namespace

FolderKind kind_of_folder(const fs::path& folder) {
  if (has(folder, "dataset_dict.json")) return FolderKind::splits;
  if (has(folder, "state.json") && has(folder, "dataset_info.json")) return FolderKind::dataset;
  return FolderKind::plain;
}

std::vector<fs::path> dataset_files(const fs::path& folder) {
  const auto state_file = folder / "state.json";
  const auto fail = [&](const std::string& what) -> InputError {
    return InputError(state_file.string() + ": " + what);
  };
  const auto state = nlohmann::json::parse(read_file(state_file), nullptr, false);
  const auto list = [&](const char* key) {
    return state.is_object() && state.contains(key) ? state[key] : nlohmann::json();
  };
  if (!list("_data_files").is_array() || list("_data_files").empty())
    throw fail("names no data files; a folder that Dataset.save_to_disk wrote was expected");
  for (const char* key : {"_indices_data_files", "_indices_files"})
    if (const auto indices = list(key); indices.is_array() && !indices.empty())
      throw fail("the rows are chosen by an index of " + std::string(key) +
                 "; save it again after flatten_indices()");
  std::vector<fs::path> files;
  for (const auto& entry : state["_data_files"]) {
    const auto name = entry.is_object() ? entry.value("filename", "") : std::string();
    if (name.empty()) throw fail("an entry of _data_files has no filename");
    files.push_back(folder / name);
  }
  return files;
}

std::string splits_of(const fs::path& folder) {
  const auto dict = nlohmann::json::parse(read_file(folder / "dataset_dict.json"), nullptr, false);
  std::string names;
  if (dict.is_object() && dict.contains("splits") && dict["splits"].is_array())
    for (const auto& split : dict["splits"])
      if (split.is_string()) names += (names.empty() ? "" : ", ") + split.get<std::string>();
  return names.empty() ? "none" : names;
}

}  // namespace attnsweep::corpus
