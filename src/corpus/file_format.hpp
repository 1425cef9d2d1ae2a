#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "config/study.hpp"
#include "corpus/byte_source.hpp"

namespace attnsweep::corpus {

/// A file of a corpus and how it holds its records. `format` is never automatic; a dataset is one
/// of its Arrow streams.
struct CorpusFile {
  std::filesystem::path path;
  CorpusFormat format = CorpusFormat::text;
  Compression compression = Compression::none;
  bool operator==(const CorpusFile&) const = default;
};

/// How a file's name says it is stored ("a.jsonl.zst").
Compression compression_of(const std::filesystem::path& file);

/// The format that a file's name tells; nothing for an unknown ending.
std::optional<CorpusFormat> format_of(const std::filesystem::path& file);

/// The endings that format_of knows, for a message.
std::string known_endings();

/// Whether these records lie behind each other as text that may be compressed.
bool is_text(CorpusFormat format);

/// What a .json file is by its first character: an array, or an object a line. A file that cannot
/// be read is the latter, and says so when it is opened.
CorpusFormat json_kind(const CorpusFile& file);

}  // namespace attnsweep::corpus
