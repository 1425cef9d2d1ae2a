#include "corpus/corpus.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <numeric>

#include <unistd.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "corpus/corpus_files.hpp"
#include "corpus/index_merge.hpp"
#include "corpus/index_scan.hpp"
#include "corpus/record_parser.hpp"

namespace attnsweep::corpus {
namespace {

namespace fs = std::filesystem;

constexpr int records_checked_first = 3;
constexpr std::size_t most_readers = 4;

/// A folder of this process's own that goes when it is done.
class ScratchFolder {
 public:
  ScratchFolder() {
    static std::atomic<int> n = 0;
    path_ = fs::temp_directory_path() /
            ("attnsweep-index-" + std::to_string(::getpid()) + "-" + std::to_string(n++));
    make_folder(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

struct Corpus::State {
  State(const CorpusEntry& e, std::uint64_t s, std::vector<CorpusFile> f)
      : entry(e), seed(s), files(std::move(f)), parser(e) {}

  CorpusEntry entry;
  std::uint64_t seed;
  std::vector<CorpusFile> files;
  RecordParser parser;

  // Where read_blocks stands, the last used first.
  struct Reader {
    std::size_t file;
    std::unique_ptr<RecordSource> source;
  };
  std::list<Reader> readers;

  void look_at(const CorpusFile& file, FirstLook& look);
  RecordSource& reader_before(const Index& index, std::size_t file, std::int64_t number);
  Record read(const Index& index, std::size_t file, std::int64_t number);
};

Corpus::Corpus(const CorpusEntry& entry, std::uint64_t study_seed)
    : Corpus(entry, study_seed, find_files(entry)) {}
Corpus::Corpus(const CorpusEntry& entry, std::uint64_t study_seed, std::vector<CorpusFile> files)
    : state_(std::make_unique<State>(entry, study_seed, std::move(files))) {}
Corpus::~Corpus() = default;
Corpus::Corpus(Corpus&&) noexcept = default;
Corpus& Corpus::operator=(Corpus&&) noexcept = default;

const std::vector<CorpusFile>& Corpus::files() const { return state_->files; }

void Corpus::State::look_at(const CorpusFile& file, FirstLook& look) {
  try {
    const auto first = open_records(file, parser.wanted());
    std::vector<std::string> problems;
    int n = 0;
    for (; n < records_checked_first && first->next(); ++n) {
      auto record = parser.parse(*first, file, {});
      if (record.problem.empty())
        look.needs_tokenizer = look.needs_tokenizer || !record.input_ids;
      else
        problems.push_back(std::move(record.problem));
    }
    if (n == 0) problems.push_back(file.path.string() + ": holds no record");
    if (entry.on_bad_record == OnBadRecord::skip && static_cast<int>(problems.size()) < n) return;
    for (auto& problem : problems) look.problems.push_back(std::move(problem));
  } catch (const InputError& error) {
    look.problems.insert(look.problems.end(), error.problems.begin(), error.problems.end());
  }
}

Corpus::FirstLook Corpus::first_look() const {
  FirstLook look;
  for (const auto& file : state_->files) state_->look_at(file, look);
  return look;
}

Corpus::Index Corpus::build_index() const {
  const ScratchFolder scratch;
  std::vector<std::size_t> all(state_->files.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  scan_files(state_->entry, state_->seed, state_->files, all, scratch.path(), 0);
  return merge_parts(state_->entry, state_->seed, state_->files, scratch.path(), 1);
}

/// A reader that stands before a record, as close to it as one can be had.
RecordSource& Corpus::State::reader_before(const Index& index, std::size_t file,
                                           std::int64_t number) {
  const auto& indexed = index.files[file];
  const bool is_table = !is_text(indexed.file.format);
  Mark mark;
  if (indexed.seekable && is_table) {
    mark.number = number;
  } else if (indexed.seekable) {
    mark = indexed.marks.at(static_cast<std::size_t>(number / records_per_block));
  }
  // Of a compressed file any reader that has not passed the record; else any reader of the file.
  auto best = readers.end();
  for (auto at = readers.begin(); at != readers.end(); ++at) {
    if (at->file != file) continue;
    const auto next = at->source->next_number();
    if (!indexed.seekable && next > number) continue;
    if (best == readers.end() || (next <= number && next > best->source->next_number())) best = at;
  }
  if (best == readers.end()) {
    if (readers.size() == most_readers) readers.pop_back();
    readers.push_front({file, open_records(indexed.file, parser.wanted())});
  } else {
    readers.splice(readers.begin(), readers, best);
  }
  auto& source = *readers.front().source;
  const auto next = source.next_number();
  if (indexed.seekable && (next > number || next < mark.number)) source.seek(mark);
  return source;
}

Record Corpus::State::read(const Index& index, std::size_t file, std::int64_t number) {
  auto& source = reader_before(index, file, number);
  const auto& indexed = index.files[file];
  do {
    if (!source.next()) {
      const auto n = source.next_number();
      readers.pop_front();
      throw InputError(indexed.file.path.string() + ": holds " + std::to_string(n) + " records, " +
                       std::to_string(indexed.n_records) +
                       " were there when it was counted: it changed since");
    }
  } while (source.at().number < number);
  return parser.parse(source, indexed.file, indexed.digest);
}

std::vector<Record> Corpus::read_blocks(const Index& index, std::int64_t first, std::int64_t n) {
  const auto begin = first * records_per_block;
  const auto end = std::min((first + n) * records_per_block, index.n_selected());
  require(first >= 0 && n >= 0 && begin <= index.n_selected(),
          "blocks [" + std::to_string(first) + ", " + std::to_string(first + n) + ") of " +
              std::to_string(index.n_selected()) + " records were asked for");
  std::vector<Record> records;
  std::size_t file = 0;
  std::int64_t before = 0;  // records in the files before `file`
  for (auto i = begin; i < end; ++i) {
    const auto number = index.selection.nth(i);
    while (number - before >= index.files[file].n_records) before += index.files[file++].n_records;
    records.push_back(state_->read(index, file, number - before));
    records.back().index = i;
  }
  return records;
}

}  // namespace attnsweep::corpus
