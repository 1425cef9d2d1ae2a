#include <cmath>
#include <limits>
#include <random>

#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

class Canonical : public StudyFile {
 protected:
  void expect_round_trip(Study study) {
    const auto text = canonical_yaml(study);
    auto again = read(text);
    again.file = study.file;
    EXPECT_EQ(again, study) << text;
    EXPECT_EQ(canonical_yaml(again), text);
  }
  Study sample() {
    return read(
        "study: s\n"
        "models:\n"
        "  - {id: m, path: a}\n"
        "  - {id: r, control_of: m, seeds: 2}\n"
        "  - {id: r.x, control_of: m, seeds: 1}\n"
        "  - {id: q, control_of: m, seeds: 4, lineage: l}\n"
        "corpora: [{id: c, files: [c.txt]}]\n");
  }
};

TEST_F(Canonical, IsTheWholeStudyInAFixedForm) {
  auto study = sample();
  study.models.resize(3);
  study.models[0].path = "/w/a";
  study.models[1].path = study.models[2].path = "/w/a";
  study.corpora[0].files = {"/w/c.txt"};
  EXPECT_EQ(canonical_yaml(study), R"(study: s
seed: 20251030
models:
  - id: m
    path: "/w/a"
  - id: r
    control_of: m
    seeds: 2
corpora:
  - id: c
    files: ["/w/c.txt"]
    fields: {}
    covariates: []
    max_tokens: 512
    min_tokens: 8
    on_long: truncate
norms: [frobenius]
heads: [mean]
special_tokens: [keep]
observables: []
compute:
  device: auto
  precision: float32
  threads: 1
  tokens_per_batch: 4096
reduce:
  level: 0.95
  replicates: 10000
  interval: t
  weights: sequence
  primary_norm: frobenius
  burn_in: 0
  floor_factor: 3
  floor_share: 0.01
  max_units: 4096
  lolo_tol: 0.05
  lolo_gain: 0.3
  rise_abs: 0.22314355131420976
  rise_rel: 0.35
  drop_flat: 0.22314355131420976
  drop_min: 0.6931471805599453
  r2_min: 0.9
  curvature_tol: 0.15
  cubic_tol: 0.08
  min_documents: 10
  min_points: 5
  max_excluded: 0.05
  stability: 0.95
  within_r2_min: 0.5
  epsilon_relative: 0.1
  epsilon_absolute: 0
run:
  commit_interval: auto
  commit_bytes: 67108864
)");
}

TEST_F(Canonical, ControlsAreGroupedAsTheyWereWritten) { expect_round_trip(sample()); }

TEST_F(Canonical, TextsOfAnyKindReadBackExactly) {
  for (const std::string text : {"plain",
                                 "two words",
                                 "true",
                                 "Null",
                                 "~",
                                 "12",
                                 "1.5",
                                 "0x1F",
                                 "- a",
                                 "a: b",
                                 "# no",
                                 "a #b",
                                 "it's",
                                 "say \"x\"",
                                 "back\\slash",
                                 "tab\tline\nreturn\r",
                                 "\x01\x7f",
                                 "größe",
                                 "模型",
                                 "\U0001F600",
                                 "\u0085\u2028\u2029\uFEFF",
                                 "{a}",
                                 "[b]",
                                 "*c",
                                 "&d",
                                 "!e",
                                 "|",
                                 ">",
                                 "%f",
                                 "@g",
                                 "`h`",
                                 " lead",
                                 "trail ",
                                 "a,b",
                                 "?",
                                 ":",
                                 "=",
                                 "<<",
                                 "yes",
                                 "\\x41",
                                 "NaN"}) {
    auto study = sample();
    study.models[0].lineage = text;
    study.corpora[0].covariates = {text};
    auto& fields = study.corpora[0].fields;
    fields.text = fields.id = fields.input_ids = text;
    fields.text_pair = fields.words = text;
    study.corpora[0].files = {std::string("/a/").append(text).append(".txt")};
    SCOPED_TRACE(text);
    expect_round_trip(study);
  }
}

TEST_F(Canonical, PathsWithDollarsReadBackExactly) {
  for (const std::string text : {"$", "${", "${HOME}", "$${HOME}", "$$$${", "$$", "{$}", "a$"}) {
    auto study = sample();
    for (auto& model : study.models) model.path = std::string("/a/").append(text);
    study.corpora[0].files = {std::string("/b/").append(text)};
    SCOPED_TRACE(text);
    expect_round_trip(study);
  }
}

TEST_F(Canonical, NumbersReadBackToTheLastBit) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50; ++i) {
    auto study = sample();
    study.seed = random();
    const auto share = static_cast<double>(random() >> 11) * 0x1p-53;
    study.reduce.level = std::max(share, std::numeric_limits<double>::denorm_min());
    study.reduce.r2_min = share * share;
    study.reduce.floor_factor = std::exp(700 * (2 * share - 1));
    study.run.commit_interval = 1 / (share + 1e-9);
    expect_round_trip(study);
  }
}

TEST_F(Canonical, AModelNotMadeByTheReaderIsABug) {
  auto study = sample();
  study.models[1].id.pop_back();
  EXPECT_THROW(canonical_yaml(study), BugError);
}

}  // namespace
}  // namespace attnsweep::test
