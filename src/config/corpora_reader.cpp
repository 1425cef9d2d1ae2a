#include <algorithm>
#include <limits>
#include <map>

#include "config/keys.hpp"
#include "config/paths.hpp"
#include "config/sections.hpp"
#include "config/text_template.hpp"

namespace attnsweep::config {
namespace {

FieldMap read_fields(const Value& section) {
  FieldMap fields;
  StrictMap map(section);
  const auto read = [&](const char* key, std::optional<std::string>& field) {
    if (const auto value = map.find(key)) field = value->text();
  };
  read("text", fields.text);
  read("text_pair", fields.text_pair);
  read("words", fields.words);
  read("input_ids", fields.input_ids);
  read("id", fields.id);
  read("document", fields.document);
  read("messages", fields.messages);
  map.finish();
  return fields;
}

std::vector<std::string> read_files(const Value& list) {
  std::vector<std::string> files;
  const auto values = list.items();
  if (!values) return files;
  for (const auto& value : *values) {
    const auto path = resolved_path(value);
    if (!path) continue;
    const auto first = std::find(files.begin(), files.end(), *path);
    if (first != files.end())
      value.problem("'" + value.node().text + "' names the same files as entry " +
                    std::to_string(first - files.begin()) + " of the list");
    else
      files.push_back(*path);
  }
  return files;
}

CorpusFormat read_format(const Value& value) {
  std::vector<std::string> names;
  for (const auto format : all_corpus_formats()) names.emplace_back(name(format));
  const auto got = value.choice(names);
  for (const auto format : all_corpus_formats())
    if (got && name(format) == *got) return format;
  return CorpusFormat::automatic;
}

std::optional<bool> read_switch(const Value& value) {
  const auto got = value.choice({"true", "false"});
  return got ? std::optional(*got == "true") : std::nullopt;
}

std::string with_origin(std::int64_t number, const std::optional<Value>& given) {
  return std::to_string(number) + (given ? "" : ", the default");
}

void read_limits(StrictMap& map, CorpusEntry& corpus) {
  const auto max_tokens = map.find("max_tokens");
  const auto min_tokens = map.find("min_tokens");
  const auto on_long = map.find("on_long");
  const auto stride = map.find("stride");
  std::optional<std::int64_t> max_read, min_read, stride_read;
  std::optional<std::string> on_long_read;
  if (max_tokens) assign(corpus.max_tokens, max_read = max_tokens->whole({2, max_count}));
  if (min_tokens) assign(corpus.min_tokens, min_read = min_tokens->whole({2, max_count}));
  if (on_long) on_long_read = on_long->choice({"truncate", "drop", "window"});
  if (on_long_read == "drop") corpus.on_long = OnLong::drop;
  if (on_long_read == "window") corpus.on_long = OnLong::window;
  if (stride) assign(corpus.stride, stride_read = stride->whole({0, max_count}));

  // A limit that is wrong by itself was reported already.
  const bool limits_known = (!max_tokens || max_read) && (!min_tokens || min_read);
  if (limits_known && corpus.max_tokens < corpus.min_tokens)
    (max_tokens ? *max_tokens : *min_tokens)
        .problem("max_tokens (" + with_origin(corpus.max_tokens, max_tokens) +
                 ") is below min_tokens (" + with_origin(corpus.min_tokens, min_tokens) + ")");
  if (!stride) return;
  if (corpus.on_long != OnLong::window && (!on_long || on_long_read))
    stride->problem("only 'on_long: window' has a stride");
  else if (stride_read && (!max_tokens || max_read) && corpus.stride >= corpus.max_tokens)
    stride->problem("got " + std::to_string(corpus.stride) + ", expected less than max_tokens (" +
                    std::to_string(corpus.max_tokens) +
                    "): neighbouring windows share these tokens");
}

// What makes the text of a record: its fields, a template of fields, or the model's for chats.
void read_content(StrictMap& map, CorpusEntry& corpus) {
  const auto fields = map.find("fields");
  if (fields) corpus.fields = read_fields(*fields);
  const auto text_template = map.find("template");
  const auto chat_template = map.find("chat_template");
  if (text_template) corpus.text_template = text_template->text();
  if (corpus.text_template) {
    std::string problem;
    template_pieces(*corpus.text_template, problem);
    if (!problem.empty()) text_template->problem(problem);
  }
  std::optional<bool> chat_read;
  if (chat_template) assign(corpus.chat_template, chat_read = read_switch(*chat_template));
  if (text_template && corpus.chat_template)
    chat_template->problem("a text is made by 'template' or by the model's own, not by both");
  if (fields && corpus.fields.messages && !corpus.chat_template && (!chat_template || chat_read))
    fields->problem("messages is used with 'chat_template: true' only");
}

void read_selection(StrictMap& map, CorpusEntry& corpus) {
  if (const auto rule = map.find("on_bad_record"))
    if (rule->choice({"stop", "skip"}) == "skip") corpus.on_bad_record = OnBadRecord::skip;
  if (const auto value = map.find("deduplicate")) assign(corpus.deduplicate, read_switch(*value));
  const auto sample = map.find("sample");
  if (sample) corpus.sample = sample->whole({1, std::numeric_limits<std::int64_t>::max()});
  const auto stratify = map.find("stratify");
  if (!stratify) return;
  corpus.stratify = stratify->text();
  if (!corpus.stratify) return;
  const auto& names = corpus.covariates;
  if (!sample)
    stratify->problem("only a 'sample' is taken in equal shares");
  else if (is_computed_covariate(*corpus.stratify))
    stratify->problem("'" + *corpus.stratify +
                      "' is computed from texts that were chosen already; a field of the records "
                      "was expected");
  else if (std::find(names.begin(), names.end(), *corpus.stratify) == names.end())
    stratify->problem("'" + *corpus.stratify + "' is none of the covariates" +
                      (names.empty() ? "" : ": " + alternatives(names)) +
                      suggestion(*corpus.stratify, names));
}

// `id` is where a repeated id is to be reported.
CorpusEntry read_corpus(const Value& value, std::optional<Value>& id) {
  CorpusEntry corpus;
  StrictMap map(value);
  id = map.require("id");
  if (id) assign(corpus.id, id->id());
  if (const auto files = map.require("files")) corpus.files = read_files(*files);
  if (const auto format = map.find("format")) corpus.format = read_format(*format);
  read_content(map, corpus);
  if (const auto names = map.find("covariates")) assign(corpus.covariates, names->texts(true));
  read_limits(map, corpus);
  read_selection(map, corpus);
  map.finish();
  return corpus;
}

}  // namespace

std::vector<CorpusEntry> read_corpora(const Value& list) {
  std::vector<CorpusEntry> corpora;
  const auto values = list.items();
  if (!values) return corpora;
  std::map<std::string, std::size_t> seen;
  for (const auto& value : *values) {
    std::optional<Value> id;
    corpora.push_back(read_corpus(value, id));
    const auto& name = corpora.back().id;
    if (name.empty()) continue;
    const auto [first, is_new] = seen.emplace(name, corpora.size() - 1);
    if (!is_new)
      id->problem("'" + name + "' is the id of corpora[" + std::to_string(first->second) +
                  "] already");
  }
  return corpora;
}

}  // namespace attnsweep::config
