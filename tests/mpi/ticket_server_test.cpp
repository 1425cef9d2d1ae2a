#include "comm/ticket_server.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "mpi/world.hpp"

namespace attnsweep::comm {
namespace {

TEST(TicketServer, EveryTicketIsGivenOnce) {
  auto& world = test_world();
  constexpr int n_tickets = 500;
  int given = 0;
  TicketServer server(world, [&](int, const std::string& question) {
    EXPECT_EQ(question, "next");
    return given < n_tickets ? std::to_string(given++) : std::string("end");
  });
  std::string mine;
  for (;;) {
    const auto answer = server.ask("next");
    if (answer == "end") break;
    mine += answer + " ";
  }
  server.close();
  std::multiset<int> all;
  for (const auto& part : world.all_gather(mine)) {
    std::istringstream in(part);
    for (int ticket; in >> ticket;) all.insert(ticket);
  }
  ASSERT_EQ(all.size(), static_cast<std::size_t>(n_tickets));
  int expected = 0;
  for (const int ticket : all) EXPECT_EQ(ticket, expected++);
}

TEST(TicketServer, TheHandlerKnowsWhoAsks) {
  auto& world = test_world();
  TicketServer server(world, [](int rank, const std::string& question) {
    return question + " of " + std::to_string(rank);
  });
  EXPECT_EQ(server.ask("question"), "question of " + std::to_string(world.rank()));
  server.close();
}

TEST(TicketServer, TwoServersOneAfterTheOther) {
  auto& world = test_world();
  for (int round = 0; round < 3; ++round) {
    TicketServer server(world, [&](int, const std::string&) { return std::to_string(round); });
    EXPECT_EQ(server.ask("?"), std::to_string(round));
    server.close();
    world.barrier();
  }
}

}  // namespace
}  // namespace attnsweep::comm
