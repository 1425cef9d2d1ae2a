// Parquet files, and the Arrow streams of a saved dataset.
#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "corpus/byte_source.hpp"
#include "corpus/rust.hpp"
#include "corpus/sources.hpp"

namespace attnsweep::corpus {
namespace {

class TableRecords : public RecordSource {
 public:
  TableRecords(const CorpusFile& file, const Wanted& wanted, Digest* digest)
      : path_(file.path.string()), found_(wanted.names.size()) {
    char* error = nullptr;
    table_.reset(
        hf_table_open(path_.c_str(), file.format == CorpusFormat::dataset ? 1 : 0, &error));
    if (table_ == nullptr) throw InputError(path_ + ": " + taken(error));
    const auto names = c_names(wanted.names);
    if (hf_table_select(table_.get(), names.data(), names.size(), &error) != 0)
      throw InputError(path_ + ": " + taken(error));
    list_parts();
    enter_part();
    if (digest != nullptr) take(*digest);
  }

  bool next() override {
    char* error = nullptr;
    const int status = hf_table_next(table_.get(), found_.data(), &error);
    if (status < 0)
      throw InputError(path_ + ": record " + std::to_string(next_number_) +
                       ": cannot be read: " + taken(error));
    if (status == 0) return false;
    if (next_number_ >= part_end_) enter_part();
    at_ = {next_number_, 0, part_byte_ + (next_number_ - part_begin_) * row_bytes_};
    n_bytes_ = row_bytes_;
    ++next_number_;
    return true;
  }

  std::string scan(std::vector<FieldValue>& values) override {
    copy_values(found_, values);
    return {};
  }
  std::string names() override { return taken(hf_table_names(table_.get())); }
  std::vector<std::string> all_names() override { return taken(hf_table_all_names(table_.get())); }
  bool seekable() const override { return true; }
  void seek(const Mark& mark) override {
    char* error = nullptr;
    if (hf_table_seek(table_.get(), mark.number, &error) != 0)
      throw InputError(path_ + ": " + taken(error));
    next_number_ = mark.number;
    enter_part();
  }

 private:
  /// Finds the part that the next row is in; its rows share its bytes.
  void enter_part() {
    const auto after = std::upper_bound(first_rows_.begin(), first_rows_.end(), next_number_);
    if (after == first_rows_.end() || after == first_rows_.begin()) return;
    const auto p = static_cast<std::size_t>(after - first_rows_.begin()) - 1;
    part_begin_ = first_rows_[p];
    part_end_ = first_rows_[p + 1];
    part_byte_ = bytes_before_[p];
    row_bytes_ = (bytes_before_[p + 1] - part_byte_) / (part_end_ - part_begin_);
  }

  void list_parts() {
    const auto n = hf_table_n_parts(table_.get());
    std::int64_t byte = 0;
    for (std::size_t p = 0; p < n; ++p) {
      std::int64_t first = 0, bytes = 0;
      hf_table_part(table_.get(), p, &first, &bytes);
      first_rows_.push_back(first);
      bytes_before_.push_back(byte);
      byte += bytes;
    }
    first_rows_.push_back(hf_table_n_rows(table_.get()));
    bytes_before_.push_back(byte);
  }

  void take(Digest& digest) const {
    const auto stored = open_source(path_, Compression::none, &digest);
    std::vector<char> room(std::size_t{1} << 18);
    while (stored->read(room) > 0) {
    }
  }

  std::string path_;
  Owned<hf_table, hf_table_free> table_;
  std::vector<hf_value> found_;
  std::vector<std::int64_t> first_rows_, bytes_before_;  // of the parts, and of their end
  std::int64_t part_begin_ = 0, part_end_ = 0, part_byte_ = 0, row_bytes_ = 0;
};

}  // namespace

std::unique_ptr<RecordSource> open_table(const CorpusFile& file, const Wanted& wanted,
                                         Digest* digest) {
  return std::make_unique<TableRecords>(file, wanted, digest);
}

}  // namespace attnsweep::corpus
