#pragma once
#include <filesystem>

#include "comm/communicator.hpp"
#include "config/study.hpp"
#include "sweep/inputs.hpp"

namespace attnsweep::sweep {

/// Collective: rank 0 looks at models and corpora; the other ranks look at the models and learn the
/// corpora's files from it, without touching them. Throws AgreedError.
Inputs look_together(comm::Communicator& comm, const Study& study);

/// Collective: the index of every corpus on every rank. Rank 0 takes those that are kept; the files
/// of the others are shared out by size, each rank passes over its own, and rank 0 puts the parts
/// (in RUN/cache, which all ranks see) together and keeps the result. `alone`: no other job works
/// on this run, so that what a killed one left behind may go. Throws AgreedError.
void index_together(comm::Communicator& comm, Inputs& inputs, const Study& study,
                    const std::filesystem::path& run, bool alone);

}  // namespace attnsweep::sweep
