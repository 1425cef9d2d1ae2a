#pragma once
#include <memory>
#include <optional>
#include <string>

#include "comm/communicator.hpp"

namespace attnsweep::comm {

/// How many ranks the launcher says it started, and which one this is, read from the environment
/// before MPI starts: OMPI_COMM_WORLD_SIZE, else SLURM_STEP_NUM_TASKS where SLURM_PROCID is set.
struct Launch {
  std::optional<int> expected_ranks;
  int process = 0;        ///< 0 speaks for all when the launch turns out wrong
  std::string variable;   ///< where expected_ranks comes from
  bool connected = true;  ///< whether it left word of how the ranks find each other (PMIx, PMI)
};
Launch read_launch();

/// The life of MPI in a process. Constructed once, first thing in main().
class Session {
 public:
  /// Starts MPI with MPI_THREAD_MULTIPLE. Throws UsageError when the communicator has another size
  /// than the launcher started (srun without PMI gives N times one rank), with the remedy.
  Session(int* argc, char*** argv);
  /// Ends MPI; not while an exception unwinds (the other ranks would hang in it): then the
  /// top level aborts.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Communicator& world() { return *world_; }
  /// Name and version of the MPI library.
  static std::string library();

 private:
  std::unique_ptr<Communicator> world_;
  int exceptions_at_start_;
};

}  // namespace attnsweep::comm
