#include "corpus/record_parser.hpp"

#include "base/suggest.hpp"
#include "corpus/field_values.hpp"

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

/// "a, b, c" as names.
std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < names.size();) {
    auto end = names.find(", ", begin);
    if (end == std::string::npos) end = names.size();
    out.push_back(names.substr(begin, end - begin));
    begin = end + 2;
  }
  return out;
}

std::string in_field(const std::string& name, const std::string& problem) {
  return "field '" + name + "' " + problem;
}

}  // namespace

std::string id_of_place(const std::string& file_digest, std::int64_t number) {
  return file_digest.substr(0, 8) + ":" + std::to_string(number);
}

std::string take_label(const FieldValue& value, const std::string& name, std::string& label) {
  if (is_absent(value)) return {};
  const bool is_text = value.kind == Kind::string || value.kind == Kind::cell;
  if (!is_text && value.kind != Kind::integer)
    return in_field(
        name, std::string("is ") + describe(value.kind) + ", a string or an integer was expected");
  const auto text = is_text ? std::string(value.text) : shortest_number(value);
  if (text.empty()) return in_field(name, "is an empty string");
  if (auto problem = label_problem(text); !problem.empty()) return in_field(name, problem);
  label = text;
  return {};
}

RecordParser::RecordParser(const CorpusEntry& entry)
    : roles_(entry), skips_(entry.on_bad_record == OnBadRecord::skip) {}

Record RecordParser::parse(RecordSource& source, const CorpusFile& file,
                           const std::string& file_digest) {
  Record record;
  record.id = id_of_place(file_digest, source.at().number);
  record.document = record.id;
  record.covariates.resize(roles_.covariates.size());
  if (const auto problem = fill(source, record); !problem.empty()) {
    record.problem = place_of(file, source.at()) + ": " + problem;
    record.skipped = skips_;
  }
  return record;
}

std::string RecordParser::fill(RecordSource& source, Record& record) {
  if (auto problem = source.scan(values_); !problem.empty()) return problem;
  // The id and the document first: a record that is bad in another field keeps them.
  std::string first;
  const auto note = [&first](std::string problem) {
    if (first.empty()) first = std::move(problem);
  };
  note(take_label(values_[roles_.id], name(roles_.id), record.id));
  record.document = record.id;
  note(take_label(values_[roles_.document], name(roles_.document), record.document));
  for (std::size_t c = 0; c < roles_.covariates.size(); ++c)
    if (const auto at = roles_.covariates[c]; at != Wanted::nowhere)
      note(take_covariate(source, at, record.covariates[c]));
  note(take_content(source, record));
  return first;
}

std::string RecordParser::missing(RecordSource& source, std::size_t at) const {
  const auto names = source.names();
  if (names.empty()) return "field '" + name(at) + "' is missing; plain text has no fields";
  std::string out = "field '" + name(at) + "' is missing; the record has: " + names;
  if (const auto near = nearest(name(at), split(names))) out += "; did you mean '" + *near + "'?";
  return out;
}

std::string RecordParser::take_covariate(RecordSource& source, std::size_t at,
                                         std::string& covariate) const {
  const auto& value = values_[at];
  if (value.kind == Kind::missing) return missing(source, at);
  if (value.kind == Kind::cell && value.text.empty())
    return in_field(name(at), "is empty, a value was expected of a covariate");
  std::string problem;
  auto text = value_as_text(value, problem);
  if (!problem.empty()) return in_field(name(at), problem + " of a covariate");
  if (problem = label_problem(text); !problem.empty()) return in_field(name(at), problem);
  covariate = std::move(text);
  return {};
}

std::string RecordParser::take_text(RecordSource& source, std::size_t at, std::string& text) const {
  const auto& value = values_[at];
  if (value.kind == Kind::missing) return missing(source, at);
  if (value.kind != Kind::string && value.kind != Kind::cell)
    return in_field(name(at),
                    std::string("is ") + describe(value.kind) + ", a string was expected");
  text = value.text;
  return {};
}

std::string RecordParser::take_template(RecordSource& source, Record& record) const {
  for (const auto& [field, at] : roles_.template_fields) {
    if (values_[at].kind == Kind::missing) return missing(source, at);
    std::string problem;
    record.template_fields[field] = value_as_text(values_[at], problem);
    if (!problem.empty()) return in_field(field, problem + " in a template");
  }
  return {};
}

std::string RecordParser::take_content(RecordSource& source, Record& record) const {
  if (!roles_.template_fields.empty()) return take_template(source, record);
  const auto has = [&](std::size_t at) { return at != Wanted::nowhere && !is_absent(values_[at]); };
  const auto in = [&](std::size_t at, const std::string& problem) {
    return problem.empty() ? problem : "field '" + name(at) + "'" + problem;
  };
  bool whole = false;
  std::string problem;
  if (has(roles_.messages)) {
    const auto& value = values_[roles_.messages];
    if (!is_list(value))
      return in(roles_.messages,
                std::string(" is ") + describe(value.kind) + ", an array of messages was expected");
    record.messages = std::string(value.text);
    whole = true;
  }
  if (has(roles_.input_ids)) {
    const auto at = roles_.input_ids;
    record.input_ids = value_as_ids(values_[at], name(at), problem);
    if (!problem.empty()) return in(at, problem);
    whole = true;
  }
  if (has(roles_.words)) {
    const auto at = roles_.words;
    record.words = value_as_words(values_[at], name(at), problem);
    if (!problem.empty()) return in(at, problem);
    whole = true;
  }
  // A text beside them is kept where it is one.
  const auto kind = values_[roles_.text].kind;
  if (whole) {
    if (kind == Kind::string || kind == Kind::cell) record.text = values_[roles_.text].text;
  } else if (kind == Kind::missing && roles_.words != Wanted::nowhere) {
    return missing(source, roles_.words);
  } else if (kind == Kind::missing && roles_.messages != Wanted::nowhere) {
    return missing(source, roles_.messages);
  } else if (problem = take_text(source, roles_.text, record.text); !problem.empty()) {
    return problem;
  }
  if (roles_.text_pair != Wanted::nowhere && !record.input_ids)
    return take_text(source, roles_.text_pair, record.text_pair.emplace());
  return {};
}

}  // namespace attnsweep::corpus
