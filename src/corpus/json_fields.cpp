#include "corpus/json_fields.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "base/files.hpp"

namespace attnsweep::corpus {
namespace {

using Kind = FieldValue::Kind;
constexpr std::size_t max_names = 20;
constexpr std::size_t max_name_bytes = 100;
constexpr std::size_t max_reason_bytes = 200;
constexpr std::size_t nothing = std::numeric_limits<std::size_t>::max();

/// nlohmann's words without its prefix and without the text it had read, which may be long and
/// need not be UTF-8.
std::string reason_of(std::string what) {
  if (const auto at = what.find(" - "); at != std::string::npos) {
    what.erase(0, at + 3);
  } else if (const auto end = what.find("] "); end != std::string::npos) {
    what.erase(0, end + 2);
  }
  if (const auto read = what.find("; last read: '"); read != std::string::npos) {
    const auto expected = what.rfind("; expected ");
    what = what.substr(0, read) +
           (expected != std::string::npos && expected > read ? what.substr(expected) : "");
  }
  // A number that overflows stands there in full, which is ASCII.
  if (what.size() > max_reason_bytes) what.replace(max_reason_bytes, std::string::npos, " …");
  return what;
}

/// Listens to the parser; only keys of the outermost object count.
class Listener : public nlohmann::json_sax<nlohmann::json> {
 public:
  Listener(FieldScan& scan, const std::vector<std::string>& wanted, std::size_t integers)
      : scan_(scan), wanted_(wanted), integers_(integers) {
    scan_.values.resize(wanted.size());
  }

  bool null() override { return value(Kind::null, {}); }
  bool boolean(bool v) override { return value(Kind::boolean, v ? "true" : "false"); }
  bool number_integer(number_integer_t v) override { return integer(v, std::to_string(v)); }
  bool number_unsigned(number_unsigned_t v) override {
    const auto top = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    return integer(static_cast<std::int64_t>(std::min(v, top)), std::to_string(v));
  }
  bool number_float(number_float_t v, const string_t&) override {
    return value(Kind::real, shortest(v));
  }
  bool string(string_t& v) override { return value(Kind::string, std::move(v)); }
  bool binary(binary_t&) override { return value(Kind::object, {}); }

  bool start_object(std::size_t) override {
    if (depth_ == 1 || in_array()) value(Kind::object, {});
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 0) return not_an_object(Kind::array);
    if (in_array()) value(Kind::array, {});
    if (depth_ == 1) {
      value(Kind::array, {});
      array_ = field_ != nothing && field_ == integers_ ? field_ : nothing;
    }
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    if (depth_ == 1) array_ = nothing;
    return true;
  }

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    const auto found = std::find(wanted_.begin(), wanted_.end(), name);
    field_ = found == wanted_.end() ? nothing : static_cast<std::size_t>(found - wanted_.begin());
    const auto shown = name.size() <= max_name_bytes ? name : std::string("(a long name)");
    if (scan_.names.size() < max_names) scan_.names.push_back(shown);
    if (!seen_.insert(std::move(name)).second) {
      scan_.problem = "the key '" + shown + "' stands there twice";
      return false;
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    scan_.problem =
        "is no valid JSON at byte " + std::to_string(position) + ": " + reason_of(error.what());
    return false;
  }

 private:
  bool in_array() const { return array_ != nothing && depth_ == 2; }

  bool not_an_object(Kind kind) {
    scan_.problem = std::string("is ") + describe(kind) + ", a JSON object was expected";
    return false;
  }

  bool integer(std::int64_t v, std::string text) {
    if (!in_array()) return value(Kind::integer, std::move(text));
    if (v < 0 || v > std::numeric_limits<std::int32_t>::max()) return bad_element(text);
    scan_.values[array_].integers.push_back(static_cast<std::int32_t>(v));
    ++element_;
    return true;
  }

  bool bad_element(const std::string& text) {
    auto& problem = scan_.values[array_].array_problem;
    if (problem.empty())
      problem.append("[").append(std::to_string(element_)).append("] is ").append(text);
    ++element_;
    return true;
  }

  bool value(Kind kind, std::string text) {
    if (depth_ == 0) return not_an_object(kind);
    if (in_array()) return bad_element(kind == Kind::real ? text : describe(kind));
    if (depth_ == 1 && field_ != nothing) {
      scan_.values[field_].kind = kind;
      scan_.values[field_].text = std::move(text);
      element_ = 0;
    }
    return true;
  }

  FieldScan& scan_;
  const std::vector<std::string>& wanted_;
  std::size_t integers_;
  std::unordered_set<std::string> seen_;
  std::size_t depth_ = 0;
  std::size_t field_ = nothing;  // wanted field of the key that stands before a value
  std::size_t array_ = nothing;  // wanted field whose array is being read
  std::size_t element_ = 0;
};

}  // namespace

const char* describe(FieldValue::Kind kind) {
  switch (kind) {
    case Kind::missing: return "missing";
    case Kind::null: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::integer: return "an integer";
    case Kind::real: return "a number with a fraction or exponent";
    case Kind::string: return "a string";
    case Kind::array: return "an array";
    case Kind::object: return "an object";
  }
  return "unknown";
}

FieldScan scan_fields(std::string_view line, const std::vector<std::string>& wanted,
                      std::size_t integers) {
  FieldScan scan;
  if (const auto nul = line.find('\0'); nul != std::string_view::npos) {
    scan.problem = "a NUL byte stands at byte " + std::to_string(nul + 1) + ": is it text at all?";
    return scan;
  }
  Listener listener(scan, wanted, integers);
  nlohmann::json::sax_parse(line.begin(), line.end(), &listener);
  return scan;
}

}  // namespace attnsweep::corpus
