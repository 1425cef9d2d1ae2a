#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>
#include <sys/mount.h>

#include "archive/netcdf.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "unit/archive/samples.hpp"

namespace attnsweep::archive {
namespace {

using Bits = std::vector<std::vector<std::uint64_t>>;

Bits bits(const std::vector<std::vector<double>>& lists) {
  Bits all;
  for (const auto& list : lists) {
    auto& out = all.emplace_back();
    for (const double number : list) out.push_back(std::bit_cast<std::uint64_t>(number));
  }
  return all;
}

void expect_equal(const SequenceRow& got, const SequenceRow& expected) {
  EXPECT_EQ(got.id, expected.id);
  EXPECT_EQ(got.document, expected.document);
  EXPECT_EQ(got.record, expected.record);
  EXPECT_EQ(got.window, expected.window);
  EXPECT_EQ(got.n_tokens, expected.n_tokens);
  EXPECT_EQ(got.n_full, expected.n_full);
  EXPECT_EQ(got.reason, expected.reason);
  EXPECT_EQ(got.covariates, expected.covariates);
  EXPECT_EQ(got.empty_rows, expected.empty_rows);
  EXPECT_EQ(bits(got.values), bits(expected.values));
  EXPECT_EQ(bits(got.floors), bits(expected.floors));
  EXPECT_EQ(bits(got.observables), bits(expected.observables));
}

void expect_equal(const std::vector<SegmentGroup>& got, const std::vector<SegmentGroup>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t g = 0; g < got.size(); ++g) {
    EXPECT_EQ(got[g].info, expected[g].info);
    EXPECT_EQ(got[g].measure, expected[g].measure);
    ASSERT_EQ(got[g].rows.size(), expected[g].rows.size());
    for (std::size_t r = 0; r < got[g].rows.size(); ++r)
      expect_equal(got[g].rows[r], expected[g].rows[r]);
  }
}

TEST(Segment, ReadsBackEveryBit) {
  const TemporaryRun run("read-back");
  const auto groups = sample_groups();
  const auto digest = write_segment(run.path(), "s", {{"host", "node7"}}, groups);
  const auto file = run.path() / "segments/s.h5";
  EXPECT_EQ(digest, digest_of_file(file));
  expect_equal(read_segment(file), groups);
}

TEST(Segment, HoldsCellsWithoutRowsAndNoCells) {
  const TemporaryRun run("empty");
  std::vector<SegmentGroup> groups{
      {sample_cell("m", 2, 1), {{Norm::l1}, {Heads::each}, {View::keep}, {}}, {}}};
  write_segment(run.path(), "no-rows", {}, groups);
  expect_equal(read_segment(run.path() / "segments/no-rows.h5"), groups);
  write_segment(run.path(), "no-cells", {}, {});
  EXPECT_TRUE(read_segment(run.path() / "segments/no-cells.h5").empty());
}

TEST(Segment, HoldsManyChunks) {
  const TemporaryRun run("chunks");
  SegmentGroup group{sample_cell("m", 13, 12), {{Norm::tv}, {Heads::each}, {View::keep}, {}}, {}};
  for (std::int64_t record = 0; record < 1500; ++record)  // 12 · 12 doubles a row: 3.3 chunks
    group.rows.push_back(sample_row(group.info, group.measure, record));
  write_segment(run.path(), "s", {}, {group});
  expect_equal(read_segment(run.path() / "segments/s.h5"), {group});
}

TEST(Segment, KeepsTextsAndNamesThoseThatCannotBeKept) {
  const TemporaryRun run("texts");
  SegmentGroup group{sample_cell("m", 2, 1), {{Norm::l1}, {Heads::mean}, {View::keep}, {}}, {}};
  const std::vector<std::string> ids{"a",    "", "日本", "line\nbreak", std::string(5000, 'x'),
                                     " pad "};
  for (const auto& id : ids) {
    group.rows.push_back(sample_row(group.info, group.measure, 0));
    group.rows.back().id = id;
  }
  write_segment(run.path(), "s", {}, {group});
  expect_equal(read_segment(run.path() / "segments/s.h5"), {group});

  EXPECT_EQ(storable_text(std::string("a\0b\0", 4)), "a\u2400b\u2400");
  EXPECT_EQ(storable_text("\xff\xc3(\xe2\x82"), "\uFFFD\uFFFD(\uFFFD\uFFFD");
  EXPECT_EQ(storable_text("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(storable_text("\xc0\x80\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(storable_text("é日😀"), "é日😀");
}

TEST(Segment, RowsOfAnotherShapeAreABug) {
  const TemporaryRun run("shape");
  auto groups = sample_groups();
  groups[0].rows[2].values[0].pop_back();
  EXPECT_TRUE(holds(message_of<BugError>([&] { write_segment(run.path(), "s", {}, groups); }),
                    "m-1.0/fortunes: row 'r2': frobenius: got 4 values and 5 floors, expected 5"));
  EXPECT_FALSE(std::filesystem::exists(run.path() / "segments"));
}

TEST(Segment, IsWrittenOnce) {
  const TemporaryRun run("once");
  const auto digest = write_segment(run.path(), "s", {}, sample_groups());
  EXPECT_TRUE(
      holds(message_of<StopError>([&] { write_segment(run.path(), "s", {}, sample_groups()); }),
            "segments/s.h5: exists already, and what is written is never edited"));
  EXPECT_EQ(digest_of_file(run.path() / "segments/s.h5"), digest);
}

TEST(Segment, AFailedWriteLeavesNothing) {
  const TemporaryRun run("failed-write");
  {
    const FileSizeLimit limit(10'000);
    const auto message =
        message_of<StopError>([&] { write_segment(run.path(), "s", {}, sample_groups()); });
    EXPECT_TRUE(holds(message, "segments/s.h5: cannot be written: File too large"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(run.path() / "segments"));
  write_segment(run.path(), "s", {}, sample_groups());
  expect_equal(read_segment(run.path() / "segments/s.h5"), sample_groups());
}

TEST(Segment, AFullDiskIsNamed) {
  const TemporaryRun run("full-disk");
  if (::mount("tmpfs", run.path().c_str(), "tmpfs", 0, "size=40k") != 0)
    GTEST_SKIP() << "a small file system cannot be mounted here: " << std::strerror(errno);
  const auto message =
      message_of<StopError>([&] { write_segment(run.path(), "s", {}, sample_groups()); });
  EXPECT_TRUE(holds(message, "segments/s.h5: cannot be written: No space left on device"));
  EXPECT_TRUE(std::filesystem::is_empty(run.path() / "segments"));
  EXPECT_EQ(::umount(run.path().c_str()), 0);
}

TEST(Segment, AFolderThatCannotBeMadeIsNamed) {
  const TemporaryRun run("no-folder");
  std::ofstream(run.path() / "segments") << "a file";
  EXPECT_TRUE(
      holds(message_of<StopError>([&] { write_segment(run.path(), "s", {}, sample_groups()); }),
            "segments: folder cannot be made: "));
}

// A file with the root attributes of a segment and whatever else `body` writes.
std::filesystem::path file_with(const TemporaryRun& run, std::int64_t major,
                                const std::function<void(NetcdfBuilder&)>& body) {
  const auto file = run.path() / "made.h5";
  NetcdfBuilder builder(file.string());
  builder.attributes(
      "",
      {{"schema_major", major}, {"schema_minor", std::int64_t{4}}, {"writer_version", "9.9.9"}});
  body(builder);
  std::ofstream(file, std::ios::binary) << builder.close();
  return file;
}

std::string refusal(const std::filesystem::path& file) {
  return message_of<ArchiveError>([&] { read_segment(file); });
}

TEST(Segment, AnUnknownSchemaIsRefusedByNameAndNumber) {
  const TemporaryRun run("schema");
  const auto file = file_with(run, 2, [](NetcdfBuilder&) {});
  EXPECT_TRUE(holds(refusal(file),
                    "made.h5: segment schema 2.4 (written by attnsweep 9.9.9) is unknown, this "
                    "program reads 1.x; use the version that wrote it"));
}

TEST(Segment, OtherFilesAreRefused) {
  const TemporaryRun run("others");
  EXPECT_TRUE(holds(refusal(run.path() / "none.h5"), "none.h5: cannot be read: No such file"));
  EXPECT_TRUE(holds(refusal(run.path()), "is not a regular file"));
  const auto file = run.path() / "x.h5";
  std::ofstream(file) << "no HDF5 at all";
  EXPECT_TRUE(holds(refusal(file), "x.h5: cannot be opened as HDF5: H5Fopen failed: "));
  std::ofstream(file, std::ios::trunc);
  EXPECT_TRUE(holds(refusal(file), "x.h5: cannot be opened as HDF5: the file is empty"));
  NetcdfBuilder builder("y");
  builder.attributes("", {{"title", "another"}});
  std::ofstream(file, std::ios::binary) << builder.close();
  EXPECT_TRUE(holds(refusal(file), "is not a segment of attnsweep: it has no schema version"));
}

TEST(Segment, ATruncatedOneIsRefused) {
  const TemporaryRun run("truncated");
  write_segment(run.path(), "s", {}, sample_groups());
  const auto file = run.path() / "segments/s.h5";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_TRUE(holds(refusal(file), "s.h5: cannot be opened as HDF5: H5Fopen failed: "));
}

TEST(Segment, WhatIsMissingIsNamed) {
  const TemporaryRun run("missing");
  auto file = file_with(run, 1, [](NetcdfBuilder&) {});
  EXPECT_TRUE(holds(refusal(file), "attribute 'cells' of the file: H5Aopen_by_name failed: "));
  file = file_with(run, 1, [](NetcdfBuilder& builder) {
    builder.attributes("", {{"cells", "[\"m/c\"]"}});
  });
  EXPECT_TRUE(holds(refusal(file), "attribute 'model' of 'm/c': "));
  file = file_with(run, 1, [](NetcdfBuilder& builder) {
    builder.attributes("", {{"cells", "[1]"}});
  });
  EXPECT_TRUE(holds(refusal(file), "attribute 'cells': 'the list' is not a list of texts"));
}

TEST(Netcdf, RefusesValuesThatDoNotFillTheirDimensions) {
  NetcdfBuilder builder("x.h5");
  builder.dimension("g", "pair", std::vector<double>{0, 1, 2}, {});
  const std::vector<double> two{1, 2};
  EXPECT_TRUE(holds(message_of<BugError>([&] { builder.variable("g", "v", {"pair"}, two, {}); }),
                    "x.h5: g/v: got 2 values, its dimensions hold 3"));
  EXPECT_TRUE(holds(message_of<BugError>([&] { builder.variable("g", "v", {"lair"}, two, {}); }),
                    "x.h5: g/v: unknown dimension lair"));
}

TEST(Netcdf, RefusesTextsThatOneLengthMakesHuge) {
  NetcdfBuilder builder("x.h5");
  std::vector<std::string> labels(20'000, "short");
  labels[3] = std::string(60'000, 'x');
  EXPECT_TRUE(holds(message_of<StopError>([&] { builder.dimension("g", "id", labels, {}); }),
                    "x.h5: g/id: 20000 texts of up to 60000 bytes need more than 1 GiB"));
}

TEST(Netcdf, ReadsBackTheRowsAskedFor) {
  NetcdfBuilder builder("x.h5");
  builder.dimension("", "row", std::vector<std::string>{"a", "b", "c"}, {});
  builder.dimension("", "column", std::vector<double>{0, 1}, {});
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  builder.variable("", "v", {"row", "column"}, values, {{"units", "1"}});
  const NetcdfReader reader("x.h5", builder.close());
  EXPECT_EQ(reader.shape("v"), (std::vector<std::size_t>{3, 2}));
  EXPECT_EQ(reader.numbers("v", 1, 2), (std::vector<double>{3, 4, 5, 6}));
  EXPECT_EQ(reader.texts("row", 2, 1), std::vector<std::string>{"c"});
  EXPECT_EQ(reader.text_attribute("v", "units"), "1");
  EXPECT_TRUE(holds(message_of<ArchiveError>([&] { reader.numbers("v", 2, 2); }),
                    "x.h5: dataset 'v': it has fewer rows than asked for"));
  EXPECT_TRUE(holds(message_of<ArchiveError>([&] { reader.numbers("row", 0, 1); }),
                    "x.h5: dataset 'row': its numbers are not float64"));
  EXPECT_TRUE(holds(message_of<ArchiveError>([&] { reader.numbers("w", 0, 1); }),
                    "x.h5: dataset 'w': H5Dopen2 failed: object 'w' doesn't exist"));
}

}  // namespace
}  // namespace attnsweep::archive
