#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/study.hpp"
#include "corpus/corpus.hpp"

namespace attnsweep::corpus {

/// An empty folder that goes when the test ends.
class Folder {
 public:
  Folder();
  ~Folder();
  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view bytes) const;
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// `bytes` as a file with this ending (".gz", ".zst", ".xz"; else as they are) stores them.
std::string stored_as(const std::string& ending, std::string_view bytes);

CorpusEntry corpus_of(std::vector<std::string> files);

/// Every record, block by block.
std::vector<Record> all_records(Corpus& corpus);

/// "r7".
inline std::string numbered(std::string prefix, std::size_t number) {
  return prefix.append(std::to_string(number));
}

/// JSONL of records begin … end − 1, ids "r0" … with texts of different lengths.
std::string numbered_lines(std::size_t begin, std::size_t end);

/// What an InputError says that `work` throws; "no error" without one.
template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace attnsweep::corpus
