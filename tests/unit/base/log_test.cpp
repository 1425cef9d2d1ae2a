#include "base/log.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.hpp"

namespace attnsweep {
namespace {

TEST(Log, StderrHasTheLevelAskedForAndTheFileHasAll) {
  const auto file = std::filesystem::path(ATTNSWEEP_BINARY_DIR) / "log_test.log";
  std::filesystem::remove(file);
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  log::init(log::Level::warn, file);
  EXPECT_FALSE(log::shows(log::Level::info));
  EXPECT_TRUE(log::shows(log::Level::warn));
  EXPECT_TRUE(log::shows(log::Level::error));
  log::debug("first {}");  // braces are text
  log::info("second");
  log::warn("third");
  log::error("fourth");
  log::flush();
  const auto shown = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(shown, "warning: third\nerror: fourth\n");

  const auto kept = read_file(file);
  std::size_t at = 0;
  for (const auto* text : {" debug first {}\n", " info second\n", " warning warning: third\n",
                           " error error: fourth\n"}) {
    at = kept.find(text, at);
    ASSERT_NE(at, std::string::npos) << text << "is not in\n" << kept;
  }
  log::init(log::Level::quiet);
  std::filesystem::remove(file);
  EXPECT_FALSE(log::shows(log::Level::error));
}

}  // namespace
}  // namespace attnsweep
