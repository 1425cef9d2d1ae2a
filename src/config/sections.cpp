#include "config/sections.hpp"

#include "config/keys.hpp"
#include "config/scalars.hpp"

namespace attnsweep::config {
namespace {

// Reads one visited key into its field, whatever its type.
class FieldReader {
 public:
  explicit FieldReader(StrictMap& map) : map_(map) {}

  template <class Integer>
  void operator()(const char* key, Integer& field, WholeRange range) {
    if (const auto value = map_.find(key)) assign(field, value->whole(range));
  }
  void operator()(const char* key, double& field, RealRange range) {
    if (const auto value = map_.find(key)) assign(field, value->real(range));
  }
  void operator()(const char* key, std::string& field, const std::vector<std::string>& names) {
    if (const auto value = map_.find(key)) assign(field, value->choice(names));
  }
  void operator()(const char* key, Norm& field, const std::vector<std::string>& names) {
    const auto value = map_.find(key);
    if (!value) return;
    if (const auto name = value->choice(names)) field = *norm_from(*name);
  }

 private:
  StrictMap& map_;
};

template <class T, class From>
void read_names(StrictMap& study, const char* key, const std::vector<std::string>& names, From from,
                bool may_be_empty, std::vector<T>& out) {
  const auto value = study.find(key);
  if (!value) return;
  const auto chosen = value->choices(names, may_be_empty);
  if (!chosen) return;
  out.clear();
  for (const auto& name : *chosen) out.push_back(*from(name));
}

std::vector<std::string> observable_names() {
  std::vector<std::string> names;
  for (const auto observable : all_observables()) names.emplace_back(name(observable));
  return names;
}

}  // namespace

MeasureSet read_measure(StrictMap& study) {
  MeasureSet measure;
  read_names(study, "norms", norm_names(), norm_from, false, measure.norms);
  read_names(study, "heads", {"mean", "each"}, heads_from, false, measure.heads);
  read_names(study, "special_tokens", {"keep", "drop"}, view_from, false, measure.views);
  read_names(study, "observables", observable_names(), observable_from, true, measure.observables);
  return measure;
}

ComputeOptions read_compute(const Value& section) {
  ComputeOptions options;
  StrictMap map(section);
  visit_compute(options, FieldReader(map));
  map.finish();
  return options;
}

ReduceOptions read_reduce(const Value& section) {
  ReduceOptions options;
  StrictMap map(section);
  visit_reduce(options, FieldReader(map));
  map.finish();
  if (options.drop_min < options.drop_flat) {
    const auto blamed = map.find("drop_min") ? map.find("drop_min") : map.find("drop_flat");
    if (blamed)
      blamed->problem(
          "drop_min must not be below drop_flat: a curve would be too flat and deep "
          "enough at once");
  }
  return options;
}

RunOptions read_run(const Value& section) {
  RunOptions options;
  StrictMap map(section);
  if (const auto value = map.find("commit_interval")) {
    const auto& node = value->node();
    if (node.kind == YamlNode::Kind::scalar && node.text == "auto")
      options.commit_interval = 0;
    else if (const auto seconds = parse_real(node.text); seconds && *seconds > 0 && !node.quoted)
      options.commit_interval = *seconds;
    else
      value->unexpected("seconds, a number above 0, or auto");
  }
  if (const auto value = map.find("commit_bytes")) assign(options.commit_bytes, value->bytes());
  map.finish();
  return options;
}

std::vector<std::string> reduce_keys() {
  std::vector<std::string> keys;
  const ReduceOptions options;
  visit_reduce(options, [&](const char* key, const auto&, const auto&) { keys.emplace_back(key); });
  return keys;
}

}  // namespace attnsweep::config
