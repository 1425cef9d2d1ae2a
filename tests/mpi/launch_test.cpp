#include "comm/session.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace attnsweep::comm {
namespace {

class LaunchTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS",
          "PMIX_RANK", "PMIX_NAMESPACE", "PMI_RANK", "PMI_FD"})
      ::unsetenv(name);
  }
};

TEST_F(LaunchTest, AloneNothingIsExpected) { EXPECT_FALSE(read_launch().expected_ranks); }

TEST_F(LaunchTest, MpirunSaysHowMany) {
  ::setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
  ::setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  EXPECT_EQ(read_launch().expected_ranks, 4);
  EXPECT_EQ(read_launch().process, 3);
}

TEST_F(LaunchTest, SrunSaysHowMany) {
  ::setenv("SLURM_PROCID", "1", 1);
  ::setenv("SLURM_STEP_NUM_TASKS", "8", 1);
  EXPECT_EQ(read_launch().expected_ranks, 8);
  EXPECT_EQ(read_launch().process, 1);
  EXPECT_FALSE(read_launch().connected);
  ::setenv("PMIX_RANK", "1", 1);
  EXPECT_TRUE(read_launch().connected);
}

TEST_F(LaunchTest, MpirunInsideAnAllocationCountsItself) {
  ::setenv("SLURM_PROCID", "0", 1);
  ::setenv("SLURM_STEP_NUM_TASKS", "1", 1);
  ::setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  EXPECT_EQ(read_launch().expected_ranks, 2);
}

TEST_F(LaunchTest, ABatchShellIsOneRank) {
  ::setenv("SLURM_PROCID", "0", 1);
  EXPECT_FALSE(read_launch().expected_ranks);
}

}  // namespace
}  // namespace attnsweep::comm
