#include <random>
#include <sstream>

#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

using File = StudyFile;

TEST_F(File, MissingIsSaidWithTheNearestName) {
  write(least, "quickstart.yaml");
  write(least, "other.yaml");
  const auto missing = (folder() / "quikstart.yaml").string();
  EXPECT_EQ(problems_of([&] { read_study(missing); }),
            Lines{missing + ": cannot be opened: No such file or directory; did you mean "
                            "'quickstart.yaml'?"});
  const auto far = (folder() / "elsewhere/x.yaml").string();
  EXPECT_EQ(problems_of([&] { read_study(far); }),
            Lines{far + ": cannot be opened: No such file or directory"});
}

TEST_F(File, AFolderOrAHugeFileIsSaid) {
  const auto here = folder().string();
  EXPECT_EQ(problems_of([&] { read_study(here); }),
            Lines{here + ": is a folder, a file was expected"});
  const auto huge = write("", "model.safetensors");
  std::filesystem::resize_file(huge, std::uintmax_t{1} << 32);
  EXPECT_EQ(problems_of([&] { read_study(huge); }),
            Lines{huge.string() + ": has 4294967296 bytes; a study file has a few thousand"});
}

TEST_F(File, AliasesThatMultiplyAreStopped) {
  // Ten levels of ten: ten thousand million values if they were written out.
  std::ostringstream text;
  text << least << "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text << "l" << i << ": &l" << i << " [*l" << i - 1;
    for (int j = 1; j < 10; ++j) text << ", *l" << i - 1;
    text << "]\n";
  }
  const auto problems = problems_of([&] { read(text.str()); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("an alias repeats itself without end"), std::string::npos)
      << problems[0];
}

TEST_F(File, DeepNestingIsStopped) {
  for (const int depth : {40, 400, 100'000}) {
    const auto nested = std::string(static_cast<std::size_t>(depth), '[');
    EXPECT_EQ(problems_of([&] { read("study: " + nested + "\n"); }).size(), 1u) << depth;
  }
}

// Whatever the bytes are: a study, or a ConfigError that names the file. Never another end.
TEST_F(File, DamagedFilesAreRefusedOrRead) {
  const std::string good =
      "study: s # name\n"
      "models:\n  - {id: m, path: \"a b\", lineage: &x 'y'}\n"
      "  - id: r\n    control_of: m\n    seeds: 2\n    lineage: *x\n"
      "corpora:\n  - id: c\n    files: [c.txt, \"${HOME}/d\"]\n    on_long: window\n"
      "norms: [tv]\nreduce: {level: 0.9}\nrun: {commit_bytes: 64MiB}\n";
  using std::string_literals::operator""s;  // the zero byte is one of them
  std::mt19937 random(7);
  const std::string special = "[]{}:,-#&*!|>'\"%@`?\n\t \\$~<.0\x00\x80"s;
  int n_read = 0, n_refused = 0;
  for (int i = 0; i < 1500; ++i) {
    auto text = good;
    const auto n_edits = 1 + random() % 3;
    for (unsigned edit = 0; edit < n_edits && !text.empty(); ++edit) {
      const auto at = random() % text.size();
      const char byte = special[random() % special.size()];
      switch (random() % 4) {
        case 0: text[at] = byte; break;
        case 1: text.insert(at, 1, byte); break;
        case 2: text.erase(at, 1 + random() % 4); break;
        default: text.resize(at + 1);
      }
    }
    try {
      read(text);
      ++n_read;
    } catch (const ConfigError& error) {
      ++n_refused;
      for (const auto& problem : error.problems)
        EXPECT_TRUE(problem.starts_with((folder() / "study.yaml").string() + ":")) << problem;
    } catch (const std::exception& error) {
      FAIL() << error.what() << " for\n" << text;
    }
  }
  // Edits of a comment or a name leave a study; most others do not.
  EXPECT_GT(n_read, 20);
  EXPECT_GT(n_refused, 1000);
}

}  // namespace
}  // namespace attnsweep::test
