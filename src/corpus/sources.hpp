#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "corpus/record_source.hpp"

namespace attnsweep::corpus {

// The kinds of RecordSource, each for the formats that its name says.
std::unique_ptr<RecordSource> open_text(const CorpusFile& file, const Wanted& wanted,
                                        Digest* digest);
std::unique_ptr<RecordSource> open_json_lines(const CorpusFile& file, const Wanted& wanted,
                                              Digest* digest);
std::unique_ptr<RecordSource> open_json_array(const CorpusFile& file, const Wanted& wanted,
                                              Digest* digest);
std::unique_ptr<RecordSource> open_csv(const CorpusFile& file, const Wanted& wanted,
                                       Digest* digest);
/// Takes the digest when it opens.
std::unique_ptr<RecordSource> open_table(const CorpusFile& file, const Wanted& wanted,
                                         Digest* digest);

/// Nothing but spaces, tabs and carriage returns.
bool is_blank(std::string_view line);

/// The problem of a record above max_record_bytes.
std::string too_long_problem();

}  // namespace attnsweep::corpus
