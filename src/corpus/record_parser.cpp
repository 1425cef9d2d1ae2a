#include "corpus/record_parser.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "config/utf8.hpp"
#include "corpus/json_fields.hpp"

namespace attnsweep::corpus {
namespace {

using Kind = FieldValue::Kind;

// Ids, documents and covariates are stored once a row at fixed length.
constexpr std::size_t max_label_bytes = 1024;

/// Why `text` cannot be an id, a document or a covariate; else empty.
std::string label_problem(std::string_view text) {
  if (text.size() > max_label_bytes)
    return "has " + std::to_string(text.size()) + " bytes, at most " +
           std::to_string(max_label_bytes) + " are allowed";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 =
        c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7F || c1)
      return "contains a control character (byte " + std::to_string(i + 1) + ")";
  }
  return {};
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "no field" : out;
}

}  // namespace

struct RecordParser::State {
  std::string text, id, document, input_ids;
  std::vector<std::string> covariates;
  std::vector<std::string> wanted;  // distinct names of all of these
  std::size_t integers = 0;

  FieldValue& value(FieldScan& scan, const std::string& name) const {
    const auto at = std::find(wanted.begin(), wanted.end(), name) - wanted.begin();
    return scan.values[static_cast<std::size_t>(at)];
  }

  std::string missing(const FieldScan& scan, const std::string& name) const {
    std::string out = "field '" + name + "' is missing; the record has: " + joined(scan.names);
    if (const auto near = nearest(name, scan.names)) out += "; did you mean '" + *near + "'?";
    return out;
  }

  /// Takes a string or an integer as a label; leaves `label` alone where there is none.
  std::string take_label(FieldScan& scan, const std::string& name, std::string& label) const {
    const auto& v = value(scan, name);
    if (v.kind == Kind::missing || v.kind == Kind::null) return {};
    if (v.kind != Kind::string && v.kind != Kind::integer)
      return "field '" + name + "' is " + describe(v.kind) +
             ", a string or an integer was expected";
    if (v.text.empty()) return "field '" + name + "' is an empty string";
    if (auto problem = label_problem(v.text); !problem.empty())
      return "field '" + name + "' " + problem;
    label = v.text;
    return {};
  }

  std::string take_covariate(FieldScan& scan, const std::string& name,
                             std::string& covariate) const {
    const auto& v = value(scan, name);
    if (v.kind == Kind::missing) return missing(scan, name);
    if (v.kind == Kind::null || v.kind == Kind::array || v.kind == Kind::object)
      return "field '" + name + "' is " + describe(v.kind) +
             ", a string, a number or a boolean was expected of a covariate";
    if (auto problem = label_problem(v.text); !problem.empty())
      return "field '" + name + "' " + problem;
    covariate = v.text;
    return {};
  }

  std::string take_content(FieldScan& scan, Record& record) const {
    auto& ids = value(scan, input_ids);
    auto& content = value(scan, text);
    const bool has_ids = ids.kind != Kind::missing && ids.kind != Kind::null;
    if (has_ids) {
      if (ids.kind != Kind::array)
        return "field '" + input_ids + "' is " + describe(ids.kind) +
               ", an array of token ids was expected";
      if (!ids.array_problem.empty())
        return "field '" + input_ids + "': " + input_ids + ids.array_problem +
               ", an integer from 0 to 2147483647 was expected";
      record.input_ids = std::move(ids.integers);
    }
    if (content.kind == Kind::string) {
      record.text = std::move(content.text);
      return {};
    }
    if (has_ids) return {};
    if (content.kind == Kind::missing) return missing(scan, text);
    return "field '" + text + "' is " + describe(content.kind) + ", a string was expected";
  }

  std::string fill_from_json(std::string_view line, Record& record) const {
    auto scan = scan_fields(line, wanted, integers);
    // The id and the document first: a record that is bad in another field keeps them.
    std::vector<std::string> problems;
    const auto note = [&problems](std::string problem) {
      if (!problem.empty()) problems.push_back(std::move(problem));
    };
    if (!scan.problem.empty()) return scan.problem;
    note(take_label(scan, id, record.id));
    record.document = record.id;
    note(take_label(scan, document, record.document));
    for (std::size_t c = 0; c < covariates.size(); ++c)
      note(take_covariate(scan, covariates[c], record.covariates[c]));
    note(take_content(scan, record));
    return problems.empty() ? std::string() : problems.front();
  }

  std::string fill_from_text(std::string_view line, Record& record) const {
    if (const auto bad = config::first_bad_byte(line); bad != std::string_view::npos)
      return line[bad] == '\0'
                 ? "a NUL byte stands at byte " + std::to_string(bad + 1) + ": is it text at all?"
                 : "byte " + std::to_string(bad + 1) + " is no UTF-8";
    record.text = line;
    if (!covariates.empty())
      return "field '" + covariates.front() + "' is missing; a line of plain text has no fields";
    return {};
  }
};

RecordParser::RecordParser(const CorpusEntry& entry) : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.text = entry.fields.text.value_or("text");
  s.id = entry.fields.id.value_or("id");
  s.document = entry.fields.document.value_or("document");
  s.input_ids = entry.fields.input_ids.value_or("input_ids");
  s.covariates = entry.covariates;
  s.wanted = {s.input_ids};
  s.integers = 0;
  const auto want = [&s](const std::string& name) {
    if (std::find(s.wanted.begin(), s.wanted.end(), name) == s.wanted.end())
      s.wanted.push_back(name);
  };
  for (const auto& name : {s.text, s.id, s.document}) want(name);
  for (const auto& name : s.covariates) want(name);
}

RecordParser::~RecordParser() = default;

Record RecordParser::parse(const RawRecord& raw, bool json, const std::string& file,
                           const std::string& digest) const {
  Record record;
  record.id = digest.substr(0, 8) + ":" + std::to_string(raw.number);
  record.document = record.id;
  record.covariates.resize(state_->covariates.size());
  const auto problem =
      json ? state_->fill_from_json(raw.line, record) : state_->fill_from_text(raw.line, record);
  if (!problem.empty())
    record.problem = file + ":" + std::to_string(raw.line_number) + ": " + problem;
  return record;
}

}  // namespace attnsweep::corpus
