#include "corpus/file_format.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace attnsweep::corpus {
namespace {

constexpr std::array<std::pair<std::string_view, Compression>, 3> compressions{
    {{".gz", Compression::gzip}, {".zst", Compression::zstd}, {".xz", Compression::xz}}};
constexpr std::array<std::pair<std::string_view, CorpusFormat>, 8> kinds{
    {{".txt", CorpusFormat::text},
     {".jsonl", CorpusFormat::jsonl},
     {".ndjson", CorpusFormat::jsonl},
     {".json", CorpusFormat::json},
     {".csv", CorpusFormat::csv},
     {".tsv", CorpusFormat::tsv},
     {".parquet", CorpusFormat::parquet},
     {".arrow", CorpusFormat::dataset}}};

std::string lower_name(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

}  // namespace

Compression compression_of(const std::filesystem::path& file) {
  const auto name = lower_name(file);
  for (const auto& [ending, compression] : compressions)
    if (name.ends_with(ending)) return compression;
  return Compression::none;
}

std::optional<CorpusFormat> format_of(const std::filesystem::path& file) {
  auto name = lower_name(file);
  bool compressed = false;
  for (const auto& [ending, compression] : compressions)
    if (!compressed && name.ends_with(ending)) {
      compressed = true;
      name.resize(name.size() - ending.size());
    }
  for (const auto& [ending, format] : kinds)
    if (name.ends_with(ending) && !(compressed && !is_text(format))) return format;
  return std::nullopt;
}

std::string known_endings() {
  return ".txt (a text a line), .jsonl or .ndjson (an object a line), .json (that, or one array), "
         ".csv and .tsv, each also with .gz, .zst or .xz behind it, .parquet, .arrow; 'format: …' "
         "says it for any name";
}

bool is_text(CorpusFormat format) {
  return format != CorpusFormat::parquet && format != CorpusFormat::dataset;
}

CorpusFormat json_kind(const CorpusFile& file) {
  try {
    const auto source = open_source(file.path, file.compression, nullptr);
    std::array<char, 4096> room;
    for (std::size_t n; (n = source->read(room)) > 0;) {
      std::string_view text(room.data(), n);
      if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
      const auto first = text.find_first_not_of(" \t\r\n");
      if (first == std::string_view::npos) continue;
      return text[first] == '[' ? CorpusFormat::json : CorpusFormat::jsonl;
    }
  } catch (const InputError&) {
  }
  return CorpusFormat::jsonl;
}

}  // namespace attnsweep::corpus
