#pragma once
#include <filesystem>
#include <memory>

#include "archive/plan_file.hpp"
#include "archive/run_lock.hpp"
#include "comm/communicator.hpp"
#include "config/study.hpp"
#include "sweep/inputs.hpp"
#include "sweep/planner.hpp"
#include "sweep/run_sweep.hpp"

namespace attnsweep::sweep {

/// What every rank knows before the first task.
struct Prepared {
  Inputs inputs;
  archive::Plan plan;
  OpenTasks open;
  std::unique_ptr<archive::RunLock> lock;  ///< on rank 0
};

/// Collective: locks the run, looks at the inputs, takes digests and indexes in parallel, plans,
/// finds what is open. Throws AgreedError.
Prepared prepare(comm::Communicator& comm, const Study& study, const SweepOptions& options);

}  // namespace attnsweep::sweep
