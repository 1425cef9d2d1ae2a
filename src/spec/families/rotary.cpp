// How fast each pair of a head's columns turns: Su et al. 2021, and the ways of stretching it to
// longer texts, as transformers' modeling_rope_utils.py defines them, in double.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

/// The object under `key`, read entry by entry; every entry that nobody asked for is left over.
class Entries {
 public:
  Entries(ConfigReader& config, std::string key, const json& object)
      : config_(config), key_(std::move(key)), object_(object) {}
  ~Entries() {
    for (const auto& [name, value] : object_.items())
      if (!seen_.contains(name)) config_.leave_over(key_ + "." + name);
  }
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;

  const json* find(const std::string& name) {
    seen_.insert(name);
    const auto it = object_.find(name);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }
  /// A number > 0; `fallback` 0: it must be there.
  double positive(const std::string& name, double fallback = 0) {
    const auto* value = find(name);
    if (!value && fallback > 0) return fallback;
    if (value && value->is_number() && std::isfinite(value->get<double>()) &&
        value->get<double>() > 0)
      return value->get<double>();
    config_.unexpected(key_ + "." + name, value ? *value : json(), "a number > 0");
    return 1;
  }
  std::string type() {
    const auto* value = find("rope_type");
    const auto* old = find("type");
    if (!value) value = old;
    return value ? value->is_string() ? value->get<std::string>() : value->dump() : "default";
  }
  void refuse(const std::string& name, const std::string& what) {
    config_.problem(key_ + "." + name, what);
  }

 private:
  ConfigReader& config_;
  const std::string key_;
  const json& object_;
  std::set<std::string> seen_;
};

void linear(Entries& entries, ArchitectureSpec& spec) {
  const double factor = entries.positive("factor");
  for (auto& speed : spec.rotary) speed /= factor;
}

/// Long waves are stretched, short ones kept, those between interpolated.
void llama3(Entries& entries, ArchitectureSpec& spec) {
  const double factor = entries.positive("factor");
  const double low = entries.positive("low_freq_factor");
  const double high = entries.positive("high_freq_factor");
  const double length =
      entries.positive("original_max_position_embeddings", static_cast<double>(spec.max_positions));
  for (auto& speed : spec.rotary) {
    const double wave = 2 * std::numbers::pi / speed;
    if (wave > length / low) {
      speed /= factor;
    } else if (wave >= length / high) {
      const double share = (length / wave - low) / (high - low);
      speed = (1 - share) * speed / factor + share * speed;
    }
  }
}

/// Peng et al. 2023: pairs that turn often are kept, those that turn rarely stretched, a linear
/// ramp between; the rotated columns are scaled.
void yarn(Entries& entries, ArchitectureSpec& spec, double theta) {
  const double factor = entries.positive("factor");
  const double length =
      entries.positive("original_max_position_embeddings", static_cast<double>(spec.max_positions));
  const double fast = entries.positive("beta_fast", 32), slow = entries.positive("beta_slow", 1);
  const auto* truncate = entries.find("truncate");
  const auto width = [&](double scale) {
    return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1;
  };
  const bool two = entries.find("mscale") && entries.find("mscale_all_dim");
  spec.rotary_factor =
      entries.find("attention_factor") ? entries.positive("attention_factor")
      : two ? width(entries.positive("mscale")) / width(entries.positive("mscale_all_dim"))
            : width(1);
  const auto pairs = static_cast<double>(spec.rotary.size());
  const auto pair_of = [&](double turns) {
    return pairs * std::log(length / (turns * 2 * std::numbers::pi)) / std::log(theta);
  };
  double first = pair_of(fast), last = pair_of(slow);
  if (!truncate || *truncate != false) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, 2 * pairs - 1);
  if (first == last) last += 0.001;
  for (std::size_t j = 0; j < spec.rotary.size(); ++j) {
    const double ramp = std::clamp((static_cast<double>(j) - first) / (last - first), 0.0, 1.0);
    spec.rotary[j] *= ramp / factor + (1 - ramp);
  }
}

void rotate_as(Entries& entries, ArchitectureSpec& spec, double theta) {
  const auto size = spec.head_size();
  for (std::int64_t j = 0; 2 * j < size; ++j)
    spec.rotary.push_back(std::pow(theta, -2 * static_cast<double>(j) / static_cast<double>(size)));
  const auto type = entries.type();
  if (type == "linear")
    linear(entries, spec);
  else if (type == "llama3")
    llama3(entries, spec);
  else if (type == "yarn")
    yarn(entries, spec, theta);
  else if (type != "default")
    entries.refuse("rope_type",
                   "\"" + type + "\" is not supported; expected default, linear, llama3 or yarn");
}

}  // namespace

void read_rotary(ConfigReader& config, ArchitectureSpec& spec) {
  const double theta = config.positive("rope_theta", 10000);
  const auto* scaling = config.find("rope_scaling");
  const auto* parameters = config.find("rope_parameters");
  const auto given = [](const json* value) { return value && !value->is_null(); };
  if (given(scaling) && given(parameters))
    return config.problem("rope_scaling", "given beside rope_parameters; expected one of the two");
  const std::string key = given(parameters) ? "rope_parameters" : "rope_scaling";
  const auto* value = given(parameters) ? parameters : scaling;
  const json nothing = json::object();
  if (given(value) && !value->is_object()) return config.unexpected(key, *value, "an object");
  Entries entries(config, key, given(value) ? *value : nothing);
  rotate_as(entries, spec,
            key == "rope_parameters" ? entries.positive("rope_theta", theta) : theta);
}

}  // namespace attnsweep::spec
