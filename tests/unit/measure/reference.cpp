#include "unit/measure/reference.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace attnsweep::measure_test {
namespace {

using Json = nlohmann::json;

std::string slurp(const std::string& name) {
  const std::string path = std::string(ATTNSWEEP_TESTS_DIR) + "/reference/" + name;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": cannot be opened");
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
std::vector<double> matrix(const std::string& bytes, std::size_t offset, std::size_t count) {
  if (offset + count * sizeof(T) > bytes.size()) throw std::runtime_error("matrix beyond the file");
  std::vector<T> raw(count);
  std::memcpy(raw.data(), bytes.data() + offset, count * sizeof(T));
  return {raw.begin(), raw.end()};
}

Values values(const Json& json) {
  Values out;
  for (const auto& [name, x] : json.items()) {
    out[name] = x.is_null() ? std::numeric_limits<double>::quiet_NaN() : x.get<double>();
  }
  return out;
}

std::optional<Values> optional_values(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(values(json));
}

DroppedReference dropped(const Json& json) {
  DroppedReference out;
  out.n = json.at("n");
  out.left_out = json.at("left_out");
  out.empty_a = json.at("empty_a").get<std::vector<std::uint8_t>>();
  out.empty_b = json.at("empty_b").get<std::vector<std::uint8_t>>();
  if (!json.at("matrix_a").is_null()) out.matrix_a = json.at("matrix_a").get<std::vector<double>>();
  out.norms = optional_values(json.at("norms"));
  out.scales = optional_values(json.at("scales"));
  out.observables_a = optional_values(json.at("observables_a"));
  return out;
}

std::vector<ReferencePair> read_pairs() {
  const std::string bytes = slurp("measure_reference.bin");
  std::vector<ReferencePair> pairs;
  for (const Json& json : Json::parse(slurp("measure_reference.json"))) {
    ReferencePair& pair = pairs.emplace_back();
    pair.name = json.at("name");
    pair.n = json.at("n");
    pair.is_float = json.at("type") == "float32";
    const auto count = static_cast<std::size_t>(pair.n) * static_cast<std::size_t>(pair.n);
    const auto read = pair.is_float ? matrix<float> : matrix<double>;
    pair.a = read(bytes, json.at("offset_a"), count);
    pair.b = read(bytes, json.at("offset_b"), count);
    pair.special = json.at("special").get<std::vector<std::uint8_t>>();
    pair.norms = values(json.at("norms"));
    pair.scales = values(json.at("scales"));
    pair.observables_a = values(json.at("observables_a"));
    pair.dropped = dropped(json.at("dropped"));
  }
  return pairs;
}

}  // namespace

const std::vector<ReferencePair>& reference_pairs() {
  static const std::vector<ReferencePair> pairs = read_pairs();
  return pairs;
}

}  // namespace attnsweep::measure_test
