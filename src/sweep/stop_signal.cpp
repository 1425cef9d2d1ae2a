#include "sweep/stop_signal.hpp"

#include <csignal>

#include <unistd.h>

#include "base/error.hpp"

namespace attnsweep::sweep {
namespace {

volatile std::sig_atomic_t caught = 0;

void on_signal(int number) {
  if (number == SIGINT && caught == SIGINT) ::_exit(static_cast<int>(ExitCode::stopped));
  caught = number;
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) sigaction(number, &action, nullptr);
  // A full quota must be an error of write(2) and not the end of the process.
  std::signal(SIGXFSZ, SIG_IGN);
}

int stop_signal() { return caught; }

}  // namespace attnsweep::sweep
