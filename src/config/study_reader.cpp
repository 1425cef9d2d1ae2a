#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/suggest.hpp"
#include "config/overrides.hpp"
#include "config/sections.hpp"
#include "config/study.hpp"

namespace attnsweep {
namespace {

using namespace config;

// A study is a few kilobytes; a weight file given by mistake is not read.
constexpr std::uintmax_t largest_file = 16 << 20;

// "; did you mean 'x.yaml'?" where the folder holds a file of a near name.
std::string near_file(const std::filesystem::path& file) {
  std::vector<std::string> names;
  std::error_code error;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());  // the folder's own order is any
  return suggestion(file.filename().string(), names);
}

std::string text_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (!error && size > largest_file)
    throw ConfigError({file.string() + ": has " + std::to_string(size) +
                       " bytes; a study file has a few thousand"});
  try {
    return read_file(file);
  } catch (const InputError& problem) {
    const bool exists = std::filesystem::exists(file, error);
    throw ConfigError({problem.what() + (exists ? "" : near_file(file))});
  }
}

// The file's tree; throws when it is no map of keys at all.
YamlNode tree_of(const std::filesystem::path& file, Problems& problems) {
  const auto folder = std::filesystem::absolute(file).lexically_normal().parent_path();
  const auto source = std::make_shared<const Source>(Source{file.string(), folder, true, 0});
  auto root = parse_yaml(text_of(file), source, problems);
  if (root && root->kind == YamlNode::Kind::null)
    problems.add(root->place, "",
                 "the file is empty; a study has at least the keys study, models and corpora");
  else if (root && root->kind != YamlNode::Kind::map)
    Value(*root, "", problems).unexpected("a map of keys; a key ends in a colon and a blank");
  problems.raise();
  return std::move(*root);
}

// The primary norm is one of those measured: where the study does not say which, frobenius, or the
// first one when that is not measured.
void settle_primary_norm(StrictMap& study, const MeasureSet& measure, ReduceOptions& reduce) {
  const auto& norms = measure.norms;
  if (std::find(norms.begin(), norms.end(), reduce.primary_norm) != norms.end()) return;
  const auto section = study.find("reduce");
  const auto given = section ? StrictMap(*section).find("primary_norm") : std::nullopt;
  if (!given) {
    reduce.primary_norm = norms.front();
    return;
  }
  std::vector<std::string> measured;
  for (const auto norm : norms) measured.emplace_back(name(norm));
  given->unexpected("one of the study's norms: " + alternatives(measured));
}

Study study_of(const YamlNode& root, Problems& problems) {
  Study study;
  StrictMap map(Value(root, "", problems));
  if (const auto value = map.require("study")) assign(study.name, value->id());
  if (const auto value = map.find("seed")) assign(study.seed, value->unsigned_whole());
  if (const auto value = map.require("models")) study.models = read_models(*value);
  if (const auto value = map.require("corpora")) study.corpora = read_corpora(*value);
  study.measure = read_measure(map);
  if (const auto value = map.find("compute")) study.compute = read_compute(*value);
  if (const auto value = map.find("reduce")) study.reduce = read_reduce(*value);
  if (const auto value = map.find("run")) study.run = read_run(*value);
  map.finish();
  if (problems.empty()) settle_primary_norm(map, study.measure, study.reduce);
  return study;
}

// In read_reduce_options every override stays inside the reduce section.
bool in_reduce(const std::string& text, int order, Problems& problems) {
  if (text.starts_with("reduce.")) return true;
  const auto source = std::make_shared<const Source>(Source{"--set " + text, "/", false, order});
  const auto key = text.substr(0, text.find('='));
  const bool dotted = key.find('.') != std::string::npos;
  auto known = reduce_keys();
  for (auto& name : known) name.insert(0, dotted ? "reduce." : "");
  const auto near = nearest(key, known);
  const auto hint = near ? "; did you mean '" + std::string(dotted ? "" : "reduce.") + *near + "'?"
                         : std::string();
  problems.add({source, 1, 1}, "",
               "got the key '" + key + "', expected one that begins with 'reduce.'" + hint);
  return false;
}

}  // namespace

Study read_study(const std::filesystem::path& file, const Overrides& overrides) {
  Problems problems;
  auto root = tree_of(file, problems);
  int order = 0;
  for (const auto& text : overrides) apply_override(text, ++order, root, problems);
  auto study = study_of(root, problems);
  problems.raise();
  study.file = file;
  return study;
}

ReduceOptions read_reduce_options(const std::filesystem::path& file, const Overrides& overrides) {
  Problems problems;
  auto root = tree_of(file, problems);
  int order = 0;
  for (const auto& text : overrides)
    if (in_reduce(text, ++order, problems)) apply_override(text, order, root, problems);

  // Of the other keys an imported run has only some, so they are not looked at.
  std::erase_if(root.entries, [](const YamlEntry& entry) {
    return entry.key != "seed" && entry.key != "reduce";
  });
  ReduceOptions options;
  StrictMap map(Value(root, "", problems));
  if (const auto value = map.find("seed")) value->unsigned_whole();
  if (const auto value = map.find("reduce")) options = read_reduce(*value);
  problems.raise();
  return options;
}

}  // namespace attnsweep
