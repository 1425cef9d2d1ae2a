// main() of the tests that run on several ranks: MPI lives around all of them, and a failure on
// any rank fails the program.
#include <gtest/gtest.h>

#include "comm/session.hpp"
#include "mpi/world.hpp"

namespace {
attnsweep::comm::Communicator* world = nullptr;
}

attnsweep::comm::Communicator& attnsweep::comm::test_world() { return *world; }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  attnsweep::comm::Session session(&argc, &argv);
  world = &session.world();
  return RUN_ALL_TESTS();
}
