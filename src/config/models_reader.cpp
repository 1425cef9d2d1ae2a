#include <map>
#include <utility>

#include "config/paths.hpp"
#include "config/sections.hpp"

namespace attnsweep::config {
namespace {

constexpr std::int64_t max_seeds = 1000;

// A model as written: a control stands for several.
struct WrittenModel {
  ModelEntry entry;
  std::int64_t n_seeds = 3;
  bool is_control = false;
  std::optional<Value> id, control_of;  // where the problems across models belong
};

WrittenModel read_model(const Value& value) {
  WrittenModel model;
  StrictMap map(value);
  model.id = map.require("id");
  if (model.id) assign(model.entry.id, model.id->id());
  if (const auto lineage = map.find("lineage")) assign(model.entry.lineage, lineage->text());
  model.control_of = map.find("control_of");
  model.is_control = model.control_of.has_value();
  if (model.is_control) {
    assign(model.entry.control_of, model.control_of->text());
    if (const auto path = map.find("path"))
      path->problem("a control has the architecture of its 'control_of' and no path of its own");
  } else if (const auto path = map.require(
                 "path", " (or 'control_of', for an untrained control of another model)")) {
    assign(model.entry.path, resolved_path(*path));
  }
  if (const auto seeds = map.find("seeds")) {
    assign(model.n_seeds, seeds->whole({1, max_seeds}));
    if (!model.is_control) seeds->problem("only a model with 'control_of' has seeds");
  }
  map.finish();
  return model;
}

std::string seed_id(const std::string& control, std::int64_t k) {
  return control + "." + std::to_string(k);
}

void check_ids(const std::vector<WrittenModel>& models) {
  std::map<std::string, const WrittenModel*> controls;  // by the ids that they stand for
  for (const auto& model : models)
    for (std::int64_t k = 0; model.is_control && k < model.n_seeds; ++k)
      controls.emplace(seed_id(model.entry.id, k), &model);
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto& id = models[i].entry.id;
    if (id.empty()) continue;
    const auto [first, is_new] = seen.emplace(id, i);
    if (!is_new)
      models[i].id->problem("'" + id + "' is the id of models[" + std::to_string(first->second) +
                            "] already");
    if (const auto found = controls.find(id); found != controls.end())
      models[i].id->problem("'" + id + "' is the id of a seed of the control '" +
                            found->second->entry.id + "' already");
  }
}

// Gives a control its trained model's path; notes a control of nothing or of another control.
void link_control(WrittenModel& control, const std::vector<WrittenModel>& models) {
  const auto& wanted = control.entry.control_of;
  if (wanted.empty()) return;
  std::vector<std::string> trained;
  for (const auto& model : models) {
    if (!model.is_control && !model.entry.id.empty()) trained.push_back(model.entry.id);
    if (model.entry.id != wanted) continue;
    if (model.is_control)
      control.control_of->problem("'" + wanted + "' is a control itself; name a trained model");
    else
      control.entry.path = model.entry.path;
    return;
  }
  control.control_of->unexpected(trained.empty()
                                     ? "the id of a trained model, of which the study has none"
                                     : "the id of a trained model: " + alternatives(trained) +
                                           suggestion(wanted, trained));
}

std::vector<ModelEntry> expanded(const std::vector<WrittenModel>& models) {
  std::vector<ModelEntry> all;
  for (const auto& model : models) {
    if (!model.is_control) {
      all.push_back(model.entry);
      continue;
    }
    for (std::int64_t k = 0; k < model.n_seeds; ++k) {
      all.push_back(model.entry);
      all.back().id = seed_id(model.entry.id, k);
      all.back().seed_index = static_cast<int>(k);
    }
  }
  return all;
}

}  // namespace

std::vector<ModelEntry> read_models(const Value& list) {
  std::vector<WrittenModel> models;
  const auto values = list.items();
  if (!values) return {};
  for (const auto& value : *values) models.push_back(read_model(value));
  check_ids(models);
  for (auto& model : models)
    if (model.is_control) link_control(model, models);
  return expanded(models);
}

}  // namespace attnsweep::config
