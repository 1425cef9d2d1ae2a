#include <algorithm>
#include <limits>
#include <map>

#include "config/keys.hpp"
#include "config/paths.hpp"
#include "config/sections.hpp"

namespace attnsweep::config {
namespace {

FieldMap read_fields(const Value& section) {
  FieldMap fields;
  StrictMap map(section);
  const auto read = [&](const char* key, std::optional<std::string>& field) {
    if (const auto value = map.find(key)) field = value->text();
  };
  read("text", fields.text);
  read("id", fields.id);
  read("document", fields.document);
  read("input_ids", fields.input_ids);
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

// `id` is where a repeated id is to be reported.
CorpusEntry read_corpus(const Value& value, std::optional<Value>& id) {
  CorpusEntry corpus;
  StrictMap map(value);
  id = map.require("id");
  if (id) assign(corpus.id, id->id());
  if (const auto files = map.require("files")) corpus.files = read_files(*files);
  if (const auto fields = map.find("fields")) corpus.fields = read_fields(*fields);
  if (const auto names = map.find("covariates")) assign(corpus.covariates, names->texts(true));
  read_limits(map, corpus);
  if (const auto sample = map.find("sample"))
    corpus.sample = sample->whole({1, std::numeric_limits<std::int64_t>::max()});
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
