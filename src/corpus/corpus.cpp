#include "corpus/corpus.hpp"

#include <algorithm>
#include <queue>
#include <tuple>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "corpus/corpus_files.hpp"
#include "corpus/record_parser.hpp"

namespace attnsweep::corpus {
namespace {

constexpr int records_checked_first = 3;

/// Keeps the `capacity` records with the smallest hash (of equal ones the first), whatever comes.
class Sample {
 public:
  explicit Sample(std::int64_t capacity) : capacity_(static_cast<std::size_t>(capacity)) {}

  void offer(std::uint64_t hash, std::int64_t number, std::int64_t bytes) {
    if (heap_.size() == capacity_ && (capacity_ == 0 || Entry{hash, number, bytes} > heap_.top()))
      return;
    if (heap_.size() == capacity_) heap_.pop();
    heap_.emplace(hash, number, bytes);
  }

  /// Numbers of the kept records in file order; adds up their bytes.
  std::vector<std::int64_t> take(std::int64_t& bytes) {
    std::vector<std::int64_t> numbers;
    for (; !heap_.empty(); heap_.pop()) {
      numbers.push_back(std::get<1>(heap_.top()));
      bytes += std::get<2>(heap_.top());
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

 private:
  using Entry = std::tuple<std::uint64_t, std::int64_t, std::int64_t>;
  std::size_t capacity_;
  std::priority_queue<Entry> heap_;
};

}  // namespace

struct Corpus::State {
  State(const CorpusEntry& e, std::uint64_t s)
      : entry(e), seed(s), files(find_files(e)), parser(e) {
    for (const auto& file : files) paths.push_back(file.path);
  }

  CorpusEntry entry;
  std::uint64_t seed;
  std::vector<CorpusFile> files;
  std::vector<std::filesystem::path> paths;
  RecordParser parser;

  // Where read_blocks stands.
  std::size_t open_file = 0;
  std::optional<RecordReader> reader;

  std::vector<std::string> first_problems_of(const CorpusFile& file) const;
  void count(const CorpusFile& file, Index& index) const;
  void select(Index& index) const;
  void go_to(const Index& index, std::size_t file, std::int64_t number);
  Record read(const Index& index, std::size_t file, std::int64_t number);
};

Corpus::Corpus(const CorpusEntry& entry, std::uint64_t study_seed)
    : state_(std::make_unique<State>(entry, study_seed)) {}
Corpus::~Corpus() = default;
Corpus::Corpus(Corpus&&) noexcept = default;

const std::vector<std::filesystem::path>& Corpus::files() const { return state_->paths; }

std::vector<std::string> Corpus::State::first_problems_of(const CorpusFile& file) const {
  std::vector<std::string> problems;
  try {
    RecordReader first(file.path, file.format);
    RawRecord raw;
    int n = 0;
    for (; n < records_checked_first && first.next(raw); ++n) {
      auto record = parser.parse(raw, file.format.json, file.path.string(), {});
      if (!record.problem.empty()) problems.push_back(std::move(record.problem));
    }
    if (n == 0) problems.push_back(file.path.string() + ": holds no record");
  } catch (const InputError& error) {
    problems.insert(problems.end(), error.problems.begin(), error.problems.end());
  }
  return problems;
}

std::vector<std::string> Corpus::first_problems() const {
  std::vector<std::string> problems;
  for (const auto& file : state_->files)
    for (auto& problem : state_->first_problems_of(file)) problems.push_back(std::move(problem));
  return problems;
}

bool Corpus::first_records_need_tokenizer() const {
  for (const auto& file : state_->files) {
    RecordReader first(file.path, file.format);
    RawRecord raw;
    for (int n = 0; n < records_checked_first && first.next(raw); ++n) {
      const auto record = state_->parser.parse(raw, file.format.json, file.path.string(), {});
      if (record.problem.empty() && !record.input_ids) return true;
    }
  }
  return false;
}

/// Adds one file to the index: its digest, its records, and where every 1024th begins.
void Corpus::State::count(const CorpusFile& file, Index& index) const {
  Digest digest;
  RecordReader records(file.path, file.format, &digest);
  RawRecord raw;
  std::int64_t n = 0, bytes = 0;
  std::vector<std::int64_t> offsets, lines;
  for (; records.next(raw); ++n) {
    bytes += static_cast<std::int64_t>(raw.line.size());
    if (file.format.compression == Compression::none && n % records_per_block == 0) {
      offsets.push_back(raw.byte);
      lines.push_back(raw.line_number);
    }
  }
  if (n == 0) throw InputError(file.path.string() + ": holds no record");
  index.file_digests.push_back(digest.hex());
  index.file_records.push_back(n);
  index.offsets.push_back(std::move(offsets));
  index.lines.push_back(std::move(lines));
  index.n_records += n;
  index.total_text_bytes += bytes;
}

/// The pass that `sample` needs: ids can depend on the digests, which `count` finds.
void Corpus::State::select(Index& index) const {
  Sample sample(*entry.sample);
  std::int64_t number = 0;
  for (std::size_t f = 0; f < files.size(); ++f) {
    RecordReader records(files[f].path, files[f].format);
    RawRecord raw;
    for (; records.next(raw); ++number) {
      const auto record =
          parser.parse(raw, files[f].format.json, files[f].path.string(), index.file_digests[f]);
      sample.offer(keyed_hash(seed, record.id), number, static_cast<std::int64_t>(raw.line.size()));
    }
  }
  index.total_text_bytes = 0;
  index.selected = sample.take(index.total_text_bytes);
  index.n_selected = static_cast<std::int64_t>(index.selected.size());
}

Corpus::Index Corpus::build_index() const {
  Index index;
  std::vector<std::string> problems;
  for (const auto& file : state_->files) {
    try {
      state_->count(file, index);
    } catch (const InputError& error) {
      problems.insert(problems.end(), error.problems.begin(), error.problems.end());
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  index.n_selected = index.n_records;
  if (state_->entry.sample && *state_->entry.sample < index.n_records) state_->select(index);
  return index;
}

/// Makes `reader` stand before a record of a file.
void Corpus::State::go_to(const Index& index, std::size_t file, std::int64_t number) {
  const auto& offsets = index.offsets[file];
  const bool here = reader && open_file == file;
  const bool ahead = here && reader->next_number() <= number;
  const auto mark = number / records_per_block;
  if (offsets.empty() ? !ahead : !here) {
    reader.emplace(files[file].path, files[file].format);
    open_file = file;
  }
  if (!offsets.empty() && (!ahead || reader->next_number() / records_per_block < mark)) {
    require(mark < static_cast<std::int64_t>(offsets.size()),
            "a record beyond the index's offsets");
    const auto m = static_cast<std::size_t>(mark);
    reader->seek(mark * records_per_block, index.lines[file][m], offsets[m]);
  }
}

Record Corpus::State::read(const Index& index, std::size_t file, std::int64_t number) {
  go_to(index, file, number);
  RawRecord raw;
  do {
    if (!reader->next(raw)) {
      const auto n = reader->next_number();
      reader.reset();
      throw InputError(files[file].path.string() + ": holds " + std::to_string(n) + " records, " +
                       std::to_string(index.file_records[file]) +
                       " were there when it was counted: it changed since");
    }
  } while (raw.number < number);
  return parser.parse(raw, files[file].format.json, files[file].path.string(),
                      index.file_digests[file]);
}

std::vector<Record> Corpus::read_blocks(const Index& index, std::int64_t first, std::int64_t n) {
  auto& s = *state_;
  require(index.file_records.size() == s.files.size(),
          "an index of " + std::to_string(index.file_records.size()) + " files for a corpus of " +
              std::to_string(s.files.size()));
  const auto begin = first * records_per_block;
  const auto end = std::min((first + n) * records_per_block, index.n_selected);
  require(first >= 0 && n >= 0 && begin <= index.n_selected,
          "blocks [" + std::to_string(first) + ", " + std::to_string(first + n) + ") of " +
              std::to_string(index.n_selected) + " records were asked for");
  std::vector<Record> records;
  std::size_t file = 0;
  std::int64_t before = 0;  // records in the files before `file`
  for (auto i = begin; i < end; ++i) {
    const auto number = index.selected.empty() ? i : index.selected[static_cast<std::size_t>(i)];
    while (number - before >= index.file_records[file]) before += index.file_records[file++];
    records.push_back(s.read(index, file, number - before));
    records.back().index = i;
  }
  return records;
}

}  // namespace attnsweep::corpus
