#include "comm/ticket_server.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"

namespace attnsweep::comm {
namespace {

constexpr int question_tag = 71;
constexpr int answer_tag = 72;
constexpr int close_tag = 73;
// Mean latency is half of this and a task takes seconds; polling faster costs rank 0 its core.
constexpr auto poll = std::chrono::microseconds(500);

}  // namespace

struct TicketServer::State {
  Communicator& comm;
  Handler handler;
  std::mutex one_at_a_time;
  std::thread helper;
  std::atomic<bool> abandoned = false;
  bool closed = false;

  std::string answer(int rank, const std::string& question) {
    const std::lock_guard lock(one_at_a_time);
    return handler(rank, question);
  }

  void serve() {
    try {
      int open = comm.size() - 1;
      while (open > 0 && !abandoned) {
        if (const int rank = comm.waiting(question_tag); rank >= 0) {
          comm.send(rank, answer_tag, answer(rank, comm.receive(rank, question_tag)));
        } else if (const int done = comm.waiting(close_tag); done >= 0) {
          comm.receive(done, close_tag);
          --open;
        } else {
          std::this_thread::sleep_for(poll);
        }
      }
    } catch (const Error& error) {
      log::error(error.what());
      log::flush();
      comm.abort(static_cast<int>(error.code()));
    } catch (const std::exception& error) {
      log::error(std::string("in the ticket server: ") + error.what());
      log::flush();
      comm.abort(static_cast<int>(ExitCode::bug));
    }
  }
};

TicketServer::TicketServer(Communicator& comm, Handler handler)
    : state_(new State{comm, std::move(handler), {}, {}, {}, false}) {
  if (comm.rank() == 0 && comm.size() > 1)
    state_->helper = std::thread([state = state_.get()] { state->serve(); });
}

std::string TicketServer::ask(const std::string& question) {
  auto& comm = state_->comm;
  if (comm.rank() == 0) return state_->answer(0, question);
  comm.send(0, question_tag, question);
  return comm.receive(0, answer_tag);
}

void TicketServer::close() {
  if (state_->closed) return;
  state_->closed = true;
  if (state_->comm.rank() != 0) state_->comm.send(0, close_tag, "");
  if (state_->helper.joinable()) state_->helper.join();
  // A quick rank's question to a next server must not reach this one.
  state_->comm.barrier();
}

TicketServer::~TicketServer() {
  // Reached without close() only while an exception unwinds: the top level aborts all ranks.
  state_->abandoned = true;
  if (state_->helper.joinable()) state_->helper.join();
}

}  // namespace attnsweep::comm
