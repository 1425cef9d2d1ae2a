#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

class Overridden : public StudyFile {
 protected:
  const std::string text_ =
      "study: s\n"
      "models:\n"
      "  - {id: m, path: model}\n"
      "  - {id: n, path: other}\n"
      "corpora: [{id: c, files: [c.txt], covariates: [a, b]}]\n"
      "compute: {threads: 4}\n";
  Lines problems(const Overrides& overrides) {
    return problems_of([&] { read(text_, overrides); });
  }
};

TEST_F(Overridden, KeysTakeTheValueGiven) {
  const auto study =
      read(text_, {"compute.threads=2", "compute.device=cpu", "norms=[tv, js]", "study=other-name",
                   "reduce.level=0.8", "corpora.0.covariates[1]=z", "seed=7", "models[1].id=q",
                   "corpora[0].fields={text: body}"});
  EXPECT_EQ(study.name, "other-name");
  EXPECT_EQ(study.seed, 7u);
  EXPECT_EQ(study.compute.threads, 2);
  EXPECT_EQ(study.compute.device, "cpu");
  EXPECT_EQ(study.reduce.level, 0.8);
  EXPECT_EQ(study.measure.norms, (std::vector{Norm::tv, Norm::js}));
  EXPECT_EQ(study.corpora[0].covariates, (Lines{"a", "z"}));
  EXPECT_EQ(study.corpora[0].fields.text, "body");
  EXPECT_EQ(study.models[1].id, "q");
  EXPECT_EQ(study.models[0].id, "m");
}

TEST_F(Overridden, TheLastOneWins) {
  const auto study = read(text_, {"compute.threads=2", "compute={threads: 5, device: cpu}",
                                  "compute.device=cuda", "compute.threads=6"});
  EXPECT_EQ(study.compute.threads, 6);
  EXPECT_EQ(study.compute.device, "cuda");
}

TEST_F(Overridden, AValueMayHoldAnEqualsSign) {
  EXPECT_EQ(read(text_, {"models[0].path=/a=b"}).models[0].path, "/a=b");
}

TEST_F(Overridden, ARelativePathStartsInTheCurrentFolder) {
  const auto study = read(text_, {"models.0.path=x/y", "corpora.0.files=[z.txt]"});
  const auto here = std::filesystem::current_path();
  EXPECT_EQ(study.models[0].path, here / "x/y");
  EXPECT_EQ(study.models[1].path, folder() / "other");
  EXPECT_EQ(study.corpora[0].files, Lines{here / "z.txt"});
}

TEST_F(Overridden, ProblemsNameTheOverride) {
  EXPECT_EQ(problems({"compute.thread=2"}),
            Lines{"--set compute.thread=2: compute.thread: unknown key; did you mean 'threads'?"});
  EXPECT_EQ(problems({"comput.threads=2"}),
            Lines{"--set comput.threads=2: comput: unknown key; did you mean 'compute'?"});
  EXPECT_EQ(problems({"models[1].patth=x"}),
            Lines{"--set models[1].patth=x: models[1].patth: unknown key; did you mean 'path'?"});
  EXPECT_EQ(problems({"compute.threads=none"}),
            Lines{"--set compute.threads=none: compute.threads: got 'none', expected a whole "
                  "number from 1 to 4096"});
  EXPECT_EQ(problems({"compute.threads="}),
            Lines{"--set compute.threads=: compute.threads: got nothing, expected a whole number "
                  "from 1 to 4096"});
}

TEST_F(Overridden, AKeyThatLeadsNowhereIsSaid) {
  EXPECT_EQ(problems({"models[2].path=x"}),
            Lines{"--set models[2].path=x: models: got '2', expected an index from 0 to 1"});
  EXPECT_EQ(problems({"models.m.path=x"}),
            Lines{"--set models.m.path=x: models: got 'm', expected an index from 0 to 1"});
  EXPECT_EQ(problems({"models[-1].path=x"}),
            Lines{"--set models[-1].path=x: models: got '-1', expected an index from 0 to 1"});
  EXPECT_EQ(problems({"study.name=x"}),
            Lines{"--set study.name=x: study: is a single value, which has no 'name' inside"});
}

TEST_F(Overridden, WhatIsNoOverrideIsSaid) {
  EXPECT_EQ(problems({"compute.threads"}),
            Lines{"--set compute.threads: expected KEY=VALUE, as in compute.threads=2"});
  for (const std::string key : {"", ".", "compute.", ".threads", "compute..threads", "models[]"})
    EXPECT_EQ(problems({key + "=2"}), (Lines{"--set " + key + "=2: '" + key +
                                             "' is no key; expected one like compute.threads"}));
  EXPECT_EQ(problems({"norms=[tv"}),
            Lines{"--set norms=[tv: is not YAML: end of sequence flow not found; a list opened by "
                  "'[' is not closed by ']'"});
}

TEST_F(Overridden, ProblemsOfTheFileAndOfEveryOverrideComeTogetherInOrder) {
  const auto file = write(text_ + "seed: x\n");
  EXPECT_EQ(problems_of([&] {
              read_study(file, {"zeta=1", "compute.device=tpu"});
            }),
            (Lines{file.string() + ":7:7: seed: got 'x', expected a whole number from 0 to "
                                   "18446744073709551615",
                   "--set zeta=1: zeta: unknown key; allowed are study, seed, models, corpora, "
                   "norms, heads, special_tokens, observables, compute, reduce or run",
                   "--set compute.device=tpu: compute.device: got 'tpu', expected auto, cpu or "
                   "cuda; did you mean 'cpu'?"}));
}

TEST_F(Overridden, AnOverrideMendsAMistakeOfTheFile) {
  EXPECT_EQ(read(text_ + "seed: x\n", {"seed=3"}).seed, 3u);
}

}  // namespace
}  // namespace attnsweep::test
