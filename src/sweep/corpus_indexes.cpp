#include "sweep/corpus_indexes.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "sweep/digests.hpp"

namespace attnsweep::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t stamp_length = 64;

fs::path shared_folder() {
  const char* text = std::getenv("ATTNSWEEP_CACHE");
  return text != nullptr && *text != '\0' ? fs::absolute(text) : fs::path();
}

fs::path file_in_run(const fs::path& run, const CorpusInput& corpus) {
  return run / "cache" / ("index-" + corpus.entry.id + ".bin");
}

/// The index in a file that begins with this stamp. One that is of another, or damaged, only costs
/// the time to build it again.
bool read_index(const fs::path& file, const std::string& stamp, CorpusInput& corpus) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return false;
  try {
    const auto text = read_file(file);
    if (text.compare(0, stamp_length, stamp) != 0) return false;
    corpus.index = corpus::CorpusIndex::from_bytes(std::string_view(text).substr(stamp_length));
    return true;
  } catch (const InputError& problem) {
    log::warn(file.string() + ": " + problem.what() + "; it is built again");
    return false;
  }
}

}  // namespace

std::string index_stamp(const CorpusInput& corpus, const Study& study) {
  const auto& entry = corpus.entry;
  std::string text;
  const auto add = [&text](const std::string& word) {
    text += std::to_string(word.size()) + ":" + word + "\n";
  };
  const auto add_optional = [&add](const std::optional<std::string>& word) {
    add(word ? "=" + *word : "");
  };
  const auto& fields = entry.fields;
  for (const auto& field : {fields.text, fields.text_pair, fields.words, fields.input_ids,
                            fields.id, fields.document, fields.messages})
    add_optional(field);
  for (const auto& name : entry.covariates) add(name);
  add_optional(entry.text_template);
  add_optional(entry.stratify);
  for (const bool is_set : {entry.chat_template, entry.deduplicate,
                            entry.on_bad_record == OnBadRecord::skip, entry.sample.has_value()})
    add(is_set ? "yes" : "no");
  if (entry.sample) add(std::to_string(*entry.sample) + " " + std::to_string(study.seed));
  for (const auto& file : corpus.corpus.files()) {
    add(file.path.string());
    add(std::string(name(file.format)) + " " + stamp_of(file.path));
  }
  return digest_of(text);
}

IndexCache::IndexCache(const fs::path& run) : run_(run), shared_(shared_folder()) {}

bool IndexCache::find(CorpusInput& corpus, const Study& study) const {
  const auto stamp = index_stamp(corpus, study);
  return read_index(file_in_run(run_, corpus), stamp, corpus) ||
         (!shared_.empty() && read_index(shared_ / (stamp + ".index"), stamp, corpus));
}

void IndexCache::keep(const CorpusInput& corpus, const Study& study, bool in_run) const {
  const auto stamp = index_stamp(corpus, study);
  const auto bytes = stamp + corpus.index.to_bytes();
  if (!shared_.empty()) {
    try {
      make_folder(shared_);
      write_file_durably(shared_ / (stamp + ".index"), bytes);
      return;
    } catch (const Error& error) {
      log::warn(std::string("ATTNSWEEP_CACHE: ") + error.what());
    }
  }
  if (in_run) write_file_durably(file_in_run(run_, corpus), bytes);
}

std::vector<int> share_files(const std::vector<std::uint64_t>& bytes, int n_workers) {
  std::vector<std::size_t> order(bytes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return bytes[a] > bytes[b]; });
  std::vector<std::uint64_t> load(static_cast<std::size_t>(n_workers));
  std::vector<int> worker(bytes.size());
  for (const auto f : order) {
    const auto least = std::min_element(load.begin(), load.end());
    worker[f] = static_cast<int>(least - load.begin());
    *least += bytes[f] + 1;  // a file of no bytes costs something too
  }
  return worker;
}

void index_alone(Inputs& inputs, const Study& study, const fs::path& run) {
  const IndexCache cache(run);
  for (auto& corpus : inputs.corpora) {
    if (cache.find(corpus, study)) continue;
    corpus.index = corpus.corpus.build_index();
    cache.keep(corpus, study, false);
  }
}

}  // namespace attnsweep::sweep
