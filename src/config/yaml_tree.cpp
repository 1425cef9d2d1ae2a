#include "config/yaml_tree.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "config/utf8.hpp"

namespace attnsweep::config {
namespace {

// Aliases may nest; these bounds stop one that grows without end. A study of a thousand models has
// some 10,000 nodes.
constexpr int max_depth = 32;
constexpr int max_nodes = 1'000'000;

// The library's words are about its own stack; these say what to look for.
std::string readable(const std::string& message) {
  const std::vector<std::pair<std::string_view, std::string_view>> hints{
      {"illegal map value", "; a text that holds ': ' must be in quotes"},
      {"end of map not found",
       "; the indentation does not match, or something stands after the end of a value"},
      {"end of sequence not found",
       "; the indentation does not match, or something stands after the end of a value"},
      {"end of sequence flow not found", "; a list opened by '[' is not closed by ']'"},
      {"end of map flow not found", "; a map opened by '{' is not closed by '}'"}};
  for (const auto& [words, hint] : hints)
    if (message == words) return message + std::string(hint);
  return message;
}

// Notes where documents begin, and nothing else.
struct DocumentStarts : YAML::EventHandler {
  std::vector<YAML::Mark> marks;
  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

class Parser {
 public:
  Parser(const std::string& text, std::shared_ptr<const Source> source, Problems& problems)
      : text_(text), source_(std::move(source)), problems_(problems) {
    for (std::size_t at = 0; at < text_.size();) {
      auto end = text_.find('\n', at);
      if (end == std::string::npos) end = text_.size();
      lines_.push_back(std::string_view(text_).substr(at, end - at));
      at = end + 1;
    }
  }

  std::optional<YamlNode> parse() {
    if (!check_bytes()) return std::nullopt;
    YamlNode root;
    root.place = start();
    try {
      const auto documents = document_starts();
      if (documents.size() > 1) {
        refuse_second(documents[1]);
        return std::nullopt;
      }
      if (!documents.empty()) root = convert(YAML::Load(text_), start(), 0);
    } catch (const YAML::Exception& error) {
      problems_.add(at(error.mark), "", "is not YAML: " + readable(error.msg));
      return std::nullopt;
    }
    if (!good_) return std::nullopt;
    return root;
  }

 private:
  Place start() const { return {source_, 1, 1}; }
  Place at(const YAML::Mark& mark) const {
    return mark.is_null() ? start() : Place{source_, mark.line + 1, mark.column + 1};
  }

  // Where each document begins, two at most. Not LoadAll: a text that begins with a comma makes the
  // library see empty documents without end, and keep them all.
  std::vector<YAML::Mark> document_starts() const {
    std::istringstream stream(text_);
    YAML::Parser parser(stream);
    DocumentStarts starts;
    while (starts.marks.size() < 2 && parser.HandleNextDocument(starts)) {
    }
    return starts.marks;
  }

  void refuse_second(const YAML::Mark& mark) {
    const auto line = static_cast<std::size_t>(mark.line);
    const bool marked = line < lines_.size() && lines_[line].starts_with("---");
    const bool ended = line > 0 && line <= lines_.size() && lines_[line - 1].starts_with("...");
    refuse(at(mark), marked || ended
                         ? "a second YAML document begins here; a study is one document"
                         : "is not YAML: what stands here belongs to nothing before it");
  }

  void refuse(const Place& place, const std::string& message) {
    problems_.add(place, "", message);
    good_ = false;
  }

  // The library replaces bad bytes and takes some tabs for text: both are caught before it.
  bool check_bytes() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Place line{source_, static_cast<int>(i) + 1, 1};
      if (const auto bad = first_bad_byte(lines_[i]); bad != std::string_view::npos) {
        auto place = line;
        place.column += static_cast<int>(bad);
        refuse(place, "is not UTF-8 text: the byte here is no part of a character");
        return false;
      }
      const auto indent = lines_[i].substr(0, lines_[i].find_first_not_of(" \t"));
      if (const auto tab = indent.find('\t'); tab != std::string_view::npos) {
        auto place = line;
        place.column += static_cast<int>(tab);
        refuse(place, "a tab in the indentation; YAML allows spaces only");
      }
    }
    return good_;
  }

  // The library ends an open quote at the end of the file without a word.
  void check_quote(const YAML::Mark& mark) {
    if (mark.is_null() || mark.line >= static_cast<int>(lines_.size())) return;
    const auto line = lines_[static_cast<std::size_t>(mark.line)];
    const auto column = static_cast<std::size_t>(mark.column);
    if (column >= line.size() || (line[column] != '"' && line[column] != '\'')) return;
    const char quote = line[column];
    for (auto i = column + 1; i < line.size(); ++i) {
      if (quote == '"' && line[i] == '\\')
        ++i;
      else if (line[i] == quote)
        return;
    }
    refuse(at(mark), std::string("the quote ") + quote + " opened here is not closed on its line");
  }

  void check_tag(const YAML::Node& node) {
    const auto& tag = node.Tag();
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    refuse(at(node.Mark()), "the tag '" + tag + "' is not allowed; a study has none");
  }

  YamlNode convert(const YAML::Node& node, const Place& fallback, int depth) {
    YamlNode out;
    // An empty value has the place of whatever follows it.
    out.place = node.IsNull() || node.Mark().is_null() ? fallback : at(node.Mark());
    if (depth > max_depth || ++n_nodes_ > max_nodes) {
      if (good_) refuse(out.place, "is nested too deeply or an alias repeats itself without end");
      return out;
    }
    check_tag(node);
    if (node.IsScalar()) {
      out.kind = YamlNode::Kind::scalar;
      out.text = node.Scalar();
      out.quoted = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
      if (out.quoted) check_quote(node.Mark());
    } else if (node.IsSequence()) {
      out.kind = YamlNode::Kind::sequence;
      for (const auto& item : node) {
        if (!good_) break;
        out.items.push_back(convert(item, out.place, depth + 1));
      }
    } else if (node.IsMap()) {
      out.kind = YamlNode::Kind::map;
      for (auto it = node.begin(); it != node.end() && good_; ++it)
        convert_entry(it->first, it->second, out, depth);
    }
    return out;
  }

  void convert_entry(const YAML::Node& key, const YAML::Node& value, YamlNode& out, int depth) {
    const auto place = key.Mark().is_null() || key.IsNull() ? out.place : at(key.Mark());
    if (!key.IsScalar()) {
      refuse(place, "a key must be a plain word");
      return;
    }
    check_tag(key);
    if (key.Tag() == "!") check_quote(key.Mark());
    out.entries.push_back({key.Scalar(), place, convert(value, place, depth + 1)});
  }

  const std::string& text_;
  std::shared_ptr<const Source> source_;
  Problems& problems_;
  std::vector<std::string_view> lines_;
  int n_nodes_ = 0;
  bool good_ = true;
};

}  // namespace

std::optional<YamlNode> parse_yaml(const std::string& text,
                                   const std::shared_ptr<const Source>& source,
                                   Problems& problems) {
  return Parser(text, source, problems).parse();
}

}  // namespace attnsweep::config
