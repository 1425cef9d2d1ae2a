// bad/NAME.yaml is a study with a mistake, bad/NAME.txt every problem that must be reported for it,
// word for word. To add one: write the .yaml, run this program with ATTNSWEEP_UPDATE=1, read what
// it wrote. good/*.yaml must read, and read back from their canonical form.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "config/study.hpp"

namespace attnsweep {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const std::string& folder, const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(fs::path(ATTNSWEEP_TESTS_DIR) / "config" / folder))
    if (file.path().extension() == extension) names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Messages name the file as it was given, so the tests stand in its folder.
class InFolder : public ::testing::TestWithParam<std::string> {
 protected:
  void enter(const std::string& folder) {
    fs::current_path(fs::path(ATTNSWEEP_TESTS_DIR) / "config" / folder);
  }
  ~InFolder() override { fs::current_path(before_); }

 private:
  fs::path before_ = fs::current_path();
};

std::string test_name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

class BadStudy : public InFolder {};

TEST_P(BadStudy, IsRefusedWithExactlyTheseProblems) {
  enter("bad");
  std::string got;
  try {
    read_study(GetParam() + ".yaml");
    FAIL() << GetParam() << ".yaml was read without a complaint";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.code(), ExitCode::config);
    for (const auto& problem : error.problems) got += problem + "\n";
  }
  const auto expectation = GetParam() + ".txt";
  if (std::getenv("ATTNSWEEP_UPDATE") != nullptr) std::ofstream(expectation) << got;
  ASSERT_TRUE(fs::exists(expectation)) << "run once with ATTNSWEEP_UPDATE=1 and read the result";
  EXPECT_EQ(got, read_file(expectation));
}

INSTANTIATE_TEST_SUITE_P(Config, BadStudy, ::testing::ValuesIn(names_in("bad", ".yaml")),
                         test_name);

class GoodStudy : public InFolder {};

TEST_P(GoodStudy, IsReadAndReadsBackFromItsCanonicalForm) {
  enter("good");
  auto study = read_study(GetParam() + ".yaml");
  const auto canonical = canonical_yaml(study);

  // From another folder, so that a path left relative would show.
  const auto copy = fs::path(ATTNSWEEP_BINARY_DIR) / ("canonical_" + GetParam() + ".yaml");
  std::ofstream(copy) << canonical;
  auto again = read_study(copy);
  fs::remove(copy);
  EXPECT_EQ(canonical_yaml(again), canonical);
  again.file = study.file;
  EXPECT_EQ(again, study) << canonical;
}

INSTANTIATE_TEST_SUITE_P(Config, GoodStudy, ::testing::ValuesIn(names_in("good", ".yaml")),
                         test_name);

TEST(ConfigFiles, EveryExpectationBelongsToAStudy) {
  const auto studies = names_in("bad", ".yaml");
  EXPECT_EQ(names_in("bad", ".txt"), studies);
  EXPECT_GE(studies.size(), 30u);
}

}  // namespace
}  // namespace attnsweep
