#include <cstdlib>

#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

using Paths = StudyFile;

std::string study_with(const std::string& model, const std::string& files) {
  return "study: s\nmodels: [{id: m, path: " + model + "}]\ncorpora: [{id: c, files: [" + files +
         "]}]\n";
}

TEST_F(Paths, AreRelativeToTheStudysFolder) {
  std::filesystem::create_directory(folder() / "configs");
  const auto text = study_with("../models/./m/", "../a/*.txt, b.txt, /c/d.txt");
  const auto file = write(text, "configs/study.yaml");
  const auto study = read_study(file);
  EXPECT_EQ(study.models[0].path, folder() / "models/m");
  EXPECT_EQ(study.corpora[0].files,
            (Lines{folder() / "a/*.txt", folder() / "configs/b.txt", "/c/d.txt"}));

  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder());
  const auto relative = read_study("configs/study.yaml");
  std::filesystem::current_path(before);
  EXPECT_EQ(relative.models, study.models);
  EXPECT_EQ(relative.corpora, study.corpora);
  EXPECT_EQ(relative.file, "configs/study.yaml");
}

TEST_F(Paths, TakeVariablesFromTheEnvironment) {
  ::setenv("ATTNSWEEP_TEST_ROOT", "/data", 1);
  ::setenv("ATTNSWEEP_TEST_NAME", "min${X}", 1);  // a value is not looked into
  const auto study = read(study_with(
      "\"${ATTNSWEEP_TEST_ROOT}/${ATTNSWEEP_TEST_NAME}\"",
      "\"sub/${ATTNSWEEP_TEST_NAME}.txt\", \"$${HOME}\", \"a$b\", \"$$${ATTNSWEEP_TEST_ROOT}\""));
  EXPECT_EQ(study.models[0].path, "/data/min${X}");
  EXPECT_EQ(study.corpora[0].files,
            (Lines{folder() / "sub/min${X}.txt", folder() / "${HOME}", folder() / "a$b",
                   folder() / "$${ATTNSWEEP_TEST_ROOT}"}));

  // The canonical form names the places, not the variables.
  ::unsetenv("ATTNSWEEP_TEST_ROOT");
  ::unsetenv("ATTNSWEEP_TEST_NAME");
  auto again = read(canonical_yaml(study));
  EXPECT_EQ(again, study) << canonical_yaml(study);
}

TEST_F(Paths, AnEmptyOrNearlyNamedVariableIsSaid) {
  ::setenv("ATTNSWEEP_TEST_MODELS", "", 1);
  const auto file =
      write(study_with("\"${ATTNSWEEP_TEST_MODELS}\"", "\"${ATTNSWEEP_TEST_MODEL}/x\", \"${}\""));
  const auto problems = problems_of([&] { read_study(file); });
  ::unsetenv("ATTNSWEEP_TEST_MODELS");
  const auto f = file.string();
  EXPECT_EQ(problems,
            (Lines{f + ":2:24: models[0].path: got '${ATTNSWEEP_TEST_MODELS}', which is empty once "
                       "its variables are filled in",
                   f + ":3:27: corpora[0].files[0]: the environment variable "
                       "'ATTNSWEEP_TEST_MODEL' is not defined; did you mean "
                       "'ATTNSWEEP_TEST_MODELS'?",
                   f + ":3:56: corpora[0].files[1]: got '${}', where '${}' names no variable"}));
}

TEST_F(Paths, OneThatIsNoTextCannotBeStored) {
  ::setenv("ATTNSWEEP_TEST_ROOT", "/data/\xff", 1);
  const auto file = write(study_with("\"${ATTNSWEEP_TEST_ROOT}\"", "a.txt"));
  const auto problems = problems_of([&] { read_study(file); });
  ::unsetenv("ATTNSWEEP_TEST_ROOT");
  EXPECT_EQ(problems, Lines{file.string() +
                            ":2:24: models[0].path: names a path that is not UTF-8 text, which a "
                            "run cannot store"});
}

}  // namespace
}  // namespace attnsweep::test
