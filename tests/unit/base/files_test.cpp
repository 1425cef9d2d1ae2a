#include "base/files.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>
#include <random>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

#include "base/error.hpp"

namespace attnsweep {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  Files() : folder_(fs::path(ATTNSWEEP_BINARY_DIR) / ("files_test" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Files() override { fs::remove_all(folder_); }
  // Message of the error that `action` ends with.
  template <class E, class Action>
  std::string message_of(Action action) {
    try {
      action();
    } catch (const E& error) {
      return error.what();
    }
    return "no error";
  }
  std::size_t n_entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  const fs::path folder_;
};

TEST_F(Files, WhatWasWrittenIsReadAndNothingElseIsLeft) {
  const auto file = folder_ / "a";
  for (const std::string& text : {std::string("one\n"), std::string(),
                                  std::string("a\0b\r\n\xff", 6), std::string(3 << 20, 'x')}) {
    write_file_durably(file, text);
    EXPECT_TRUE(read_file(file) == text) << text.size();
    EXPECT_EQ(n_entries(), 1u);
  }
}

TEST_F(Files, AReaderSeesTheOldOrTheNewFileWhole) {
  const auto file = folder_ / "a";
  const std::string old_text(100'000, 'o'), new_text(150'000, 'n');
  write_file_durably(file, old_text);
  std::jthread writer([&] {
    for (int i = 0; i < 20; ++i) write_file_durably(file, i % 2 == 0 ? new_text : old_text);
  });
  for (int i = 0; i < 200; ++i) {
    const auto text = read_file(file);
    EXPECT_TRUE(text == old_text || text == new_text) << text.size();
  }
}

TEST_F(Files, AFolderThatIsNotThereIsNamedWithTheReason) {
  const auto file = folder_ / "none/a";
  EXPECT_EQ(message_of<StopError>([&] { write_file_durably(file, "x"); }),
            file.string() + ": cannot be written: No such file or directory");
  write_file_durably(folder_ / "plain", "x");
  const auto below = folder_ / "plain/a";
  EXPECT_EQ(message_of<StopError>([&] { write_file_durably(below, "x"); }),
            below.string() + ": cannot be written: Not a directory");
}

TEST_F(Files, AFolderThatCannotBeWrittenIsNamedWithTheReason) {
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  // Root may write anywhere, so for a moment the test is somebody else (65534: nobody).
  const bool root = ::geteuid() == 0;
  if (root && ::seteuid(65534) != 0) GTEST_SKIP() << "root here cannot become another user";
  const auto file = folder_ / "a";
  const auto message = message_of<StopError>([&] { write_file_durably(file, "x"); });
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  fs::permissions(folder_, fs::perms::owner_all);
  EXPECT_EQ(message, file.string() + ": cannot be written: Permission denied");
}

TEST_F(Files, AWriteThatFailsHalfwayLeavesTheOldFile) {
  const auto file = folder_ / "a";
  write_file_durably(file, "old");
  // The system cuts the write at this size, as a full disk would, and then refuses.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto message =
      message_of<StopError>([&] { write_file_durably(file, std::string(5000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, file.string() + ": cannot be written: File too large");
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(n_entries(), 1u);
}

TEST_F(Files, ReadingNamesTheFileAndTheReason) {
  const auto missing = folder_ / "none";
  EXPECT_EQ(message_of<InputError>([&] { read_file(missing); }),
            missing.string() + ": cannot be opened: No such file or directory");
  EXPECT_EQ(message_of<InputError>([&] { read_file(folder_); }),
            folder_.string() + ": is a folder, a file was expected");
}

TEST_F(Files, FoldersAreMadeWithTheirParents) {
  const auto deep = folder_ / "a/b/c";
  make_folder(deep);
  make_folder(deep);
  EXPECT_TRUE(fs::is_directory(deep));
  write_file_durably(folder_ / "plain", "x");
  const auto below = folder_ / "plain/d";
  EXPECT_EQ(message_of<StopError>([&] { make_folder(below); }),
            below.string() + ": folder cannot be made: Not a directory");
}

TEST_F(Files, SyncNamesWhatIsMissing) {
  EXPECT_NO_THROW(sync_path(folder_));
  const auto missing = folder_ / "none";
  EXPECT_EQ(message_of<StopError>([&] { sync_path(missing); }),
            missing.string() + ": cannot be opened to be synced: No such file or directory");
}

TEST(Shortest, IsShort) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(3), "3");
  EXPECT_EQ(shortest(-2.5), "-2.5");
  EXPECT_EQ(shortest(1e-5), "1e-05");
  EXPECT_EQ(shortest(0), "0");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(shortest(nan), "nan");
  EXPECT_EQ(shortest(-nan), "nan");
}

TEST(Shortest, ReadsBackToTheLastBit) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const auto text = shortest(value);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)),
              std::bit_cast<std::uint64_t>(value))
        << text;
  }
}

}  // namespace
}  // namespace attnsweep
