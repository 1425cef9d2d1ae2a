#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

using Models = StudyFile;

const std::string corpora = "corpora: [{id: c, files: [c.txt]}]\n";

TEST_F(Models, AControlBecomesOneEntryASeedWithItsModelsPath) {
  const auto models = read(
                          "study: s\n"
                          "models:\n"
                          "  - {id: r, control_of: m, seeds: 2, lineage: l}\n"  // before its model
                          "  - {id: m, path: weights/m, lineage: k}\n"
                          "  - {id: q, control_of: m}\n" +
                          corpora)
                          .models;
  ASSERT_EQ(models.size(), 6u);
  const auto entry = [&](std::size_t i, const std::string& id, const std::string& lineage, int k) {
    EXPECT_EQ(models[i].id, id);
    EXPECT_EQ(models[i].lineage, lineage);
    EXPECT_EQ(models[i].control_of, "m");
    EXPECT_EQ(models[i].seed_index, k);
    EXPECT_EQ(models[i].path, folder() / "weights/m");
  };
  entry(0, "r.0", "l", 0);
  entry(1, "r.1", "l", 1);
  EXPECT_EQ(models[2].id, "m");
  EXPECT_EQ(models[2].control_of, "");
  EXPECT_EQ(models[2].lineage, "k");
  entry(3, "q.0", "", 0);  // three seeds by default
  entry(4, "q.1", "", 1);
  entry(5, "q.2", "", 2);
}

TEST_F(Models, AnIdCannotBeThatOfASeedBeforeOrAfter) {
  const auto file = write(
      "study: s\n"
      "models:\n"
      "  - {id: r.2, path: a}\n"
      "  - {id: r.0, path: a}\n"
      "  - {id: r, control_of: r.2, seeds: 1}\n" +
      corpora);
  EXPECT_EQ(problems_of([&] { read_study(file); }),
            Lines{file.string() +
                  ":4:10: models[1].id: 'r.0' is the id of a seed of the control 'r' already"});
}

TEST_F(Models, ManyControlsAreCheckedInReasonableTime) {
  std::string text = "study: s\nmodels:\n  - {id: m, path: a}\n";
  for (int i = 0; i < 300; ++i)
    text += "  - {id: r" + std::to_string(i) + ", control_of: m, seeds: 100}\n";
  EXPECT_EQ(read(text + corpora).models.size(), 30001u);
}

}  // namespace
}  // namespace attnsweep::test
