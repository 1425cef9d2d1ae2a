#include "corpus/index_merge.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "corpus/record_choice.hpp"
#include "corpus/record_parser.hpp"
#include "corpus/sampled_record.hpp"
#include "corpus/spooled_words.hpp"

namespace attnsweep::corpus {
namespace {

constexpr std::size_t most_twins_told = 20;
constexpr std::size_t most_kept_bytes = std::size_t{64} << 10;

/// Reads single records of a corpus by their numbers in file order.
class Picker {
 public:
  Picker(const CorpusEntry& entry, const std::vector<IndexedFile>& files)
      : parser_(entry), files_(files) {}

  Record pick(std::size_t f, std::int64_t number, std::string* place = nullptr) {
    const auto& file = files_[f];
    if (!source_ || open_ != f || source_->next_number() > number) {
      source_ = open_records(file.file, parser_.wanted());
      open_ = f;
    }
    if (file.seekable && !is_text(file.file.format)) {
      source_->seek({number, 0, 0});
    } else if (file.seekable) {
      const auto& mark = file.marks[static_cast<std::size_t>(number / records_per_block)];
      if (source_->next_number() < mark.number) source_->seek(mark);
    }
    do {
      if (!source_->next())
        throw InputError(file.file.path.string() + ": changed while it was being indexed");
    } while (source_->at().number < number);
    if (place != nullptr) *place = place_of(file.file, source_->at());
    return parser_.parse(*source_, file.file, file.digest);
  }

  /// The file of a number, which becomes the record's number in it.
  std::size_t file_of(std::int64_t& number) const {
    std::size_t f = 0;
    while (number >= files_[f].n_records) number -= files_[f++].n_records;
    return f;
  }

  std::int64_t n_bytes() const { return source_->n_bytes(); }

 private:
  RecordParser parser_;
  const std::vector<IndexedFile>& files_;
  std::unique_ptr<RecordSource> source_;
  std::size_t open_ = 0;
};

/// Throws where two records share an id. Equal hashes of different ids are no reason.
void refuse_equal_ids(const CorpusEntry& entry, const SpooledWords& words,
                      const std::vector<IndexedFile>& files) {
  const auto twins = equal_ids(words, most_twins_told);
  if (twins.empty()) return;
  // In the order of the file, so that a compressed one is not read again for every pair.
  std::map<std::int64_t, std::pair<std::string, std::string>> found;  // number → id, place
  for (const auto& pair : twins) found[pair.first], found[pair.second];
  Picker picker(entry, files);
  for (auto& [number, what] : found) {
    auto in_file = number;
    const auto f = picker.file_of(in_file);
    what.first = picker.pick(f, in_file, &what.second).id;
  }
  std::vector<std::string> problems;
  for (const auto& pair : twins) {
    const auto& [id, place] = found[pair.first];
    const auto& [other_id, other_place] = found[pair.second];
    if (id == other_id)
      problems.push_back(other_place + ": the id '" + id + "' stands at " + place +
                         " already; every record's must be its own" +
                         (entry.fields.id ? "" : " (fields: {id: …} names another field)"));
  }
  if (problems.size() == most_twins_told)
    problems.push_back("these are the first " + std::to_string(most_twins_told) + " such records");
  if (!problems.empty()) throw InputError(std::move(problems));
}

std::vector<SampledRecord> sample_of(std::vector<Candidate> candidates, const CorpusEntry& entry,
                                     const std::vector<IndexedFile>& files) {
  std::sort(candidates.begin(), candidates.end());
  if (candidates.size() > most_candidates) candidates.resize(most_candidates);
  // In file order, so that reading goes forward.
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.file != b.file ? a.file < b.file : a.number < b.number;
  });
  std::vector<SampledRecord> sample;
  Picker picker(entry, files);
  for (auto& candidate : candidates) {
    auto& sampled = candidate.sampled;
    if (!candidate.has_record) {
      sampled.record = picker.pick(static_cast<std::size_t>(candidate.file), candidate.number);
      cut(sampled, most_kept_bytes);
    }
    sample.push_back(std::move(sampled));
  }
  return sample;
}

}  // namespace

CorpusIndex merge_parts(const CorpusEntry& entry, std::uint64_t study_seed,
                        const std::vector<CorpusFile>& files, const std::filesystem::path& folder,
                        int n_parts) {
  SpooledWords words(folder, n_parts, files.size());
  CorpusIndex index;
  index.files = words.take_files();
  refuse_equal_ids(entry, words, index.files);
  index.selection = choose_records(entry, study_seed, words, index.n_duplicates);
  index.sample = sample_of(words.take_candidates(), entry, index.files);
  return index;
}

}  // namespace attnsweep::corpus
