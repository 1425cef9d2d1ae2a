#include "sweep/digests.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace attnsweep::sweep {
namespace {
namespace fs = std::filesystem;

class DigestsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("digests-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  fs::path folder_;
};

TEST_F(DigestsTest, KnownWhileTheFileIsUnchanged) {
  const auto file = write("a", "one");
  const auto store = folder_ / "digests.json";
  DigestCache cache(store);
  EXPECT_EQ(cache.known(file), "");
  cache.remember(file, digest_of("one"));
  cache.save();
  EXPECT_EQ(DigestCache(store).known(file), digest_of("one"));
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(5));
  EXPECT_EQ(DigestCache(store).known(file), "") << "another mtime";
}

TEST_F(DigestsTest, AnotherSizeIsAnotherFile) {
  const auto file = write("a", "one");
  DigestCache cache({});
  cache.remember(file, "x");
  const auto time = fs::last_write_time(file);
  write("a", "three");
  fs::last_write_time(file, time);
  EXPECT_EQ(cache.known(file), "");
}

TEST_F(DigestsTest, ADamagedCacheOnlyCostsTime) {
  const auto file = write("a", "one");
  const auto store = write("digests.json", "{ not json");
  EXPECT_EQ(DigestCache(store).known(file), "");
}

TEST_F(DigestsTest, AMissingFileIsNamed) {
  try {
    stamp_of(folder_ / "gone");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("gone: cannot be looked at: No such file"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace attnsweep::sweep
