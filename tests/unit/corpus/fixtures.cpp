#include "unit/corpus/fixtures.hpp"

#include <cstdlib>
#include <fstream>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace attnsweep::corpus {

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "corpus-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp: " + pattern);
  path_ = pattern;
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::string Folder::write(const std::string& name, std::string_view bytes) const {
  const auto file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
  return file.string();
}

std::string stored_as(const std::string& ending, std::string_view bytes) {
  auto* out = archive_write_new();
  archive_write_set_format_raw(out);
  if (ending == ".gz")
    archive_write_add_filter_gzip(out);
  else if (ending == ".zst")
    archive_write_add_filter_zstd(out);
  else if (ending == ".xz")
    archive_write_add_filter_xz(out);
  else {
    archive_write_free(out);
    return std::string(bytes);
  }
  std::string room(bytes.size() * 2 + 4096, '\0');
  std::size_t used = 0;
  EXPECT_EQ(archive_write_open_memory(out, room.data(), room.size(), &used), ARCHIVE_OK);
  auto* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_pathname(entry, "data");
  EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
  EXPECT_EQ(archive_write_data(out, bytes.data(), bytes.size()),
            static_cast<la_ssize_t>(bytes.size()));
  archive_entry_free(entry);
  EXPECT_EQ(archive_write_close(out), ARCHIVE_OK);
  archive_write_free(out);
  room.resize(used);
  return room;
}

CorpusEntry corpus_of(std::vector<std::string> files) {
  CorpusEntry entry;
  entry.id = "c";
  entry.files = std::move(files);
  return entry;
}

std::vector<Record> all_records(Corpus& corpus) {
  const auto index = corpus.build_index();
  const auto n_blocks = (index.n_selected() + records_per_block - 1) / records_per_block;
  return corpus.read_blocks(index, 0, n_blocks);
}

std::string numbered_lines(std::size_t begin, std::size_t end) {
  std::string out;
  for (auto i = begin; i < end; ++i) {
    const auto number = std::to_string(i);
    out.append(R"({"id":"r)").append(number).append(R"(","text":")");
    out.append(i % 97, 'x').append(number).append("\"}\n");
  }
  return out;
}

}  // namespace attnsweep::corpus
