// How fast each pair of a head's columns turns: Su et al. 2021, and the ways of stretching it to
// longer texts, as transformers' modeling_rope_utils.py defines them, in double.
#include "spec/families/rotary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

namespace attnsweep::spec {
namespace {

using nlohmann::json;

// In an object of rotary parameters every family has the general names.
constexpr const char* kShare = "partial_rotary_factor";

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
    if (value && positive_number(*value)) return value->get<double>();
    unexpected(name, "a number > 0");
    return 1;
  }
  /// `count` numbers > 0.
  std::vector<double> list(const std::string& name, std::size_t count) {
    const auto* value = find(name);
    const bool right = value && value->is_array() && value->size() == count &&
                       std::all_of(value->begin(), value->end(), positive_number);
    if (right) return value->get<std::vector<double>>();
    unexpected(name, "a list of " + std::to_string(count) + " numbers > 0, one a rotated pair");
    return std::vector<double>(count, 1);
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
  void unexpected(const std::string& name, const std::string& expected) {
    const auto* value = find(name);
    config_.unexpected(key_ + "." + name, value ? *value : json(), expected);
  }

 private:
  static bool positive_number(const json& value) {
    return value.is_number() && std::isfinite(value.get<double>()) && value.get<double>() > 0;
  }

  ConfigReader& config_;
  const std::string key_;
  const json& object_;
  std::set<std::string> seen_;
};

void linear(Entries& entries, Rotation& rotation) {
  const double factor = entries.positive("factor");
  for (auto& speed : rotation.speeds) speed /= factor;
}

/// Long waves are stretched, short ones kept, those between interpolated.
void llama3(Entries& entries, Rotation& rotation, double positions) {
  const double factor = entries.positive("factor");
  const double low = entries.positive("low_freq_factor");
  const double high = entries.positive("high_freq_factor");
  const double length = entries.positive("original_max_position_embeddings", positions);
  for (auto& speed : rotation.speeds) {
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
void yarn(Entries& entries, Rotation& rotation, double positions) {
  const double factor = entries.positive("factor");
  const double length = entries.positive("original_max_position_embeddings", positions);
  const double fast = entries.positive("beta_fast", 32), slow = entries.positive("beta_slow", 1);
  const auto* truncate = entries.find("truncate");
  const auto width = [&](double scale) {
    return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1;
  };
  const bool two = entries.find("mscale") && entries.find("mscale_all_dim");
  rotation.factor =
      entries.find("attention_factor") ? entries.positive("attention_factor")
      : two ? width(entries.positive("mscale")) / width(entries.positive("mscale_all_dim"))
            : width(1);
  const auto pairs = static_cast<double>(rotation.speeds.size());
  const auto pair_of = [&](double turns) {
    return pairs * std::log(length / (turns * 2 * std::numbers::pi)) / std::log(rotation.base);
  };
  double first = pair_of(fast), last = pair_of(slow);
  if (!truncate || *truncate != false) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, 2 * pairs - 1);
  if (first == last) last += 0.001;
  for (std::size_t j = 0; j < rotation.speeds.size(); ++j) {
    const double ramp = std::clamp((static_cast<double>(j) - first) / (last - first), 0.0, 1.0);
    rotation.speeds[j] *= ramp / factor + (1 - ramp);
  }
}

/// The base grows with the sequence's own length beyond max_position_embeddings.
void dynamic(Entries& entries, Rotation& rotation, std::int64_t positions) {
  rotation.dynamic_factor = entries.positive("factor");
  rotation.dynamic_above = positions;
  if (rotation.speeds.size() < 2)
    entries.refuse("rope_type", "\"dynamic\" needs heads of more than 2 rotated columns");
}

/// Ding et al. 2024: one factor a pair, another list beyond the length of the first training.
void longrope(ConfigReader& config, Entries& entries, Rotation& rotation, double positions) {
  // The library's versions have it at either place.
  const double inside = entries.positive("original_max_position_embeddings", positions);
  const auto* beside = config.find("original_max_position_embeddings");
  const double length = beside && !beside->is_null()
                            ? config.positive("original_max_position_embeddings", positions)
                            : inside;
  if (entries.find("original_max_position_embeddings") && inside != length)
    entries.unexpected("original_max_position_embeddings",
                       "original_max_position_embeddings' own value, or none");
  const double stretch = length < positions ? positions / length : entries.positive("factor", 1);
  rotation.factor = stretch <= 1 ? 1 : std::sqrt(1 + std::log(stretch) / std::log(length));
  if (entries.find("attention_factor")) rotation.factor = entries.positive("attention_factor");
  const auto now = entries.list("short_factor", rotation.speeds.size());
  const auto beyond = entries.list("long_factor", rotation.speeds.size());
  rotation.long_speeds = rotation.speeds;
  rotation.long_factor = rotation.factor;
  rotation.long_above = static_cast<std::int64_t>(length);
  for (std::size_t j = 0; j < rotation.speeds.size(); ++j) {
    rotation.speeds[j] /= now[j];
    rotation.long_speeds[j] /= beyond[j];
  }
}

/// How many of a head's columns turn.
std::int64_t rotated_width(ConfigReader& config, Entries& entries, const ArchitectureSpec& spec,
                           const RotaryDefaults& defaults) {
  const auto size = spec.head_size();
  const bool inside = entries.find(kShare) != nullptr;
  if (!defaults.partial) {
    config.only(defaults.share_key, 1.0, "whole heads are rotated");
    if (inside && *entries.find(kShare) != 1.0)
      entries.unexpected(kShare, "1.0: whole heads are rotated");
    return size;
  }
  const double own = config.positive(defaults.share_key, defaults.share);
  const double share = inside ? entries.positive(kShare) : own;
  const auto width = static_cast<std::int64_t>(static_cast<double>(size) * share);
  if (share <= 1 && width >= 2 && width % 2 == 0) return width;
  config.problem(defaults.share_key, std::to_string(share) + " of heads of " +
                                         std::to_string(size) + " turns " + std::to_string(width) +
                                         " columns; expected an even number from 2 to " +
                                         std::to_string(size));
  return 2;
}

}  // namespace

Rotation read_rotation(ConfigReader& config, const ArchitectureSpec& spec, const std::string& key,
                       const json& object, const RotaryDefaults& defaults) {
  Entries entries(config, key, object);
  Rotation rotation;
  rotation.neighbours = defaults.neighbours;
  rotation.base = entries.positive("rope_theta", defaults.theta);
  const auto width = rotated_width(config, entries, spec, defaults);
  for (std::int64_t j = 0; 2 * j < width; ++j)
    rotation.speeds.push_back(
        std::pow(rotation.base, -2 * static_cast<double>(j) / static_cast<double>(width)));
  // Only longrope depends on it.
  config.harmless("original_max_position_embeddings");
  const auto positions = static_cast<double>(spec.max_positions);
  auto type = entries.type();
  if (defaults.old_longrope && (type == "su" || type == "yarn")) type = "longrope";
  if (type == "linear")
    linear(entries, rotation);
  else if (type == "dynamic")
    dynamic(entries, rotation, spec.max_positions);
  else if (type == "llama3")
    llama3(entries, rotation, positions);
  else if (type == "yarn")
    yarn(entries, rotation, positions);
  else if (type == "longrope")
    longrope(config, entries, rotation, positions);
  else if (type != "default")
    entries.refuse("rope_type", "\"" + type +
                                    "\" is not supported; expected default, linear, dynamic, "
                                    "llama3, yarn or longrope");
  return rotation;
}

void read_rotary(ConfigReader& config, ArchitectureSpec& spec, const RotaryDefaults& defaults) {
  auto own = defaults;
  own.theta = config.positive(defaults.theta_key, defaults.theta);
  const auto* scaling = config.find("rope_scaling");
  const auto* parameters = config.find("rope_parameters");
  const auto given = [](const json* value) { return value && !value->is_null(); };
  if (given(scaling) && given(parameters))
    return config.problem("rope_scaling", "given beside rope_parameters; expected one of the two");
  const std::string key = given(parameters) ? "rope_parameters" : "rope_scaling";
  const auto* value = given(parameters) ? parameters : scaling;
  const json nothing = json::object();
  if (given(value) && !value->is_object()) return config.unexpected(key, *value, "an object");
  spec.rotations.push_back(read_rotation(config, spec, key, given(value) ? *value : nothing, own));
  lengthen_positions(spec);
}

void lengthen_positions(ArchitectureSpec& spec) {
  double factor = 1;
  for (const auto& rotation : spec.rotations) factor = std::max(factor, rotation.dynamic_factor);
  spec.max_positions = static_cast<std::int64_t>(std::min(
      factor * static_cast<double>(spec.max_positions), static_cast<double>(kUnlimitedPositions)));
}

}  // namespace attnsweep::spec
