// JSON: an object a line, or one array of objects.
#include <string>

#include "base/error.hpp"
#include "corpus/buffered_file.hpp"
#include "corpus/rust.hpp"
#include "corpus/sources.hpp"

namespace attnsweep::corpus {
namespace {

/// What both have in common: the record is the JSON text `json_`.
class JsonRecords : public RecordSource {
 public:
  JsonRecords(const CorpusFile& file, const Wanted& wanted, Digest* digest)
      : path_(file.path.string()),
        file_(file.path, file.compression, digest),
        found_(wanted.names.size()) {
    char* error = nullptr;
    const auto names = c_names(wanted.names);
    scanner_.reset(hf_json_new(names.data(), names.size(), &error));
    require(scanner_ != nullptr, "hf_json_new: " + taken(error));
  }

  std::string scan(std::vector<FieldValue>& values) override {
    values.assign(found_.size(), {});
    if (too_long_) return too_long_problem();
    if (const auto nul = json_.find('\0'); nul != std::string_view::npos)
      return "a NUL byte stands at byte " + std::to_string(nul + 1) + ": is it text at all?";
    char* error = nullptr;
    if (hf_json_scan(scanner_.get(), json_.data(), json_.size(), found_.data(), &error) != 0)
      return taken(error);
    copy_values(found_, values);
    return {};
  }

  std::string names() override {
    const auto names = taken(hf_json_names(json_.data(), json_.size()));
    return names.empty() ? "no field" : names;
  }
  std::vector<std::string> all_names() override {
    return taken(hf_json_all_names(json_.data(), json_.size()));
  }
  bool seekable() const override { return file_.seekable(); }

 protected:
  bool end_record() {
    ++next_number_;
    n_bytes_ = static_cast<std::int64_t>(json_.size());
    return true;
  }

  std::string path_;
  BufferedFile file_;
  std::string_view json_;
  bool too_long_ = false;

 private:
  Owned<hf_json, hf_json_free> scanner_;
  std::vector<hf_value> found_;
};

class JsonLines : public JsonRecords {
 public:
  using JsonRecords::JsonRecords;

  bool next() override {
    do {
      at_ = {next_number_, file_.line(), file_.byte()};
      if (!file_.next_line(json_, too_long_, max_record_bytes)) return false;
    } while (is_blank(json_));
    return end_record();
  }
  void seek(const Mark& mark) override {
    file_.seek(mark.byte, mark.line);
    next_number_ = mark.number;
  }
};

class JsonArray : public JsonRecords {
 public:
  JsonArray(const CorpusFile& file, const Wanted& wanted, Digest* digest)
      : JsonRecords(file, wanted, digest) {
    const char first = next_character();
    if (first == '\0') {
      is_over_ = true;  // of an empty file
    } else if (first != '[') {
      fail(std::string("begins with '") + first + "', a JSON array of objects was expected" +
           (first == '{' ? "; format: jsonl reads an object a line" : ""));
    } else {
      file_.consume(1, 0);
    }
  }

  bool next() override {
    if (is_over_) return false;
    char c = next_character();
    if (c == ']' && next_number_ == 0) return finish();
    // Behind a seek the comma before the record has been passed over.
    if (next_number_ > 0 && !at_record_) {
      if (c == ']') return finish();
      if (c != ',') fail_at(c, "',' or ']' between the records");
      file_.consume(1, 0);
      c = next_character();
    }
    at_record_ = false;
    at_ = {next_number_, file_.line(), file_.byte()};
    const auto length = length_of_value();
    json_ = file_.unread().substr(0, length);
    file_.consume(length);
    return end_record();
  }

  void seek(const Mark& mark) override {
    file_.seek(mark.byte, mark.line);
    next_number_ = mark.number;
    at_record_ = true;
    is_over_ = false;
  }

 private:
  /// The next one that is no blank, which stays unread; NUL at the end of the file.
  char next_character() {
    for (;;) {
      const auto text = file_.unread();
      const auto at = text.find_first_not_of(" \t\r\n");
      file_.consume(at == std::string_view::npos ? text.size() : at);
      if (at != std::string_view::npos) return file_.unread().front();
      if (!file_.fill()) return '\0';
    }
  }

  std::size_t length_of_value() {
    for (;;) {
      const auto text = file_.unread();
      std::size_t length = 0;
      char* error = nullptr;
      const int status = hf_json_end(text.data(), text.size(), &length, &error);
      if (status < 0) fail(taken(error));
      // A number at the end of what was read may go on behind it.
      const bool closed = status == 1 && (length < text.size() || file_.at_end() ||
                                          std::string_view("}]\"").find(text[length - 1]) !=
                                              std::string_view::npos);
      if (closed) return length;
      if (text.size() > max_record_bytes) fail(too_long_problem());
      if (!file_.fill()) fail("the file ends inside a record: it is truncated");
    }
  }

  bool finish() {
    file_.consume(1, 0);
    is_over_ = true;
    if (const char c = next_character(); c != '\0') fail_at(c, "nothing behind the array");
    return false;
  }

  [[noreturn]] void fail_at(char c, const std::string& expected) {
    if (c == '\0') fail("the file ends inside the array: it is truncated");
    fail(std::string("got '") + c + "', expected " + expected);
  }

  /// What is wrong between records is wrong with the file: nobody knows where the next one begins.
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(path_ + ":" + std::to_string(file_.line()) + ": " + what);
  }

  bool at_record_ = false, is_over_ = false;
};

}  // namespace

std::unique_ptr<RecordSource> open_json_lines(const CorpusFile& file, const Wanted& wanted,
                                              Digest* digest) {
  return std::make_unique<JsonLines>(file, wanted, digest);
}

std::unique_ptr<RecordSource> open_json_array(const CorpusFile& file, const Wanted& wanted,
                                              Digest* digest) {
  return std::make_unique<JsonArray>(file, wanted, digest);
}

}  // namespace attnsweep::corpus
