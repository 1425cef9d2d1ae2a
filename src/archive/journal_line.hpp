// Private to src/archive: the text of one journal line.
#pragma once
#include <string>
#include <string_view>

#include "archive/journal.hpp"

namespace attnsweep::archive {

/// The line without its newline.
std::string journal_line(const JournalEntry& entry);

/// The entry of a line without its newline. Throws std::runtime_error saying what is wrong.
JournalEntry entry_from_line(std::string_view line);

}  // namespace attnsweep::archive
