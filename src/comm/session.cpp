#include "comm/session.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <string_view>

#include <mpi.h>

#include "base/error.hpp"

namespace attnsweep::comm {
namespace {

constexpr const char* kRemedy =
    ". Use `srun --mpi=pmix` or mpirun of the same MPI that this program was built with.";

void check(int status, const char* call) {
  if (status == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  throw Error(ExitCode::bug, std::string(call) + ": " +
                                 std::string(text.data(), static_cast<std::size_t>(length)));
}

int count_of(const std::string& text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw BugError("a message of " + std::to_string(text.size()) + " bytes; MPI counts in int");
  return static_cast<int>(text.size());
}

class World final : public Communicator {
 public:
  explicit World(MPI_Comm comm) : comm_(comm) {
    check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }
  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::string broadcast(const std::string& text) override {
    int length = rank_ == 0 ? count_of(text) : 0;
    check(MPI_Bcast(&length, 1, MPI_INT, 0, comm_), "MPI_Bcast");
    std::string out = rank_ == 0 ? text : std::string(static_cast<std::size_t>(length), '\0');
    check(MPI_Bcast(out.data(), length, MPI_CHAR, 0, comm_), "MPI_Bcast");
    return out;
  }

  std::vector<std::string> all_gather(const std::string& text) override {
    const auto n = static_cast<std::size_t>(size_);
    const int mine = count_of(text);
    std::vector<int> lengths(n), starts(n);
    check(MPI_Allgather(&mine, 1, MPI_INT, lengths.data(), 1, MPI_INT, comm_), "MPI_Allgather");
    std::size_t total = 0;
    for (std::size_t i = 0; i < n; ++i) {
      starts[i] = static_cast<int>(total);
      total += static_cast<std::size_t>(lengths[i]);
    }
    std::string all(total, '\0');
    count_of(all);
    check(MPI_Allgatherv(text.data(), mine, MPI_CHAR, all.data(), lengths.data(), starts.data(),
                         MPI_CHAR, comm_),
          "MPI_Allgatherv");
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < n; ++i)
      parts.push_back(
          all.substr(static_cast<std::size_t>(starts[i]), static_cast<std::size_t>(lengths[i])));
    return parts;
  }

  void barrier() override { check(MPI_Barrier(comm_), "MPI_Barrier"); }

  void send(int to, int tag, const std::string& text) override {
    check(MPI_Send(text.data(), count_of(text), MPI_CHAR, to, tag, comm_), "MPI_Send");
  }

  std::string receive(int from, int tag) override {
    MPI_Message message;
    MPI_Status status;
    check(MPI_Mprobe(from, tag, comm_, &message, &status), "MPI_Mprobe");
    int length = 0;
    check(MPI_Get_count(&status, MPI_CHAR, &length), "MPI_Get_count");
    std::string text(static_cast<std::size_t>(length), '\0');
    check(MPI_Mrecv(text.data(), length, MPI_CHAR, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
    return text;
  }

  int waiting(int tag) override {
    int found = 0;
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, tag, comm_, &found, &status), "MPI_Iprobe");
    return found != 0 ? status.MPI_SOURCE : -1;
  }

  void abort(int code) override {
    MPI_Abort(comm_, code);
    std::_Exit(code);
  }

 private:
  MPI_Comm comm_;
  int rank_ = 0, size_ = 1;
};

std::optional<int> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Launch read_launch() {
  Launch launch;
  if (const auto size = number_in("OMPI_COMM_WORLD_SIZE")) {
    launch.expected_ranks = size;
    launch.variable = "OMPI_COMM_WORLD_SIZE";
    launch.process = number_in("OMPI_COMM_WORLD_RANK").value_or(0);
  } else if (const auto process = number_in("SLURM_PROCID")) {
    launch.process = *process;
    launch.expected_ranks = number_in("SLURM_STEP_NUM_TASKS");
    launch.variable = "SLURM_STEP_NUM_TASKS";
    launch.connected = false;
    for (const char* name : {"PMIX_RANK", "PMIX_NAMESPACE", "PMI_RANK", "PMI_FD"})
      launch.connected |= std::getenv(name) != nullptr;
  }
  return launch;
}

Session::Session(int* argc, char*** argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  const auto launch = read_launch();
  // Open MPI itself ends the process with a page of advice there; other libraries may have a way of
  // their own to find the ranks.
  if (!launch.connected && launch.expected_ranks.value_or(1) > 1 &&
      library().rfind("Open MPI", 0) == 0)
    throw UsageError("the launcher started " + std::to_string(*launch.expected_ranks) + " ranks (" +
                     launch.variable + ") without PMIx, so that they cannot find each other" +
                     kRemedy);
  int provided = 0;
  if (MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS)
    throw Error(ExitCode::usage, "MPI_Init_thread failed");
  world_ = std::make_unique<World>(MPI_COMM_WORLD);
  if (launch.expected_ranks && *launch.expected_ranks != world_->size()) {
    MPI_Finalize();
    throw UsageError("the launcher started " + std::to_string(*launch.expected_ranks) + " ranks (" +
                     launch.variable + "), but MPI sees " + std::to_string(world_->size()) +
                     ": every rank would run the whole sweep" + kRemedy);
  }
  if (provided < MPI_THREAD_MULTIPLE) {
    MPI_Finalize();
    throw UsageError(
        "this MPI offers no MPI_THREAD_MULTIPLE, which the ticket server on rank 0 "
        "needs: use a build of MPI with it");
  }
}

Session::~Session() {
  if (std::uncaught_exceptions() > exceptions_at_start_) return;
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized == 0) MPI_Finalize();
}

std::string Session::library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string_view all(text.data(), static_cast<std::size_t>(length));
  return std::string(all.substr(0, all.find_first_of(",\n")));
}

}  // namespace attnsweep::comm
