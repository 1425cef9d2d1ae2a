#include "reduce/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace attnsweep::reduce {

void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& work) {
  if (threads <= 1 || n <= 1) {
    for (std::size_t k = 0; k < n; ++k) work(k);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> errors(n);
  const auto run = [&] {
    for (std::size_t k = next++; k < n; k = next++) {
      try {
        work(k);
      } catch (...) {
        errors[k] = std::current_exception();
      }
    }
  };
  std::vector<std::thread> helpers;
  const std::size_t n_helpers = std::min(n, static_cast<std::size_t>(threads)) - 1;
  try {
    for (std::size_t k = 0; k < n_helpers; ++k) helpers.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads are to be had: those that run do the work.
  }
  run();
  for (std::thread& helper : helpers) helper.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace attnsweep::reduce
