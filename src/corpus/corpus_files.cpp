#include "corpus/corpus_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/suggest.hpp"

namespace attnsweep::corpus {
namespace {

namespace fs = std::filesystem;

bool is_glob(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

/// The file in the same folder whose name is nearest, for "did you mean".
std::string suggestion(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  if (!is_glob(folder.string()) && !fs::is_directory(folder, error))
    return ": the folder " + folder.string() + " does not exist";
  std::vector<std::string> names;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator();
       at.increment(error))
    names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  const auto near = nearest(path.filename().string(), names);
  return near ? "; did you mean '" + *near + "'?" : "";
}

/// Paths that match, by their bytes; `problem` where the system could not look.
std::vector<std::string> matches(const std::string& pattern, std::string& problem) {
  glob_t found{};
  const int status = ::glob(pattern.c_str(), GLOB_ERR | GLOB_NOSORT, nullptr, &found);
  const int error = errno;
  const std::unique_ptr<glob_t, decltype(&::globfree)> guard(&found, ::globfree);
  std::vector<std::string> paths;
  if (status == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  else if (status != GLOB_NOMATCH)
    problem = std::string("a folder cannot be listed: ") + std::strerror(error);
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Why a file cannot be used; else empty.
std::string file_problem(const fs::path& path) {
  // Not blocking: a pipe without a writer must not hang here.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int error = errno;
    return "cannot be opened: " + std::string(std::strerror(error)) +
           (error == ENOENT ? suggestion(path) : "");
  }
  struct stat info {};
  const int status = ::fstat(fd, &info);
  ::close(fd);
  if (status == 0 && S_ISDIR(info.st_mode))
    return "is a folder; name its files with a glob, such as '" + (path / "*.jsonl").string() + "'";
  if (status != 0 || !S_ISREG(info.st_mode)) return "is no regular file, which is read twice";
  if (!format_of(path))
    return "has a name that tells no format; known endings are " + known_endings();
  return {};
}

}  // namespace

std::vector<CorpusFile> find_files(const CorpusEntry& entry) {
  std::vector<std::string> problems;
  std::vector<CorpusFile> files;
  std::set<std::string> seen;
  const auto complain = [&](const std::string& path, const std::string& what) {
    problems.push_back("corpora." + entry.id + ".files: '" + path + "' " + what);
  };
  for (const auto& pattern : entry.files) {
    std::vector<std::string> paths{pattern};
    std::error_code ignored;
    // A file whose name has brackets is itself.
    if (is_glob(pattern) && !fs::exists(pattern, ignored)) {
      std::string problem;
      paths = matches(pattern, problem);
      if (!problem.empty()) {
        complain(pattern, problem);
      } else if (paths.empty()) {
        complain(pattern, "matches no file" + suggestion(pattern));
      }
    }
    for (const auto& path : paths) {
      if (const auto problem = file_problem(path); !problem.empty())
        complain(path, problem);
      else if (!seen.insert(path).second)
        complain(path, "is named twice");
      else
        files.push_back({path, *format_of(path)});
    }
  }
  if (problems.empty() && files.empty())
    problems.push_back("corpora." + entry.id + ".files: names no file");
  if (!problems.empty()) throw InputError(std::move(problems));
  return files;
}

}  // namespace attnsweep::corpus
