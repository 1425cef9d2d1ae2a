#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"
#include "config/keys.hpp"
#include "config/paths.hpp"
#include "config/scalars.hpp"
#include "config/study.hpp"

namespace attnsweep {
namespace {

using namespace config;

// A text in quotes, so that no YAML reader takes it for anything else; plain where that is plain
// to see (a letter first, and none of YAML's words).
std::string quoted(const std::string& text) {
  static const std::vector<std::string> words{"true", "false", "yes", "no", "on",
                                              "off",  "null",  "y",   "n",  "nan"};
  std::string lower;
  for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool plain = is_id(text) && ((lower[0] >= 'a' && lower[0] <= 'z') || lower[0] == '_') &&
                     std::find(words.begin(), words.end(), lower) == words.end();
  if (plain) return text;
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

class Writer {
 public:
  void line(int depth, const std::string& key, const std::string& value) {
    text_ += std::string(static_cast<std::size_t>(2 * depth), ' ') + key + ":" +
             (value.empty() ? "" : " " + value) + "\n";
  }
  // The next line begins an entry of a list.
  void entry(int depth, const std::string& key, const std::string& value) {
    text_ += std::string(static_cast<std::size_t>(2 * depth - 2), ' ') + "- " + key + ": " + value +
             "\n";
  }
  template <class Names, class Text>
  void list(int depth, const std::string& key, const Names& names, Text text) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + text(name);
    line(depth, key, "[" + all + "]");
  }

  // Visited fields (keys.hpp).
  void operator()(const char* key, double value, const RealRange&) {
    line(1, key, shortest(value));
  }
  void operator()(const char* key, std::int64_t value, const WholeRange&) {
    line(1, key, std::to_string(value));
  }
  void operator()(const char* key, const std::string& value, const std::vector<std::string>&) {
    line(1, key, quoted(value));
  }
  void operator()(const char* key, Norm value, const std::vector<std::string>&) {
    line(1, key, std::string(name(value)));
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string without_seed(const ModelEntry& model) {
  auto tail = std::to_string(model.seed_index);
  tail.insert(tail.begin(), '.');
  require(model.id.ends_with(tail),
          "the control '" + model.id + "' does not end in '" + tail + "'");
  return model.id.substr(0, model.id.size() - tail.size());
}

// Number of entries from `first` on that the user wrote as one control.
std::size_t n_seeds(const std::vector<ModelEntry>& models, std::size_t first) {
  std::size_t n = 1;
  for (; first + n < models.size(); ++n) {
    const auto& next = models[first + n];
    if (next.control_of != models[first].control_of || next.seed_index != static_cast<int>(n) ||
        without_seed(next) != without_seed(models[first]))
      break;
  }
  return n;
}

void write_models(Writer& out, const std::vector<ModelEntry>& models) {
  out.line(0, "models", "");
  for (std::size_t i = 0; i < models.size();) {
    const auto& model = models[i];
    const bool is_control = !model.control_of.empty();
    out.entry(2, "id", quoted(is_control ? without_seed(model) : model.id));
    if (!model.lineage.empty()) out.line(2, "lineage", quoted(model.lineage));
    if (is_control) {
      const auto n = n_seeds(models, i);
      out.line(2, "control_of", quoted(model.control_of));
      out.line(2, "seeds", std::to_string(n));
      i += n;
    } else {
      out.line(2, "path", quoted(escaped_path(model.path.string())));
      ++i;
    }
  }
}

void write_fields(Writer& out, const FieldMap& fields) {
  std::string all;
  const auto add = [&](const char* key, const std::optional<std::string>& field) {
    if (field) all += (all.empty() ? "" : ", ") + std::string(key) + ": " + quoted(*field);
  };
  add("text", fields.text);
  add("text_pair", fields.text_pair);
  add("words", fields.words);
  add("id", fields.id);
  add("document", fields.document);
  add("input_ids", fields.input_ids);
  add("messages", fields.messages);
  out.line(2, "fields", "{" + all + "}");
}

void write_corpora(Writer& out, const std::vector<CorpusEntry>& corpora) {
  out.line(0, "corpora", "");
  for (const auto& corpus : corpora) {
    out.entry(2, "id", quoted(corpus.id));
    out.list(2, "files", corpus.files,
             [](const std::string& f) { return quoted(escaped_path(f)); });
    if (corpus.format != CorpusFormat::automatic)
      out.line(2, "format", std::string(name(corpus.format)));
    write_fields(out, corpus.fields);
    if (corpus.text_template) out.line(2, "template", quoted(*corpus.text_template));
    if (corpus.chat_template) out.line(2, "chat_template", "true");
    out.list(2, "covariates", corpus.covariates, quoted);
    out.line(2, "max_tokens", std::to_string(corpus.max_tokens));
    out.line(2, "min_tokens", std::to_string(corpus.min_tokens));
    const bool windows = corpus.on_long == OnLong::window;
    out.line(2, "on_long",
             windows ? "window" : (corpus.on_long == OnLong::drop ? "drop" : "truncate"));
    if (windows) out.line(2, "stride", std::to_string(corpus.stride));
    // The keys below came later; where they are unset they stay out, as in older runs' files.
    if (corpus.on_bad_record == OnBadRecord::skip) out.line(2, "on_bad_record", "skip");
    if (corpus.deduplicate) out.line(2, "deduplicate", "true");
    if (corpus.sample) out.line(2, "sample", std::to_string(*corpus.sample));
    if (corpus.stratify) out.line(2, "stratify", quoted(*corpus.stratify));
  }
}

}  // namespace

std::string canonical_yaml(const Study& study) {
  Writer out;
  const auto named = [](auto value) { return std::string(name(value)); };
  out.line(0, "study", quoted(study.name));
  out.line(0, "seed", std::to_string(study.seed));
  write_models(out, study.models);
  write_corpora(out, study.corpora);
  out.list(0, "norms", study.measure.norms, named);
  out.list(0, "heads", study.measure.heads, named);
  out.list(0, "special_tokens", study.measure.views, named);
  out.list(0, "observables", study.measure.observables, named);
  out.line(0, "compute", "");
  visit_compute(study.compute, out);
  out.line(0, "reduce", "");
  visit_reduce(study.reduce, out);
  out.line(0, "run", "");
  const auto interval = study.run.commit_interval;
  out.line(1, "commit_interval", interval == 0 ? "auto" : shortest(interval));
  out.line(1, "commit_bytes", std::to_string(study.run.commit_bytes));
  return out.take();
}

}  // namespace attnsweep
