#include <ctime>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "archive/run_lock.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/archive/samples.hpp"

namespace attnsweep::archive {
namespace {

// Another process that holds the lock until it is killed, or for a time.
class OtherHolder {
 public:
  explicit OtherHolder(const std::filesystem::path& run, double seconds = 60) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      {
        const RunLock lock(run, 0);
        if (::write(ready[1], "x", 1) != 1) ::_exit(1);
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      }
      ::_exit(0);
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~OtherHolder() { end(); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

// The lock as a process on another host left it.
void write_foreign_lock(const std::filesystem::path& run, std::int64_t age,
                        const std::string& job = "99") {
  const auto beat = std::to_string(std::time(nullptr) - age);
  std::ofstream(run / "lock") << R"({"host":"elsewhere.invalid","pid":12,"job":")" << job
                              << R"(","restart":0,"started":)" << beat << R"(,"heartbeat":)" << beat
                              << "}\n";
}

std::string refusal(const std::filesystem::path& run, double wait = 0) {
  return message_of<StopError>([&] { const RunLock lock(run, wait); });
}

TEST(RunLock, IsHeldByOneProcess) {
  const TemporaryRun run("lock");
  OtherHolder other(run.path());
  const auto expected =
      run.path().string() + ": locked by pid " + std::to_string(other.pid()) + " on ";
  EXPECT_TRUE(holds(refusal(run.path()), expected));
  EXPECT_TRUE(holds(refusal(run.path()), ", last heartbeat "));
  EXPECT_TRUE(holds(RunLock::holder(run.path()), "pid " + std::to_string(other.pid()) + " on "));
  other.end();  // killed: the kernel lets go
  EXPECT_EQ(RunLock::holder(run.path()), "");
  const RunLock lock(run.path(), 0);
  EXPECT_TRUE(holds(RunLock::holder(run.path()), "pid " + std::to_string(::getpid()) + " on "));
}

TEST(RunLock, IsFreeAfterItsHolder) {
  const TemporaryRun run("free");
  EXPECT_EQ(RunLock::holder(run.path()), "");
  { const RunLock lock(run.path() / "new/folder", 0); }
  EXPECT_EQ(RunLock::holder(run.path() / "new/folder"), "");
  const RunLock lock(run.path() / "new/folder", 0);
}

TEST(RunLock, WaitsForAHolderOnThisHost) {
  const TemporaryRun run("wait");
  OtherHolder other(run.path(), 0.7);
  const RunLock lock(run.path(), 15);
  EXPECT_TRUE(holds(RunLock::holder(run.path()), "pid " + std::to_string(::getpid()) + " on "));
}

TEST(RunLock, SharesAreLockedApart) {
  const TemporaryRun run("shares");
  const RunLock first(run.path(), 0, "1/4");
  const RunLock second(run.path(), 0, "2/4");
  EXPECT_TRUE(std::filesystem::exists(run.path() / "lock.1-4"));
  EXPECT_TRUE(holds(message_of<StopError>([&] { const RunLock again(run.path(), 0, "2/4"); }),
                    "locked by pid "));
  EXPECT_EQ(RunLock::holder(run.path(), "3/4"), "");
}

TEST(RunLock, AForkedChildDoesNotLetGo) {
  const TemporaryRun run("fork");
  auto lock = std::make_unique<RunLock>(run.path(), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    lock.reset();
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(RunLock::holder(run.path()), "");
}

TEST(RunLock, AHeartbeatOnAnotherHostIsBelievedForAMinute) {
  const TemporaryRun run("foreign");
  write_foreign_lock(run.path(), 30);
  EXPECT_TRUE(holds(refusal(run.path()),
                    "locked by pid 12 on elsewhere.invalid (SLURM job 99), last heartbeat 3"));
  EXPECT_NE(RunLock::holder(run.path()), "");
  write_foreign_lock(run.path(), 90);
  EXPECT_EQ(RunLock::holder(run.path()), "");
  const RunLock lock(run.path(), 0);
}

TEST(RunLock, AJobStartedAgainTakesItsOwnLock) {
  const TemporaryRun run("requeued");
  ::setenv("SLURM_JOB_ID", "99", 1);
  write_foreign_lock(run.path(), 5);
  EXPECT_TRUE(holds(refusal(run.path()), "(SLURM job 99)"));
  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  { const RunLock lock(run.path(), 0); }
  write_foreign_lock(run.path(), 5, "98");
  EXPECT_TRUE(holds(refusal(run.path()), "(SLURM job 98)"));
  ::unsetenv("SLURM_JOB_ID");
  ::unsetenv("SLURM_RESTART_COUNT");
}

TEST(RunLock, AFileThatSaysNothingIsFree) {
  const TemporaryRun run("garbage");
  std::ofstream(run.path() / "lock") << "\xff{\"host\":";
  const RunLock lock(run.path(), 0);
}

TEST(RunLock, APlaceThatCannotBeUsedIsNamed) {
  const TemporaryRun run("bad-place");
  std::ofstream(run.path() / "file") << "x";
  EXPECT_TRUE(holds(refusal(run.path() / "file/run"), "file/run: folder cannot be made: "));
  std::filesystem::create_directory(run.path() / "lock");
  EXPECT_TRUE(holds(refusal(run.path()), "lock: cannot be opened: Is a directory"));
  const TemporaryRun full("full");
  const FileSizeLimit limit(0);
  EXPECT_TRUE(holds(refusal(full.path()), "lock: cannot be written: File too large"));
}

}  // namespace
}  // namespace attnsweep::archive
