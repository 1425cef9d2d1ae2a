#include "unit/config/study_file.hpp"

namespace attnsweep::test {
namespace {

using Defaults = StudyFile;

TEST_F(Defaults, AreThoseOfTheStructs) {
  const auto study = read(least);
  EXPECT_EQ(study.name, "s");
  EXPECT_EQ(study.seed, Study{}.seed);
  EXPECT_EQ(study.measure, MeasureSet{});
  EXPECT_EQ(study.compute, ComputeOptions{});
  EXPECT_EQ(study.reduce, ReduceOptions{});
  EXPECT_EQ(study.run, RunOptions{});
  EXPECT_EQ(study.file, folder() / "study.yaml");

  ASSERT_EQ(study.corpora.size(), 1u);
  CorpusEntry corpus;
  corpus.id = "c";
  corpus.files = {(folder() / "c.txt").string()};
  EXPECT_EQ(study.corpora[0], corpus);
  ASSERT_EQ(study.models.size(), 1u);
  ModelEntry model;
  model.id = "m";
  model.path = folder() / "model";
  EXPECT_EQ(study.models[0], model);
}

TEST_F(Defaults, StandWhereASectionNamesOtherKeys) {
  const auto study = read(least + "compute: {threads: 2}\nreduce: {level: 0.9}\n");
  ComputeOptions compute;
  compute.threads = 2;
  EXPECT_EQ(study.compute, compute);
  ReduceOptions reduce;
  reduce.level = 0.9;
  EXPECT_EQ(study.reduce, reduce);
}

TEST_F(Defaults, PrimaryNormIsOneThatIsMeasured) {
  EXPECT_EQ(read(least + "norms: [tv, frobenius]\n").reduce.primary_norm, Norm::frobenius);
  EXPECT_EQ(read(least + "norms: [tv, l1]\n").reduce.primary_norm, Norm::tv);
  EXPECT_EQ(read(least + "norms: [tv, l1]\nreduce: {primary_norm: l1}\n").reduce.primary_norm,
            Norm::l1);
}

TEST_F(Defaults, EveryKeyOfReduceIsReadIntoItsField) {
  // No two values are alike, and none is the default.
  const auto options = read(least +
                            "norms: [tv]\n"
                            "reduce:\n"
                            "  level: 0.9\n  replicates: 101\n  interval: student\n"
                            "  weights: document\n  primary_norm: tv\n  burn_in: 2\n"
                            "  floor_factor: 4.5\n  floor_share: 0.02\n  max_units: 77\n"
                            "  lolo_tol: 0.06\n  lolo_gain: 0.31\n  rise_abs: 0.21\n"
                            "  rise_rel: 0.36\n  drop_flat: 0.11\n  drop_min: 0.61\n"
                            "  r2_min: 0.91\n  curvature_tol: 0.16\n  cubic_tol: 0.07\n"
                            "  min_documents: 12\n  min_points: 6\n  max_excluded: 0.04\n"
                            "  stability: 0.97\n  within_r2_min: 0.51\n"
                            "  epsilon_relative: 0.2\n  epsilon_absolute: 0.03\n")
                           .reduce;
  ReduceOptions expected;
  expected.level = 0.9;
  expected.replicates = 101;
  expected.interval = "student";
  expected.weights = "document";
  expected.primary_norm = Norm::tv;
  expected.burn_in = 2;
  expected.floor_factor = 4.5;
  expected.floor_share = 0.02;
  expected.max_units = 77;
  expected.lolo_tol = 0.06;
  expected.lolo_gain = 0.31;
  expected.rise_abs = 0.21;
  expected.rise_rel = 0.36;
  expected.drop_flat = 0.11;
  expected.drop_min = 0.61;
  expected.r2_min = 0.91;
  expected.curvature_tol = 0.16;
  expected.cubic_tol = 0.07;
  expected.min_documents = 12;
  expected.min_points = 6;
  expected.max_excluded = 0.04;
  expected.stability = 0.97;
  expected.within_r2_min = 0.51;
  expected.epsilon_relative = 0.2;
  expected.epsilon_absolute = 0.03;
  EXPECT_EQ(options, expected);
}

TEST_F(Defaults, TheOtherSectionsAreReadIntoTheirFields) {
  const auto study = read(
      "study: s\n"
      "seed: 18446744073709551615\n"
      "models: [{id: m, path: model}]\n"
      "corpora:\n"
      "  - id: c\n"
      "    files: [b.txt, a.txt]\n"
      "    fields: {text: t, id: i, document: d, input_ids: n}\n"
      "    covariates: [x, a]\n"
      "    max_tokens: 128\n"
      "    min_tokens: 4\n"
      "    on_long: window\n"
      "    stride: 32\n"
      "    sample: 5000000000\n"
      "  - {id: d, files: [c.txt], on_long: drop}\n"
      "heads: [each]\n"
      "special_tokens: [drop, keep]\n"
      "observables: [spectral_gap]\n"
      "compute: {device: cuda, precision: float64, threads: 3, tokens_per_batch: 1024}\n"
      "run: {commit_interval: 2.5, commit_bytes: 3MiB}\n");
  EXPECT_EQ(study.seed, 18446744073709551615u);
  const auto& corpus = study.corpora.at(0);
  EXPECT_EQ(corpus.files, (Lines{folder() / "b.txt", folder() / "a.txt"}));
  EXPECT_EQ(corpus.fields.text, "t");
  EXPECT_EQ(corpus.fields.id, "i");
  EXPECT_EQ(corpus.fields.document, "d");
  EXPECT_EQ(corpus.fields.input_ids, "n");
  EXPECT_EQ(corpus.covariates, (Lines{"x", "a"}));
  EXPECT_EQ(corpus.max_tokens, 128);
  EXPECT_EQ(corpus.min_tokens, 4);
  EXPECT_EQ(corpus.on_long, OnLong::window);
  EXPECT_EQ(corpus.stride, 32);
  EXPECT_EQ(corpus.sample, 5000000000);
  EXPECT_EQ(study.corpora.at(1).on_long, OnLong::drop);
  EXPECT_EQ(study.measure.heads, std::vector{Heads::each});
  EXPECT_EQ(study.measure.views, (std::vector{View::drop, View::keep}));
  EXPECT_EQ(study.measure.observables, std::vector{Observable::spectral_gap});
  EXPECT_EQ(study.compute.device, "cuda");
  EXPECT_EQ(study.compute.precision, "float64");
  EXPECT_EQ(study.compute.threads, 3);
  EXPECT_EQ(study.compute.tokens_per_batch, 1024);
  EXPECT_EQ(study.run.commit_interval, 2.5);
  EXPECT_EQ(study.run.commit_bytes, 3 << 20);
  EXPECT_EQ(read(least + "run: {commit_interval: auto}\n").run.commit_interval, 0);
}

}  // namespace
}  // namespace attnsweep::test
