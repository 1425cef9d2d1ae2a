#pragma once
#include <exception>
#include <string>

#include "base/error.hpp"

namespace attnsweep::apps {

/// Shows an error on stderr the one way that every program does, and returns its exit code. A bug
/// says how to report it.
int show_error(const std::exception& error);

}  // namespace attnsweep::apps
