#include "comm/agreement.hpp"

#include <gtest/gtest.h>

#include "mpi/world.hpp"

namespace attnsweep::comm {
namespace {

TEST(Agreement, GivesEveryResultToEveryRank) {
  auto& world = test_world();
  const auto results = agree(world, [&] { return "rank " + std::to_string(world.rank()); });
  ASSERT_EQ(results.size(), static_cast<std::size_t>(world.size()));
  for (int r = 0; r < world.size(); ++r)
    EXPECT_EQ(results[static_cast<std::size_t>(r)], "rank " + std::to_string(r));
}

TEST(Agreement, AnErrorOnTheLastRankIsThrownOnEveryRank) {
  auto& world = test_world();
  try {
    agree(world, [&]() -> std::string {
      if (world.rank() == world.size() - 1) throw InputError("a.jsonl: gone");
      return "fine";
    });
    FAIL() << "no error on rank " << world.rank();
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.code(), ExitCode::input);
    EXPECT_STREQ(error.what(), "a.jsonl: gone");
  }
}

TEST(Agreement, EqualMessagesAreToldOnce) {
  auto& world = test_world();
  try {
    agree(world, []() -> std::string {
      throw ConfigError({"study.yaml:1:1: x", "study.yaml:2:1: y"});
    });
    FAIL() << "no error";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.code(), ExitCode::config);
    EXPECT_STREQ(error.what(), "study.yaml:1:1: x\nstudy.yaml:2:1: y");
  }
}

TEST(Agreement, RankZeroSpeaksForAll) {
  auto& world = test_world();
  int calls = 0;
  const auto text = on_rank_0(world, [&] {
    ++calls;
    return std::string("from rank ") + std::to_string(world.rank());
  });
  EXPECT_EQ(text, "from rank 0");
  EXPECT_EQ(calls, world.rank() == 0 ? 1 : 0);
}

TEST(Agreement, AnUnexpectedExceptionIsABug) {
  try {
    on_rank_0(test_world(), []() -> std::string { throw std::runtime_error("oops"); });
    FAIL() << "no error";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.code(), ExitCode::bug);
  }
}

}  // namespace
}  // namespace attnsweep::comm
