#include "spec/model_files.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "spec/config_reader.hpp"
#include "spec/families/family.hpp"
#include "spec/tensor_binder.hpp"

namespace attnsweep::spec {
namespace {

namespace fs = std::filesystem;

const Family& family_of(ConfigReader& config) {
  const auto type = config.text("model_type", "");
  if (const auto* family = find_family(type)) return *family;
  const auto known = known_model_types();
  std::string names;
  for (const auto& one : known) names += (names.empty() ? "" : ", ") + one;
  const auto near = nearest(type, known);
  config.problem("model_type",
                 (type.empty() ? std::string("missing") : "\"" + type + "\" is not understood") +
                     (near ? "; did you mean '" + *near + "'?" : "") + " (known: " + names + ")");
  throw InputError(config.problems());
}

std::int64_t n_entries(const std::vector<std::int64_t>& shape) {
  std::int64_t n = 1;
  for (const auto size : shape) n *= size;
  return n;
}

}  // namespace

ModelFiles read_model_files(const fs::path& folder, bool need_weights) {
  if (!fs::is_directory(folder))
    throw InputError(folder.string() + ": no such folder; expected a Hugging Face model directory");
  ConfigReader config(folder / "config.json");
  const auto& family = family_of(config);
  ModelFiles out;
  out.folder = folder;
  out.architecture = family.read(config);
  out.architecture.model_type = config.text("model_type", "");
  out.special_ids = config.special_ids();
  config.harmless_everywhere();
  if (!config.problems().empty()) throw InputError(config.problems());
  for (std::int64_t i = 0; i < out.architecture.n_layers; ++i) {
    const auto window = out.architecture.window(i);
    out.architecture.layer_types.push_back(window > 0 ? "sliding:" + std::to_string(window)
                                                      : "full");
  }
  out.unknown_keys = config.left_over();

  const auto wanted = family.tensors(out.architecture);
  for (const auto& tensor : wanted) out.n_parameters += n_entries(tensor.shape);
  if (!need_weights) {
    for (const auto& tensor : wanted)
      out.tensors.push_back({tensor.name,
                             "",
                             {},
                             "",
                             tensor.shape,
                             0,
                             0,
                             tensor.family_name,
                             tensor.stored_shape.empty() ? tensor.shape : tensor.stored_shape,
                             tensor.transposed,
                             tensor.rows,
                             tensor.start});
    return out;
  }
  const auto files = read_weight_files(folder);
  std::vector<std::string> problems;
  out.tensors = bind_tensors(family, wanted, files, problems);
  if (!problems.empty()) throw InputError(problems);
  for (const auto& file : files) out.weight_files.push_back(file.path);
  return out;
}

}  // namespace attnsweep::spec
