#pragma once
// Private to src/slurm.
#include <string>

namespace attnsweep::slurm {

/// What the scripts of jobs/slurm do below their settings; built in from those files.
std::string run_template();
std::string reduce_template();

}  // namespace attnsweep::slurm
