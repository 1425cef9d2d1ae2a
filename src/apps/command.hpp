#pragma once
#include <string>
#include <vector>

namespace attnsweep::apps {

/// The words after the command's name.
using Words = std::vector<std::string>;

/// A command of the program: one file each. Returns the exit code; throws Error.
int validate_command(const Words& words);
int plan_command(const Words& words);
int status_command(const Words& words);
int verify_command(const Words& words);
int reduce_command(const Words& words);
int report_command(const Words& words);
int export_command(const Words& words);
int import_command(const Words& words);
int compare_command(const Words& words);
int submit_command(const Words& words);
int families_command(const Words& words);
int corpus_command(const Words& words);

}  // namespace attnsweep::apps
