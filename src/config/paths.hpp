#pragma once
#include <optional>
#include <string>

#include "config/strict.hpp"

namespace attnsweep::config {

/// The path (or glob) that a value names: `${VAR}` is the environment's (`$${` a plain "${"), a
/// relative one starts at the folder of the value's source; absolute, "." and ".." taken out by
/// name. Notes a problem and gives nothing for an undefined variable or an unfinished `${`.
std::optional<std::string> resolved_path(const Value& value);

/// The text that `resolved_path` reads back as `path`, which is absolute.
std::string escaped_path(const std::string& path);

}  // namespace attnsweep::config
