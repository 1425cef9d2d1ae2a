// CSV and TSV with a header row, through csv-core.
#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "config/utf8.hpp"
#include "corpus/buffered_file.hpp"
#include "corpus/rust.hpp"
#include "corpus/sources.hpp"

namespace attnsweep::corpus {
namespace {

class CsvRecords : public RecordSource {
 public:
  CsvRecords(const CorpusFile& file, const Wanted& wanted, Digest* digest)
      : path_(file.path.string()),
        file_(file.path, file.compression, digest),
        columns_(wanted.names.size(), Wanted::nowhere) {
    char* error = nullptr;
    csv_.reset(hf_csv_new(file.format == CorpusFormat::tsv ? '\t' : ',', &error));
    require(csv_ != nullptr, "hf_csv_new: " + taken(error));
    if (!next_row()) return;
    for (std::size_t i = 0; i < hf_csv_n_fields(csv_.get()); ++i) header_.emplace_back(field(i));
    for (std::size_t w = 0; w < wanted.names.size(); ++w) {
      const auto& name = wanted.names[w];
      const auto found = std::find(header_.begin(), header_.end(), name);
      if (found == header_.end()) continue;
      if (std::find(found + 1, header_.end(), name) != header_.end())
        throw InputError(path_ + ":1: two columns are called '" + name + "'");
      columns_[w] = static_cast<std::size_t>(found - header_.begin());
    }
  }

  bool next() override {
    if (!next_row()) return false;
    at_ = {next_number_++, row_line_, row_byte_};
    n_bytes_ = file_.byte() - row_byte_;
    return true;
  }

  std::string scan(std::vector<FieldValue>& values) override {
    values.assign(columns_.size(), {});
    const auto n = hf_csv_n_fields(csv_.get());
    if (n != header_.size())
      return "has " + std::to_string(n) + " fields, the header has " +
             std::to_string(header_.size());
    for (std::size_t w = 0; w < columns_.size(); ++w) {
      if (columns_[w] == Wanted::nowhere) continue;
      const auto text = field(columns_[w]);
      if (const auto bad = config::first_bad_byte(text); bad != std::string_view::npos) {
        values.assign(columns_.size(), {});
        const auto where = "field '" + header_[columns_[w]] + "': ";
        const auto byte = std::to_string(bad + 1);
        return where + (text[bad] == '\0'
                            ? "a NUL byte stands at byte " + byte + ": is it text at all?"
                            : "byte " + byte + " is no UTF-8");
      }
      values[w] = {FieldValue::Kind::cell, text};
    }
    return {};
  }

  std::string names() override {
    constexpr std::size_t most = 20;
    std::string out;
    for (std::size_t i = 0; i < std::min(most, header_.size()); ++i)
      out += (i > 0 ? ", " : "") + header_[i];
    return out;
  }

  std::vector<std::string> all_names() override { return header_; }

  bool seekable() const override { return file_.seekable(); }
  void seek(const Mark& mark) override {
    file_.seek(mark.byte, mark.line);
    hf_csv_restart(csv_.get());
    next_number_ = mark.number;
  }

 private:
  std::string_view field(std::size_t i) const {
    std::size_t n = 0;
    const char* text = hf_csv_field(csv_.get(), i, &n);
    return {text, n};
  }

  bool next_row() {
    // Blank lines first, so that the row's own place is known.
    for (;;) {
      const auto text = file_.unread();
      const auto at = text.find_first_not_of("\r\n");
      file_.consume(at == std::string_view::npos ? text.size() : at);
      if (at != std::string_view::npos) break;
      if (!file_.fill()) return false;
    }
    row_line_ = file_.line();
    row_byte_ = file_.byte();
    for (;;) {
      const auto text = file_.unread();
      std::size_t consumed = 0;
      char* error = nullptr;
      const int status = hf_csv_read(csv_.get(), text.data(), text.size(), file_.at_end(),
                                     max_record_bytes, &consumed, &error);
      // Where a broken row ends is not known: it is the file that is wrong.
      if (status < 0)
        throw InputError(path_ + ":" + std::to_string(row_line_) + ": the row " + taken(error));
      file_.consume(consumed);
      if (status == 1) return true;
      if (status == 2) return false;
      file_.fill();
    }
  }

  std::string path_;
  BufferedFile file_;
  std::vector<std::size_t> columns_;  // of the wanted fields
  std::vector<std::string> header_;
  Owned<hf_csv, hf_csv_free> csv_;
  std::int64_t row_line_ = 1, row_byte_ = 0;
};

}  // namespace

std::unique_ptr<RecordSource> open_csv(const CorpusFile& file, const Wanted& wanted,
                                       Digest* digest) {
  return std::make_unique<CsvRecords>(file, wanted, digest);
}

}  // namespace attnsweep::corpus
