#pragma once

namespace attnsweep::sweep {

/// From here on SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 only set a flag; a second SIGINT ends the
/// process at once (75: what was committed is whole and the run can be resumed).
void catch_stop_signals();

/// The signal that came, or 0.
int stop_signal();

}  // namespace attnsweep::sweep
