// The constants of the rounding floor against the calibration that they come from.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "measure/floor_constants.hpp"

namespace attnsweep::measure {
namespace {

nlohmann::json calibration() {
  std::ifstream in(std::string(ATTNSWEEP_TESTS_DIR) + "/reference/floor_calibration.json");
  return nlohmann::json::parse(in);
}

TEST(FloorConstants, FollowTheOrderOfTheNorms) {
  for (Norm norm : all_norms()) {
    EXPECT_EQ(floor_constants[static_cast<std::size_t>(norm)].norm, norm);
  }
  EXPECT_EQ(floor_constants.size(), all_norms().size());
}

TEST(FloorConstants, CoverEveryModelAndAreAtMostTenTimesTheQuantile) {
  const auto table = calibration();
  ASSERT_GE(table.at("cells").size(), 12u);
  for (Norm norm : all_norms()) {
    const std::string id(name(norm));
    const double c = floor_constant(norm);
    EXPECT_EQ(c, table.at("constants").at(id).get<double>()) << id;
    double largest = 0;
    for (const auto& [cell, norms] : table.at("cells").items()) {
      const double quantile = norms.at(id).at("ratio_q99");
      EXPECT_GE(c, quantile) << id << " in " << cell;
      largest = std::max(largest, quantile);
    }
    EXPECT_LE(c, 10 * largest) << id;
  }
}

}  // namespace
}  // namespace attnsweep::measure
