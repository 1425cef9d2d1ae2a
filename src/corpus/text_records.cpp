// Plain text: a line, a paragraph or a file is a record.
#include <string>

#include "base/error.hpp"
#include "config/utf8.hpp"
#include "corpus/buffered_file.hpp"
#include "corpus/sources.hpp"

namespace attnsweep::corpus {
namespace {

/// What the three have in common: the record is `text_`, and all of it is one field.
class TextRecords : public RecordSource {
 public:
  TextRecords(const CorpusFile& file, const Wanted& wanted, Digest* digest)
      : file_(file.path, file.compression, digest), wanted_(wanted) {}

  std::string scan(std::vector<FieldValue>& values) override {
    values.assign(wanted_.names.size(), {});
    if (too_long_) return too_long_problem();
    if (const auto bad = config::first_bad_byte(text_); bad != std::string_view::npos)
      return text_[bad] == '\0'
                 ? "a NUL byte stands at byte " + std::to_string(bad + 1) + ": is it text at all?"
                 : "byte " + std::to_string(bad + 1) + " is no UTF-8";
    if (wanted_.text != Wanted::nowhere) values[wanted_.text] = {FieldValue::Kind::string, text_};
    return {};
  }

  std::string names() override { return {}; }
  std::vector<std::string> all_names() override { return {"text"}; }
  bool seekable() const override { return file_.seekable(); }
  void seek(const Mark& mark) override {
    file_.seek(mark.byte, mark.line);
    next_number_ = mark.number;
  }

 protected:
  void begin_record() { at_ = {next_number_, file_.line(), file_.byte()}; }
  bool end_record() {
    ++next_number_;
    n_bytes_ = static_cast<std::int64_t>(text_.size());
    return true;
  }

  BufferedFile file_;
  const Wanted wanted_;
  std::string_view text_;
  bool too_long_ = false;
};

class Lines : public TextRecords {
 public:
  using TextRecords::TextRecords;
  bool next() override {
    begin_record();
    return file_.next_line(text_, too_long_, max_record_bytes) && end_record();
  }
};

class Paragraphs : public TextRecords {
 public:
  using TextRecords::TextRecords;
  bool next() override {
    std::string_view line;
    bool line_too_long = false;
    too_long_ = false;
    paragraph_.clear();
    do {
      begin_record();
      if (!file_.next_line(line, line_too_long, max_record_bytes)) return false;
    } while (is_blank(line));
    do {
      if (!paragraph_.empty()) paragraph_ += '\n';
      too_long_ = too_long_ || line_too_long || paragraph_.size() + line.size() > max_record_bytes;
      if (too_long_)
        paragraph_.clear();
      else
        paragraph_ += line;
    } while (file_.next_line(line, line_too_long, max_record_bytes) && !is_blank(line));
    text_ = paragraph_;
    return end_record();
  }

 private:
  std::string paragraph_;
};

class WholeFile : public TextRecords {
 public:
  using TextRecords::TextRecords;
  bool next() override {
    if (next_number_ > 0) return false;
    begin_record();
    while (file_.fill()) {
      if (file_.unread().size() <= max_record_bytes) continue;
      too_long_ = true;
      file_.consume(file_.unread().size());
    }
    text_ = file_.unread();
    if (too_long_) text_ = {};
    return end_record();
  }
};

}  // namespace

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string too_long_problem() {
  return "is longer than " + std::to_string(max_record_bytes >> 20) +
         " MiB, which no text is: is the file of another format?";
}

std::unique_ptr<RecordSource> open_text(const CorpusFile& file, const Wanted& wanted,
                                        Digest* digest) {
  if (file.format == CorpusFormat::paragraphs)
    return std::make_unique<Paragraphs>(file, wanted, digest);
  if (file.format == CorpusFormat::document)
    return std::make_unique<WholeFile>(file, wanted, digest);
  return std::make_unique<Lines>(file, wanted, digest);
}

}  // namespace attnsweep::corpus
