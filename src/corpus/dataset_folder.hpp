#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace attnsweep::corpus {

/// What a folder is to the `datasets` library.
enum class FolderKind { plain, dataset, splits };
FolderKind kind_of_folder(const std::filesystem::path& folder);

/// The Arrow streams of a folder that Dataset.save_to_disk wrote, in the order of its state.json.
/// Throws InputError naming the folder and what is wrong with it.
std::vector<std::filesystem::path> dataset_files(const std::filesystem::path& folder);

/// The splits of a folder that DatasetDict.save_to_disk wrote, each with its folder, for a message:
/// "train, test".
std::string splits_of(const std::filesystem::path& folder);

}  // namespace attnsweep::corpus
