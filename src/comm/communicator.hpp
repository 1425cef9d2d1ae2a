#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace attnsweep::comm {

/// The ranks that work together: MPI's world, or one rank alone. Collective calls say so; every
/// rank makes them in the same order. Every MPI call is checked; a failure throws Error naming it.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Collective: rank 0's text on every rank.
  virtual std::string broadcast(const std::string& text) = 0;
  /// Collective: every rank's text, by rank, on every rank.
  virtual std::vector<std::string> all_gather(const std::string& text) = 0;
  /// Collective.
  virtual void barrier() = 0;

  /// Sends bytes to a rank; receives the bytes that it sent. Blocking, ordered per (source, tag).
  virtual void send(int to, int tag, const std::string& text) = 0;
  virtual std::string receive(int from, int tag) = 0;
  /// The rank of a message with this tag that waits to be received, or -1. Does not block.
  virtual int waiting(int tag) = 0;

  /// Ends every rank at once with this exit code. Does not return.
  [[noreturn]] virtual void abort(int code) = 0;
};

/// One rank alone, without MPI.
std::unique_ptr<Communicator> make_serial();

}  // namespace attnsweep::comm
