#include "base/suggest.hpp"

#include <gtest/gtest.h>

namespace attnsweep {
namespace {

const std::vector<std::string> keys{"id", "path", "lineage", "control_of", "seeds", "seed"};

TEST(Nearest, FindsASlip) {
  EXPECT_EQ(nearest("patth", keys), "path");  // one too many
  EXPECT_EQ(nearest("pat", keys), "path");    // one missing
  EXPECT_EQ(nearest("path", keys), "path");
  EXPECT_EQ(nearest("Path", keys), "path");  // case
  EXPECT_EQ(nearest("di", keys), "id");      // swapped: one step, not two
  EXPECT_EQ(nearest("controlof", keys), "control_of");
  EXPECT_EQ(nearest("linage", keys), "lineage");
}

TEST(Nearest, IsTheNearestOfSeveral) {
  EXPECT_EQ(nearest("seeds", keys), "seeds");
  EXPECT_EQ(nearest("seedd", {"seeds", "seedd2", "seed"}), "seeds");  // the first of equals
}

TEST(Nearest, LeavesWhatIsNoSlip) {
  EXPECT_EQ(nearest("banana", keys), std::nullopt);
  EXPECT_EQ(nearest("", keys), std::nullopt);
  EXPECT_EQ(nearest("id", {}), std::nullopt);
  // Nine letters allow three steps, not four.
  EXPECT_EQ(nearest("abcdefghi", {"abcdefxyz"}), "abcdefxyz");
  EXPECT_EQ(nearest("abcdefghi", {"abcdewxyz"}), std::nullopt);
}

}  // namespace
}  // namespace attnsweep
