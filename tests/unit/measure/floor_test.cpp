// The constants of the rounding floor against the calibration that they come from.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "measure/floor_constants.hpp"

namespace attnsweep::measure {
namespace {

std::filesystem::path reference() {
  return std::filesystem::path(ATTNSWEEP_TESTS_DIR) / "reference";
}

nlohmann::json read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return nlohmann::json::parse(in);
}

TEST(FloorConstants, FollowTheOrderOfTheNorms) {
  for (Norm norm : all_norms()) {
    EXPECT_EQ(floor_constants[static_cast<std::size_t>(norm)].norm, norm);
  }
  EXPECT_EQ(floor_constants.size(), all_norms().size());
}

TEST(FloorConstants, CoverEveryModelAndAreAtMostTenTimesTheQuantile) {
  const auto table = read(reference() / "floor_calibration.json");
  for (Norm norm : all_norms()) {
    const std::string id(name(norm));
    const double c = floor_constant(norm);
    EXPECT_EQ(c, table.at("constants").at(id).get<double>()) << id;
    // Of all models together, and of each by itself, by this program and by transformers.
    const double quantile = table.at("all_models").at(id);
    EXPECT_GE(c, quantile) << id;
    EXPECT_LE(c, 10 * quantile) << id;
    for (const auto& [model, norms] : table.at("models").items()) {
      EXPECT_GE(c, norms.at(id).get<double>()) << id << " of " << model;
    }
  }
}

// Where this fails, a family is new: run tests/reference/calibrate_floor.py again.
TEST(FloorConstants, AreCalibratedOnEveryFamily) {
  const auto table = read(reference() / "floor_calibration.json");
  const auto& models = table.at("models");
  EXPECT_TRUE(models.contains("all-MiniLM-L6-v2"));
  std::set<std::string> families, calibrated;
  for (const auto& folder : std::filesystem::directory_iterator(reference() / "tiny_models")) {
    const std::string family = read(folder.path() / "config.json").at("model_type");
    const std::string model = folder.path().filename();
    families.insert(family);
    if (models.contains(model) && models.contains(model + " by transformers")) {
      calibrated.insert(family);
    }
  }
  EXPECT_GE(families.size(), 20u);
  EXPECT_EQ(calibrated, families);
}

}  // namespace
}  // namespace attnsweep::measure
