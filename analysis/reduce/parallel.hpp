#pragma once
#include <cstddef>
#include <functional>

namespace attnsweep::reduce {

/// Calls work(k) for k = 0 … n−1 on up to `threads` threads; k's are taken one after the other. The
/// first exception by k is thrown once all threads have ended. What work(k) writes must belong to k
/// alone: then nothing depends on the number of threads.
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& work);

}  // namespace attnsweep::reduce
