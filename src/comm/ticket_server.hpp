#pragma once
#include <functional>
#include <memory>
#include <string>

#include "comm/communicator.hpp"

namespace attnsweep::comm {

/// Questions to rank 0, answered there by a helper thread while rank 0 works on. One at a time:
/// the handler is never called twice at once.
class TicketServer {
 public:
  /// Answers a question of `rank`. Called on rank 0 only. An exception ends every rank.
  using Handler = std::function<std::string(int rank, const std::string& question)>;

  /// Collective. `handler` is used on rank 0 only.
  TicketServer(Communicator& comm, Handler handler);
  /// Collective: returns when every rank has closed.
  void close();
  ~TicketServer();
  TicketServer(const TicketServer&) = delete;
  TicketServer& operator=(const TicketServer&) = delete;

  /// Asks rank 0 and waits for its answer. Not collective.
  std::string ask(const std::string& question);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::comm
