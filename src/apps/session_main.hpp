#pragma once
#include <functional>

#include "comm/communicator.hpp"

namespace attnsweep::apps {

/// Runs `work` on every rank inside one MPI session and gives the exit code. An AgreedError is told
/// once, by rank 0; any other exception is told by the rank that threw it and ends every rank at
/// once, so that nobody waits for it. A wrong launch is told by one process.
int in_session(int argc, char** argv, const std::function<int(comm::Communicator&)>& work);

}  // namespace attnsweep::apps
