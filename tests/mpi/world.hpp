#pragma once
#include "comm/communicator.hpp"

namespace attnsweep::comm {

/// The communicator of the test program; set by main().
Communicator& test_world();

}  // namespace attnsweep::comm
