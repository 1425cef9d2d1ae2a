#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "config/study.hpp"
#include "sweep/inputs.hpp"

namespace attnsweep::sweep {

/// Indexes kept between starts: in $ATTNSWEEP_CACHE where that is set (shared by runs, users and
/// plans), else in RUN/cache. One is taken while the files it was built from have the same size,
/// mtime and inode, and the keys that choose and shape records are the same.
class IndexCache {
 public:
  explicit IndexCache(const std::filesystem::path& run);

  /// The kept index of a corpus; false where there is none that fits.
  bool find(CorpusInput& corpus, const Study& study) const;
  /// Keeps the corpus's index; with `in_run` false in the shared folder only. Where that cannot be
  /// written the log says so.
  void keep(const CorpusInput& corpus, const Study& study, bool in_run) const;

 private:
  std::filesystem::path run_, shared_;
};

/// What an index depends on: the files' paths and stamps, and keys of the study.
std::string index_stamp(const CorpusInput& corpus, const Study& study);

/// The worker of each file, so that `n_workers` have about equally many bytes to read: the largest
/// files first, each to the one with the least so far. Deterministic.
std::vector<int> share_files(const std::vector<std::uint64_t>& bytes, int n_workers);

/// Finds or builds the index of every corpus, alone; writes nothing but $ATTNSWEEP_CACHE.
void index_alone(Inputs& inputs, const Study& study, const std::filesystem::path& run);

}  // namespace attnsweep::sweep
