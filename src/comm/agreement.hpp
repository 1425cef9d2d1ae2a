#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"

namespace attnsweep::comm {

/// An error that every rank throws at the same place: nobody waits for anybody, so MPI can be
/// ended in order, and one rank's message speaks for all.
struct AgreedError : Error {
  using Error::Error;
};

/// Collective: runs `work` on every rank and gives every rank's result to every rank. When it
/// throws Error anywhere, every rank throws AgreedError with the lowest such rank's code and the
/// distinct messages.
std::vector<std::string> agree(Communicator& comm, const std::function<std::string()>& work);

/// Collective: runs `work` on rank 0 only and gives its result to every rank; errors as in agree.
std::string on_rank_0(Communicator& comm, const std::function<std::string()>& work);

}  // namespace attnsweep::comm
