#pragma once
#include "apps/command.hpp"

namespace attnsweep::apps {

/// Replaces this process by `python -m attnsweep WORDS…`: $ATTNSWEEP_PYTHON, else the environment
/// that jobs/setup.sh makes (../venv from the program), else python3. Returns only by throwing
/// UsageError when Python cannot be started.
int run_python(const Words& words);

}  // namespace attnsweep::apps
