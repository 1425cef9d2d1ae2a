#include "spec/tensor_binder.hpp"

#include <algorithm>
#include <map>

namespace attnsweep::spec {
namespace {

struct Place {
  const WeightFile* file;
  const StoredTensor* tensor;
  bool wanted = false;
};

/// A stored name as the library spells it today and without the model's prefix.
std::string canonical(std::string name, const std::string& prefix) {
  if (name.starts_with(prefix)) name = name.substr(prefix.size());
  const auto respell = [&](const std::string& old, const std::string& now) {
    if (name.ends_with(old)) name.replace(name.size() - old.size(), old.size(), now);
  };
  respell(".gamma", ".weight");
  respell(".beta", ".bias");
  return name;
}

std::string shown(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

bool usable(const std::string& dtype) {
  return dtype == "F32" || dtype == "F16" || dtype == "BF16" || dtype == "F64";
}

/// Same shape for one name and a count: 96 missing tensors of a wrong model are not 96 lines.
void add_listed(const std::string& where, const std::string& what,
                const std::vector<std::string>& names, std::vector<std::string>& problems) {
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    problems.push_back(where + ": " + what + " " + names[i]);
  if (names.size() > kShown)
    problems.push_back(where + ": " + what + " " + std::to_string(names.size() - kShown) + " more");
}

bool expected_extra(const Family& family, const std::string& name) {
  return std::any_of(family.expected_extras.begin(), family.expected_extras.end(),
                     [&](const std::string& start) { return name.starts_with(start); }) ||
         std::any_of(family.expected_endings.begin(), family.expected_endings.end(),
                     [&](const std::string& end) { return name.ends_with(end); });
}

}  // namespace

std::vector<TensorBinding> bind_tensors(const Family& family,
                                        const std::vector<WantedTensor>& wanted,
                                        const std::vector<WeightFile>& files,
                                        std::vector<std::string>& problems) {
  std::map<std::string, Place> stored;
  for (const auto& file : files)
    for (const auto& tensor : file.tensors) {
      const auto name = canonical(tensor.name, family.prefix);
      const auto [it, fresh] = stored.insert({name, {&file, &tensor}});
      if (!fresh)
        problems.push_back(file.path.string() + ": tensor '" + tensor.name +
                           "' is stored a second time as '" + it->second.tensor->name + "' in " +
                           it->second.file->path.string());
    }

  const auto where = files.size() == 1 ? files[0].path.string()
                                       : files[0].path.parent_path().string() + " (" +
                                             std::to_string(files.size()) + " shards)";
  std::vector<TensorBinding> bindings;
  std::vector<std::string> missing, unexpected, misshaped;
  const auto add_once = [](std::vector<std::string>& list, const std::string& line) {
    // Parts of one fused tensor come one after the other.
    if (list.empty() || list.back() != line) list.push_back(line);
  };
  for (const auto& want : wanted) {
    const auto& stored_shape = want.stored_shape.empty() ? want.shape : want.stored_shape;
    const auto it = stored.find(want.family_name);
    if (it == stored.end()) {
      add_once(missing, "'" + want.family_name + "' " + shown(stored_shape));
      continue;
    }
    it->second.wanted = true;
    const auto& tensor = *it->second.tensor;
    if (tensor.shape != stored_shape)
      add_once(misshaped, "'" + tensor.name + "' is " + shown(tensor.shape) +
                              ", config.json asks for " + shown(stored_shape));
    else if (!usable(tensor.dtype))
      add_once(misshaped, "'" + tensor.name + "' is stored as " + tensor.dtype +
                              ", expected F32, F16, BF16 or F64");
    bindings.push_back({want.name, tensor.name, it->second.file->path, tensor.dtype, want.shape,
                        tensor.begin, tensor.end, want.family_name, stored_shape, want.transposed,
                        want.rows, want.start});
  }
  for (const auto& [name, place] : stored)
    if (!place.wanted && !expected_extra(family, name))
      unexpected.push_back("'" + place.tensor->name + "' " + shown(place.tensor->shape));
  add_listed(where, "missing tensor", missing, problems);
  add_listed(where, "unexpected tensor", unexpected, problems);
  add_listed(where, "misfit:", misshaped, problems);
  return bindings;
}

}  // namespace attnsweep::spec
