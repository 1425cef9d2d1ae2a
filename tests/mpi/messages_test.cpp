#include <gtest/gtest.h>

#include "mpi/world.hpp"

namespace attnsweep::comm {
namespace {

TEST(Messages, BroadcastCarriesBytes) {
  auto& world = test_world();
  const std::string bytes("a\0b\xff", 4);
  EXPECT_EQ(world.broadcast(world.rank() == 0 ? bytes : "ignored"), bytes);
  EXPECT_EQ(world.broadcast(""), "");
}

TEST(Messages, GatherKeepsLengthsApart) {
  auto& world = test_world();
  // Rank r sends r letters: nothing, then one, …
  const auto parts = world.all_gather(std::string(static_cast<std::size_t>(world.rank()), 'x'));
  ASSERT_EQ(parts.size(), static_cast<std::size_t>(world.size()));
  for (std::size_t r = 0; r < parts.size(); ++r) EXPECT_EQ(parts[r], std::string(r, 'x'));
}

TEST(Messages, ARingPassesALongText) {
  auto& world = test_world();
  if (world.size() == 1) {
    EXPECT_EQ(world.waiting(1), -1);
    return;
  }
  const std::string text(300'000, static_cast<char>('a' + world.rank()));
  const int next = (world.rank() + 1) % world.size();
  const int before = (world.rank() + world.size() - 1) % world.size();
  // Even ranks speak first: a long message may wait for its receiver.
  std::string got;
  if (world.rank() % 2 == 0) {
    world.send(next, 5, text);
    got = world.receive(before, 5);
  } else {
    got = world.receive(before, 5);
    world.send(next, 5, text);
  }
  EXPECT_EQ(got, std::string(300'000, static_cast<char>('a' + before)));
}

}  // namespace
}  // namespace attnsweep::comm
