#pragma once
#include <string>
#include <vector>

#include "config/yaml_tree.hpp"

namespace attnsweep::config {

/// Writes one `key=value` of the command line into the tree: "compute.threads=2",
/// "models.0.path=x", "models[0].path=x", "norms=[tv]". Maps that are not there are made, so that
/// a wrong key becomes the reader's unknown key; a list index must be there. `order` is its
/// place among the sources.
void apply_override(const std::string& override_text, int order, YamlNode& root,
                    Problems& problems);

}  // namespace attnsweep::config
