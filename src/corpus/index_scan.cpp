#include "corpus/index_scan.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/files.hpp"
#include "corpus/field_values.hpp"
#include "corpus/index_bytes.hpp"
#include "corpus/record_parser.hpp"
#include "corpus/sampled_record.hpp"
#include "corpus/spool.hpp"

namespace attnsweep::corpus {
namespace {

namespace fs = std::filesystem;

// Of a longer record costs are predicted from its beginning.
constexpr std::size_t most_kept_bytes = std::size_t{64} << 10;

/// A cheap hash of a place: candidates need no more.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// Where the words of a record come from, among the fields that its source gives.
struct Keys {
  std::size_t id = 0, category = Wanted::nowhere, input_ids = Wanted::nowhere;
  std::vector<std::size_t> content;
  std::string id_name;
};

Keys keys_of(const FieldRoles& roles, const CorpusEntry& entry) {
  Keys keys;
  keys.id = roles.id;
  keys.id_name = roles.wanted.names[roles.id];
  keys.input_ids = roles.input_ids;
  if (entry.deduplicate) keys.content = roles.content;
  if (entry.stratify) {
    const auto& names = roles.wanted.names;
    keys.category = static_cast<std::size_t>(
        std::find(names.begin(), names.end(), *entry.stratify) - names.begin());
  }
  return keys;
}

class Scanner {
 public:
  Scanner(const CorpusEntry& entry, std::uint64_t seed, const fs::path& folder, int part,
          const KnownDigest& known)
      : entry_(entry),
        seed_(seed),
        known_(known),
        parser_(entry),
        ids_(spool_file(folder, part, Column::ids)) {
    if (entry.deduplicate) contents_.emplace(spool_file(folder, part, Column::contents));
    if (entry.stratify) categories_.emplace(spool_file(folder, part, Column::categories));
  }

  void scan(const CorpusFile& file, std::size_t number);

  ScanPart finish() {
    ids_.finish();
    if (contents_) contents_->finish();
    if (categories_) categories_->finish();
    return std::move(part_);
  }

 private:
  void take_words(RecordSource& source, const Keys& keys);
  void take_content(const Keys& keys, bool is_bad);
  std::uint64_t category_of(const Keys& keys, bool is_bad);
  void offer(RecordSource& source, const CorpusFile& file, std::size_t number);
  void name_those_without_id(std::int64_t begin, const std::string& digest);

  const CorpusEntry& entry_;
  const std::uint64_t seed_;
  const KnownDigest& known_;
  RecordParser parser_;
  Spool ids_;
  std::optional<Spool> contents_, categories_;
  std::vector<FieldValue> values_;
  std::string id_, content_;
  std::vector<std::pair<std::int64_t, std::int64_t>> without_id_;  // runs of record numbers
  std::map<std::string, std::uint64_t> category_numbers_;
  ScanPart part_;
};

void Scanner::scan(const CorpusFile& file, std::size_t number) {
  ScanPart::File out;
  out.number = static_cast<std::int64_t>(number);
  out.begin = ids_.size();
  auto& indexed = out.indexed;
  indexed.file = file;
  indexed.digest = known_ ? known_(file.path) : std::string();
  indexed.seekable = !is_text(file.format) || file.compression == Compression::none;
  // A compressed file gives its candidates in this pass, which takes everything that they hold.
  const auto roles = indexed.seekable ? FieldRoles::of_index(entry_) : FieldRoles(entry_);
  const auto keys = keys_of(roles, entry_);
  Digest digest;
  const bool is_known = !indexed.digest.empty();
  const auto source = open_records(file, roles.wanted, is_known ? nullptr : &digest);
  without_id_.clear();
  Mark end;
  while (source->next()) {
    if (indexed.n_records % records_per_block == 0) indexed.marks.push_back(source->at());
    ++indexed.n_records;
    indexed.n_bytes += source->n_bytes();
    end = source->at();
    end.byte += source->n_bytes();
    take_words(*source, keys);
    offer(*source, file, number);
  }
  if (indexed.n_records == 0) throw InputError(file.path.string() + ": holds no record");
  end.number = indexed.n_records;
  indexed.marks.push_back(end);
  if (!is_known) indexed.digest = digest.hex();
  name_those_without_id(out.begin, indexed.digest);
  for (auto& candidate : part_.candidates)
    if (candidate.file == out.number && candidate.has_record) {
      auto& record = candidate.sampled.record;
      const auto place = id_of_place({}, candidate.number);
      if (record.document == place) record.document = indexed.digest.substr(0, 8) + place;
      if (record.id == place) record.id = indexed.digest.substr(0, 8) + place;
    }
  part_.files.push_back(std::move(out));
}

void Scanner::take_words(RecordSource& source, const Keys& keys) {
  const bool is_bad = !source.scan(values_).empty();
  id_.clear();
  if (!is_bad && take_label(values_[keys.id], keys.id_name, id_).empty() && !id_.empty()) {
    ids_.add(keyed_hash(seed_, id_));
  } else {
    const auto number = source.at().number;
    if (without_id_.empty() || without_id_.back().second != number)
      without_id_.emplace_back(number, number);
    without_id_.back().second = number + 1;
    ids_.add(0);
  }
  if (contents_) take_content(keys, is_bad);
  if (categories_) categories_->add(category_of(keys, is_bad));
}

/// Two words of a record's content; zeros where there is none to compare.
void Scanner::take_content(const Keys& keys, bool is_bad) {
  content_.clear();
  bool has_any = false;
  for (const auto at : keys.content) {
    const auto& value = values_[at];
    std::string problem;
    has_any = has_any || !is_absent(value);
    content_ += std::to_string(value.text.size()) + ":";
    // Blanks between ids are no part of them.
    if (at == keys.input_ids && is_list(value))
      for (const auto id : value_as_ids(value, {}, problem)) content_ += std::to_string(id) + ",";
    else
      content_ += value.text;
  }
  constexpr std::uint64_t key = 0x6475706C69636174u;
  const bool compared = has_any && !is_bad;
  contents_->add(compared ? keyed_hash(key, content_) | 1u : 0);
  contents_->add(compared ? keyed_hash(key + 1, content_) : 0);
}

std::uint64_t Scanner::category_of(const Keys& keys, bool is_bad) {
  std::string problem, text;
  // A record without a category is a bad one; they are a category of their own.
  if (!is_bad && !is_absent(values_[keys.category]))
    text = value_as_text(values_[keys.category], problem);
  const auto [at, is_new] = category_numbers_.emplace(text, category_numbers_.size());
  if (is_new) {
    constexpr std::size_t most = 100000;
    if (category_numbers_.size() > most)
      throw InputError("stratify: '" + *entry_.stratify + "' has more than " +
                       std::to_string(most) + " different values; categories were expected");
    part_.categories.push_back(text);
  }
  return at->second;
}

/// Keeps the candidates with the smallest hashes, the largest of them in front (a heap).
void Scanner::offer(RecordSource& source, const CorpusFile& file, std::size_t number) {
  auto& heap = part_.candidates;
  const auto at = static_cast<std::uint64_t>(source.at().number);
  const auto hash = mixed(mixed(number) ^ at);
  if (heap.size() == most_candidates && hash >= heap.front().hash) return;
  Candidate candidate{hash, static_cast<std::int64_t>(number), source.at().number, false, {}};
  candidate.sampled.n_bytes = source.n_bytes();
  if (is_text(file.format) && file.compression != Compression::none) {
    candidate.has_record = true;
    candidate.sampled.record = parser_.parse(source, file, {});
    cut(candidate.sampled, most_kept_bytes);
  }
  if (heap.size() == most_candidates) {
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
  }
  heap.push_back(std::move(candidate));
  std::push_heap(heap.begin(), heap.end());
}

void Scanner::name_those_without_id(std::int64_t begin, const std::string& digest) {
  constexpr std::int64_t at_once = 1 << 15;
  std::vector<std::uint64_t> words;
  for (const auto& [first, last] : without_id_)
    for (auto n = first; n < last; n += at_once) {
      words.clear();
      for (auto i = n; i < std::min(last, n + at_once); ++i)
        words.push_back(keyed_hash(seed_, id_of_place(digest, i)));
      ids_.replace(begin + n, words);
    }
}

}  // namespace

fs::path part_file(const fs::path& folder, int part) {
  return folder / ("part-" + std::to_string(part));
}

fs::path spool_file(const fs::path& folder, int part, Column column) {
  const char* name = column == Column::ids        ? ".ids"
                     : column == Column::contents ? ".contents"
                                                  : ".categories";
  return part_file(folder, part).string() + name;
}

void scan_files(const CorpusEntry& entry, std::uint64_t study_seed,
                const std::vector<CorpusFile>& files, const std::vector<std::size_t>& numbers,
                const fs::path& folder, int part, const KnownDigest& known) {
  Scanner scanner(entry, study_seed, folder, part, known);
  std::vector<std::string> problems;
  for (const auto number : numbers) {
    try {
      scanner.scan(files[number], number);
    } catch (const InputError& error) {
      problems.insert(problems.end(), error.problems.begin(), error.problems.end());
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  write_file_durably(part_file(folder, part), scanner.finish().to_bytes());
}

std::string ScanPart::to_bytes() const {
  ByteWriter out;
  out.put(static_cast<std::uint64_t>(files.size()));
  for (const auto& file : files) {
    out.put(file.number).put(file.begin);
    put(out, file.indexed);
  }
  out.put(static_cast<std::uint64_t>(categories.size()));
  for (const auto& category : categories) out.put(category);
  out.put(static_cast<std::uint64_t>(candidates.size()));
  for (const auto& c : candidates) {
    out.put(c.hash).put(c.file).put(c.number).put(static_cast<std::uint8_t>(c.has_record));
    put(out, c.sampled);
  }
  return out.take();
}

ScanPart ScanPart::from_bytes(std::string_view bytes) {
  ByteReader in(bytes);
  ScanPart part;
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
    File file;
    file.number = in.get<std::int64_t>();
    file.begin = in.get<std::int64_t>();
    file.indexed = get_file(in);
    part.files.push_back(std::move(file));
  }
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) part.categories.push_back(in.get_text());
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
    Candidate c;
    c.hash = in.get<std::uint64_t>();
    c.file = in.get<std::int64_t>();
    c.number = in.get<std::int64_t>();
    c.has_record = in.get<std::uint8_t>() != 0;
    c.sampled = get_sampled(in);
    part.candidates.push_back(std::move(c));
  }
  return part;
}

}  // namespace attnsweep::corpus
