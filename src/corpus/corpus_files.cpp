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
#include "corpus/dataset_folder.hpp"

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

/// Why a file cannot be read; else empty.
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
  return status == 0 && S_ISREG(info.st_mode) ? "" : "is no regular file, which is read twice";
}

/// Finds the files of one corpus and what is wrong with its paths.
class Finder {
 public:
  explicit Finder(const CorpusEntry& entry) : entry_(entry) {}

  std::vector<CorpusFile> find() {
    for (const auto& pattern : entry_.files) {
      std::vector<std::string> paths{pattern};
      std::error_code ignored;
      // A file whose name has brackets is itself.
      if (is_glob(pattern) && !fs::exists(pattern, ignored)) {
        std::string problem;
        paths = matches(pattern, problem);
        if (!problem.empty())
          complain(pattern, problem);
        else if (paths.empty())
          complain(pattern, "matches no file" + suggestion(pattern));
      }
      for (const auto& path : paths) {
        if (fs::is_directory(path, ignored))
          add_folder(path);
        else
          add_file(path);
      }
    }
    if (problems_.empty() && files_.empty())
      problems_.push_back("corpora." + entry_.id + ".files: names no file");
    if (!problems_.empty()) throw InputError(std::move(problems_));
    return std::move(files_);
  }

 private:
  void complain(const std::string& path, const std::string& what) {
    problems_.push_back("corpora." + entry_.id + ".files: '" + path + "' " + what);
  }

  void add_file(const fs::path& path) {
    const bool forced = entry_.format != CorpusFormat::automatic;
    const auto known = forced ? entry_.format : format_of(path);
    if (const auto problem = file_problem(path); !problem.empty())
      complain(path, problem);
    else if (!known)
      complain(path, "has a name that tells no format; known endings are " + known_endings());
    else if (!seen_.insert(path).second)
      complain(path, "is named twice");
    else
      add(path, *known, forced);
  }

  void add(const fs::path& path, CorpusFormat format, bool forced) {
    CorpusFile file{path, format, is_text(format) ? compression_of(path) : Compression::none};
    if (format == CorpusFormat::json && !forced) file.format = json_kind(file);
    files_.push_back(std::move(file));
  }

  void add_folder(const fs::path& folder) {
    try {
      const auto kind = kind_of_folder(folder);
      if (kind == FolderKind::splits) {
        complain(folder, "holds several splits (" + splits_of(folder) +
                             "); name one of them, as '" + (folder / "SPLIT").string() + "'");
      } else if (kind == FolderKind::dataset) {
        if (entry_.format != CorpusFormat::automatic && entry_.format != CorpusFormat::dataset)
          complain(folder,
                   "is a saved dataset, and 'format' says " + std::string(name(entry_.format)));
        else
          for (const auto& file : dataset_files(folder)) add_file(file);
      } else if (entry_.format == CorpusFormat::dataset) {
        complain(folder,
                 "is no folder that save_to_disk wrote: it has no state.json with a "
                 "dataset_info.json");
      } else {
        add_files_below(folder);
      }
    } catch (const InputError& error) {
      for (const auto& problem : error.problems)
        problems_.push_back("corpora." + entry_.id + ".files: " + problem);
    } catch (const fs::filesystem_error& error) {
      complain(folder, "cannot be listed: " + error.code().message());
    }
  }

  void add_files_below(const fs::path& folder) {
    std::vector<std::string> plain, folders;
    for (auto at = fs::recursive_directory_iterator(folder); at != fs::end(at); ++at) {
      const auto& path = at->path();
      if (path.filename().string().starts_with('.')) {
        if (at->is_directory()) at.disable_recursion_pending();
      } else if (at->is_directory()) {
        if (kind_of_folder(path) == FolderKind::plain) continue;
        folders.push_back(path);
        at.disable_recursion_pending();
      } else if (entry_.format != CorpusFormat::automatic || format_of(path)) {
        plain.push_back(path);
      }
    }
    if (plain.empty() && folders.empty()) complain(folder, "holds no file of a known format");
    std::sort(plain.begin(), plain.end());
    std::sort(folders.begin(), folders.end());
    for (const auto& path : plain) add_file(path);
    for (const auto& path : folders) add_folder(path);
  }

  const CorpusEntry& entry_;
  std::vector<std::string> problems_;
  std::vector<CorpusFile> files_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<CorpusFile> find_files(const CorpusEntry& entry) { return Finder(entry).find(); }

}  // namespace attnsweep::corpus
