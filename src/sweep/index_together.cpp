#include "sweep/index_together.hpp"

#include <algorithm>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/log.hpp"
#include "comm/agreement.hpp"
#include "corpus/index_merge.hpp"
#include "corpus/index_scan.hpp"
#include "sweep/corpus_indexes.hpp"
#include "sweep/digests.hpp"

namespace attnsweep::sweep {
namespace {

namespace fs = std::filesystem;

nlohmann::json to_json(const std::vector<corpus::CorpusFile>& files) {
  auto json = nlohmann::json::array();
  for (const auto& file : files)
    json.push_back(
        {file.path.string(), static_cast<int>(file.format), static_cast<int>(file.compression)});
  return json;
}

std::vector<corpus::CorpusFile> files_from(const nlohmann::json& json) {
  std::vector<corpus::CorpusFile> files;
  for (const auto& item : json)
    files.push_back({item[0].get<std::string>(), static_cast<CorpusFormat>(item[1].get<int>()),
                     static_cast<corpus::Compression>(item[2].get<int>())});
  return files;
}

constexpr const char* parts_prefix = "index-parts-";

/// Where the parts of a corpus's index lie while this job builds it. Shares of one run may start at
/// once: each has its own.
fs::path new_parts_folder(const fs::path& run, const CorpusInput& corpus) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  const auto folder =
      run / "cache" /
      (parts_prefix + corpus.entry.id + "-" + host + "-" + std::to_string(::getpid()));
  fs::remove_all(folder);
  make_folder(folder);
  return folder;
}

void remove_left_parts(const fs::path& run) {
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(run / "cache"))
    if (entry.path().filename().string().starts_with(parts_prefix)) left.push_back(entry.path());
  std::error_code ignored;
  for (const auto& folder : left) fs::remove_all(folder, ignored);
}

/// How one corpus is shared out: the worker and the known digest of each file.
struct Shares {
  std::vector<int> worker;
  std::vector<std::string> digests;
  int n_workers = 0;
  fs::path folder;
};

/// Rank 0: what is kept is taken; the rest is shared out. JSON by corpus: null, or the shares.
std::string plan_shares(Inputs& inputs, const Study& study, const fs::path& run, int n_ranks) {
  const IndexCache cache(run);
  const DigestCache digests(run / "cache" / "digests.json");
  auto json = nlohmann::json::object();
  for (auto& corpus : inputs.corpora) {
    json[corpus.entry.id] = nullptr;
    if (cache.find(corpus, study)) continue;
    std::vector<std::uint64_t> bytes;
    std::vector<std::string> known;
    for (const auto& file : corpus.corpus.files()) {
      std::error_code error;
      const auto size = fs::file_size(file.path, error);
      bytes.push_back(error ? 0 : size);
      known.push_back(digests.known(file.path));
    }
    const auto n_workers = std::min(n_ranks, static_cast<int>(bytes.size()));
    json[corpus.entry.id] = {{"worker", share_files(bytes, n_workers)},
                             {"digests", known},
                             {"n_workers", n_workers},
                             {"folder", new_parts_folder(run, corpus).string()}};
    log::info("indexing corpus " + corpus.entry.id + ": " + std::to_string(bytes.size()) +
              (bytes.size() == 1 ? " file" : " files"));
  }
  return json.dump();
}

void scan_share(const CorpusInput& corpus, const Study& study, const Shares& shares, int rank) {
  std::vector<std::size_t> mine;
  const auto& files = corpus.corpus.files();
  for (std::size_t f = 0; f < files.size(); ++f)
    if (shares.worker[f] == rank) mine.push_back(f);
  const auto known = [&](const fs::path& file) {
    for (const auto f : mine)
      if (files[f].path == file) return shares.digests[f];
    return std::string();
  };
  corpus::scan_files(corpus.entry, study.seed, files, mine, shares.folder, rank, known);
}

std::string described(const CorpusInput& corpus) {
  const auto& index = corpus.index;
  auto text = "corpus " + corpus.entry.id + ": " + std::to_string(index.n_records()) +
              " records in " + std::to_string(index.files.size()) +
              (index.files.size() == 1 ? " file" : " files");
  if (corpus.entry.deduplicate)
    text += ", " + std::to_string(index.n_duplicates) + " duplicates left out";
  if (index.n_selected() != index.n_records() - index.n_duplicates)
    text += ", " + std::to_string(index.n_selected()) + " sampled";
  return text;
}

}  // namespace

Inputs look_together(comm::Communicator& comm, const Study& study) {
  Inputs inputs;
  comm::agree(comm, [&] {
    inputs = comm.rank() == 0 ? look_at(study) : look_at_models(study);
    return std::string();
  });
  const auto text = comm::on_rank_0(comm, [&] {
    auto json = nlohmann::json::array();
    for (const auto& corpus : inputs.corpora) json.push_back(to_json(corpus.corpus.files()));
    return json.dump();
  });
  if (comm.rank() == 0) return inputs;
  const auto json = nlohmann::json::parse(text);
  for (std::size_t c = 0; c < study.corpora.size(); ++c)
    inputs.corpora.push_back(
        {study.corpora[c], corpus::Corpus(study.corpora[c], study.seed, files_from(json[c])), {}});
  return inputs;
}

void index_together(comm::Communicator& comm, Inputs& inputs, const Study& study,
                    const fs::path& run, bool alone) {
  const auto json = nlohmann::json::parse(comm::on_rank_0(comm, [&] {
    if (alone) remove_left_parts(run);
    return plan_shares(inputs, study, run, comm.size());
  }));
  const auto shares_of = [&](const CorpusInput& corpus) {
    const auto& shares = json[corpus.entry.id];
    return shares.is_null() ? Shares{}
                            : Shares{shares["worker"], shares["digests"], shares["n_workers"],
                                     shares["folder"].get<std::string>()};
  };
  comm::agree(comm, [&] {
    for (const auto& corpus : inputs.corpora)
      if (const auto shares = shares_of(corpus); comm.rank() < shares.n_workers)
        scan_share(corpus, study, shares, comm.rank());
    return std::string();
  });
  for (auto& corpus : inputs.corpora) {
    const auto bytes = comm::on_rank_0(comm, [&] {
      if (const auto shares = shares_of(corpus); shares.n_workers > 0) {
        corpus.index = corpus::merge_parts(corpus.entry, study.seed, corpus.corpus.files(),
                                           shares.folder, shares.n_workers);
        fs::remove_all(shares.folder);
        IndexCache(run).keep(corpus, study, true);
        DigestCache digests(run / "cache" / "digests.json");
        for (const auto& file : corpus.index.files) digests.remember(file.file.path, file.digest);
        digests.save();
        log::info(described(corpus));
      }
      return comm.size() == 1 ? std::string() : corpus.index.to_bytes();
    });
    if (comm.rank() > 0) corpus.index = corpus::CorpusIndex::from_bytes(bytes);
  }
}

}  // namespace attnsweep::sweep
