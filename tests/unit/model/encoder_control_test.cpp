// Untrained controls of the encoders with distances and windows: each starts as its family's
// _init_weights in transformers has it, written out here by hand and by the stored names.
#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.hpp"
#include "unit/model/attention_files.hpp"

namespace attnsweep::model {
namespace {

using test::ModelFolder;

constexpr std::uint64_t kSeed = 20251030, kIndex = 2;

std::vector<double> curve(Evaluator& evaluator) {
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 21; ++i) ids.push_back((i * 11) % 60);
  const std::vector<SequenceInput> pack{{ids, {}, {}}};
  return evaluator.measure(pack, {})[0].values.at(0);
}

std::vector<double> curve_of_control(const std::string& model) {
  EvaluatorOptions options;
  options.random_seed_index = kIndex;
  options.study_seed = kSeed;
  return curve(*load_evaluator(spec::read_model_files(test::tiny_model(model), false), options));
}

bool contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

/// Mesh TensorFlow's deviations, which make up for scores that are not scaled.
double t5_deviation(const std::string& name, const nlohmann::json& config) {
  const double width = config["d_model"], head = config["d_kv"], heads = config["num_heads"];
  const double inner = config["d_ff"], factor = config["initializer_factor"];
  if (contains(name, "shared")) return factor;
  if (contains(name, "SelfAttention.q.")) return factor / std::sqrt(width * head);
  if (contains(name, "SelfAttention.o.")) return factor / std::sqrt(heads * head);
  if (contains(name, "DenseReluDense.wo")) return factor / std::sqrt(inner);
  return factor / std::sqrt(width);  // k, v, wi, relative_attention_bias
}

/// x with erf(x / √2) = share: by halving.
double normal_within(double share) {
  double low = -9, high = 9;
  while (high - low > 1e-15) {
    const double middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    (std::erf(middle / std::sqrt(2.0)) < share ? low : high) = middle;
  }
  return low;
}

using Values = std::vector<float>;

void draw(const std::string& name, double deviation, Values& values) {
  keyed_normals(kSeed, kIndex, name, deviation, values);
}

/// ModernBERT's trunc_normal_: normals that end at two deviations, narrower into the stream.
void draw_cut(const std::string& name, const nlohmann::json& config, Values& values) {
  double deviation = config["initializer_range"];
  if (contains(name, "Wo")) deviation /= std::sqrt(2.0 * config["num_hidden_layers"].get<double>());
  draw(name, 1, values);
  const double root = std::sqrt(2.0), inside = std::erf(2 / root);
  for (auto& value : values)
    value = static_cast<float>(deviation * normal_within(std::erf(value / root) * inside));
}

/// PyTorch's own start of a convolution: even between ±1/√(inputs of an output).
void draw_convolution(const std::string& name, const nlohmann::json& config, Values& values) {
  const double inputs = config["hidden_size"].get<double>() / config.value("conv_groups", 1.0) *
                        config["conv_kernel_size"].get<double>();
  draw(name, 1, values);
  for (auto& value : values)
    value = static_cast<float>(std::erf(value / std::sqrt(2.0)) / std::sqrt(inputs));
}

/// The row of the words that starts as 0, and of the positions where those have one; -1: none.
std::int64_t padding_row(const std::string& name, const std::string& type,
                         const nlohmann::json& config) {
  if (type == "mpnet") return 1;
  const bool positions = contains(name, "position_embeddings");
  if (positions && type != "longformer" && type != "roberta") return -1;
  return config["pad_token_id"];
}

Values initial(const std::string& name, const test::TestTensor& tensor,
               const nlohmann::json& config) {
  std::size_t entries = 1;
  for (const auto extent : tensor.shape) entries *= static_cast<std::size_t>(extent);
  Values values(entries, 0.0F);
  const auto type = config["model_type"].get<std::string>();
  const bool is_t5 = type.ends_with("t5");
  if ((contains(name, "norm") || contains(name, "LayerNorm")) && name.ends_with("weight")) {
    const double one = is_t5 ? config["initializer_factor"].get<double>() : 1;
    std::fill(values.begin(), values.end(), static_cast<float>(one));
  } else if (contains(name, "conv.conv.")) {
    draw_convolution(name, config, values);
  } else if (name.ends_with("bias")) {
    return values;
  } else if (type == "modernbert") {
    draw_cut(name, config, values);
  } else if (is_t5) {
    draw(name, t5_deviation(name, config), values);
  } else {
    draw(name, config["initializer_range"], values);
    if (!contains(name, "word_embeddings") && !contains(name, "position_embeddings")) return values;
    const auto row = padding_row(name, type, config);
    if (row >= 0) std::fill_n(values.begin() + row * tensor.shape[1], tensor.shape[1], 0.0F);
  }
  return values;
}

struct Case {
  const char* model;
  const char* prefix;
};

class EncoderControl : public testing::TestWithParam<Case> {};

TEST_P(EncoderControl, IsTheArchitecturesOwnInitialisation) {
  ModelFolder folder(GetParam().model);
  const std::string prefix = GetParam().prefix;
  for (auto& tensor : folder.tensors) {
    const bool prefixed = tensor.name.starts_with(prefix);
    const auto name = prefixed ? tensor.name.substr(prefix.size()) : tensor.name;
    const auto values = initial(name, tensor, folder.config);
    tensor.dtype = "F32";
    tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * 4);
  }
  const auto stored = curve(*test::evaluator_of(folder.write()));
  const auto drawn = curve_of_control(GetParam().model);
  ASSERT_EQ(drawn.size(), stored.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    // ModernBERT's inverse of the error function is another one here: a last bit of some weights.
    const double last_bits = folder.config["model_type"] == "modernbert" ? 1e-6 : 0;
    EXPECT_NEAR(drawn[i], stored[i], last_bits) << i;
    EXPECT_GT(drawn[i], 1e-3) << "nothing to compare";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Families, EncoderControl,
    testing::Values(Case{"bert_relative_key_query_head", "bert."}, Case{"roberta_relative_key", ""},
                    Case{"mpnet_head", "mpnet."}, Case{"deberta_v2_p2c_projected_head", "deberta."},
                    Case{"deberta_v2_buckets_head", "deberta."},
                    Case{"deberta_v2_c2p_convolution", ""}, Case{"modernbert_head", "model."},
                    Case{"modernbert_biases_v5", ""}, Case{"t5_head", "transformer."},
                    Case{"t5_gated_gelu", ""}, Case{"umt5", ""},
                    Case{"longformer_windows_head", "longformer."},
                    Case{"big_bird_full_head", "bert."}),
    [](const auto& one) { return std::string(one.param.model); });

}  // namespace
}  // namespace attnsweep::model
