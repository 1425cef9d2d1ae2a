#pragma once
#include "apps/command.hpp"

namespace attnsweep::apps {

/// The commands under `attnsweep corpus`, one file each. Like a Command: exit code; throws Error.
int corpus_fetch(const Words& words);

}  // namespace attnsweep::apps
