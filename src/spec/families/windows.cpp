// Which layers have a sliding window, as config.json says it.
#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

/// sliding_attention: 1, full_attention: 0; a problem where layer_types is anything else.
std::vector<std::int64_t> given_types(ConfigReader& config, const nlohmann::json& types,
                                      std::int64_t n_layers) {
  std::vector<std::int64_t> out;
  if (!types.is_array() || std::ssize(types) != n_layers) {
    config.unexpected("layer_types", types,
                      "a list of num_hidden_layers " + std::to_string(n_layers) + " entries");
    return {};
  }
  for (const auto& type : types) {
    const auto name = type.is_string() ? type.get<std::string>() : std::string();
    if (name != "sliding_attention" && name != "full_attention") {
      config.unexpected("layer_types", type, "full_attention or sliding_attention");
      return {};
    }
    out.push_back(name == "sliding_attention" ? 1 : 0);
  }
  return out;
}

}  // namespace

void read_layer_types(ConfigReader& config, ArchitectureSpec& spec, std::int64_t width,
                      const std::string& why, const std::function<bool(std::int64_t)>& slides) {
  const auto* types = config.find("layer_types");
  if (!config.problems().empty() || spec.n_layers > 4096) return;
  std::vector<std::int64_t> sliding;
  if (types && !types->is_null())
    sliding = given_types(config, *types, spec.n_layers);
  else
    for (std::int64_t i = 0; i < spec.n_layers; ++i)
      sliding.push_back(width > 0 && slides(i) ? 1 : 0);
  for (auto& one : sliding) {
    if (one > 0 && width == 0)
      return config.problem("layer_types",
                            "\"sliding_attention\"; expected full_attention: " + why);
    one *= width;
  }
  spec.windows = std::move(sliding);
}

void read_one_window(ConfigReader& config, ArchitectureSpec& spec, std::int64_t fallback) {
  const auto* given = config.find("sliding_window");
  const bool none = given ? given->is_null() : fallback == 0;
  const auto width = none ? 0 : config.count("sliding_window", fallback);
  read_layer_types(config, spec, width, "sliding_window is null",
                   [](std::int64_t) { return true; });
  for (const auto window : spec.windows)
    if (window != width)
      return config.problem("layer_types", "full_attention beside sliding_window " +
                                               std::to_string(width) +
                                               ", which this family has in every layer or in none");
  if (width == 0) spec.windows.clear();
}

}  // namespace attnsweep::spec
