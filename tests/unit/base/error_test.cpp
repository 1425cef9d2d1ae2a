#include "base/error.hpp"

#include <gtest/gtest.h>

namespace attnsweep {
namespace {

TEST(Error, EachTypeHasItsExitCode) {
  EXPECT_EQ(UsageError("x").code(), ExitCode::usage);
  EXPECT_EQ(ConfigError({"x"}).code(), ExitCode::config);
  EXPECT_EQ(InputError("x").code(), ExitCode::input);
  EXPECT_EQ(ArchiveError("x").code(), ExitCode::archive);
  EXPECT_EQ(StopError(true, "x").code(), ExitCode::stopped);
  EXPECT_EQ(StopError(false, "x").code(), ExitCode::no_progress);
  EXPECT_EQ(BugError("x").code(), ExitCode::bug);
}

TEST(Error, TheNumbersAreTheCommandLinesContract) {
  EXPECT_EQ(static_cast<int>(ExitCode::ok), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::bug), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::usage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::config), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::input), 4);
  EXPECT_EQ(static_cast<int>(ExitCode::archive), 5);
  EXPECT_EQ(static_cast<int>(ExitCode::failed_tasks), 6);
  EXPECT_EQ(static_cast<int>(ExitCode::stopped), 75);
  EXPECT_EQ(static_cast<int>(ExitCode::no_progress), 76);
}

TEST(Error, ManyProblemsAreOneALine) {
  const ConfigError config({"a", "b"});
  EXPECT_STREQ(config.what(), "a\nb");
  EXPECT_EQ(config.problems, (std::vector<std::string>{"a", "b"}));
  const InputError input(std::vector<std::string>{"a", "b", "c"});
  EXPECT_STREQ(input.what(), "a\nb\nc");
  EXPECT_EQ(InputError("only").problems, std::vector<std::string>{"only"});
}

TEST(Error, RequireThrowsTheMessage) {
  EXPECT_NO_THROW(require(true, "m"));
  try {
    require(false, "3 of 4");
    FAIL();
  } catch (const BugError& error) {
    EXPECT_STREQ(error.what(), "3 of 4");
  }
}

}  // namespace
}  // namespace attnsweep
