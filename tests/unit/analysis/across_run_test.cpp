// From an archive of several models and corpora to the parts of a reduction that compare them.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "archive/netcdf.hpp"
#include "archive/segment.hpp"
#include "reduce/display_width.hpp"
#include "reduce/output.hpp"
#include "reduce/reduce.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

namespace fs = std::filesystem;

struct ModelPlan {
  std::string id;
  int n_layers;
  double lambda;
};

/// Six models whose λ falls with their depth, on two corpora of 120 texts in 40 documents.
const std::vector<ModelPlan> models{{"m1", 7, 0.60},  {"m2", 8, 0.50},  {"m3", 9, 0.42},
                                    {"m4", 10, 0.38}, {"m5", 11, 0.33}, {"m6", 13, 0.28}};
constexpr int n_texts = 120;

archive::PlannedCell planned(const ModelPlan& model, const std::string& corpus) {
  archive::PlannedCell cell;
  cell.info.model = model.id;
  cell.info.corpus = corpus;
  cell.info.n_layers = model.n_layers;
  cell.info.n_heads = 2;
  cell.info.n_parameters = 1000 * model.n_layers;
  cell.info.device = "cpu";
  cell.info.precision = "float32";
  cell.info.covariates = {"score", "topic"};
  cell.measure.norms = {Norm::frobenius, Norm::tv};
  cell.n_records = n_texts;
  cell.records_per_block = n_texts;
  return cell;
}

SequenceRow row(const archive::PlannedCell& cell, const ModelPlan& model, int record) {
  SequenceRow out;
  out.id = "r" + std::to_string(record);
  out.document = "document " + std::to_string(record / 3);
  out.record = record;
  out.n_tokens = out.n_full = 20 + record * 7 % 50;
  const double score = record * 13 % 17;
  out.covariates = {std::to_string(score), record % 3 ? "prose" : "verse"};
  const double lambda = model.lambda + 0.01 * (score / 17 - 0.5) +
                        0.02 * std::sin(record / 3 * 1.3 + model.n_layers) +
                        0.01 * std::sin(record * 2.9);
  for (std::size_t s = 0; s < cell.measure.series().size(); ++s) {
    std::vector<double> d;
    for (int i = 0; i + 1 < model.n_layers; ++i)
      d.push_back(std::exp(-lambda * i + 0.01 * std::sin(record * 1.7 + i * 2.3)));
    out.values.push_back(d);
    out.floors.emplace_back(d.size(), 1e-9);
  }
  return out;
}

fs::path make_run(const std::string& name) {
  const fs::path path = fs::current_path() / name;
  fs::remove_all(path);
  fs::create_directories(path);
  archive::Plan plan;
  plan.study = "across";
  plan.study_hash = "0123";
  plan.seed = 20251030;
  for (const std::string corpus : {"poems", "reports"})
    for (const ModelPlan& model : models) {
      plan.cells.push_back(planned(model, corpus));
      plan.tasks.push_back({model.id + "/" + corpus + "/0+1", model.id, corpus, 0, 1, 1e9});
    }
  archive::write_plan(path, 0, plan);
  archive::JournalWriter journal(path, "rank0-1");
  for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
    const archive::PlannedCell& cell = plan.cells[t];
    archive::SegmentGroup group{cell.info, cell.measure, {}};
    archive::JournalEntry entry;
    for (int k = 0; k < n_texts; ++k) group.rows.push_back(row(cell, models[t % 6], k));
    entry.reasons["measured"] = n_texts;
    entry.task = plan.tasks[t].id;
    entry.digest = archive::write_segment(path, "s" + std::to_string(t), {}, {group});
    entry.segment = "s" + std::to_string(t) + ".h5";
    entry.measure = cell.measure;
    entry.n_rows = n_texts;
    journal.append(entry);
  }
  return path;
}

ReduceOptions quick() {
  ReduceOptions options;
  options.replicates = 500;
  return options;
}

nlohmann::json reduced(const fs::path& run, int threads = 1) {
  return nlohmann::json::parse(reduce_run(run, quick(), false, threads).json);
}

TEST(AcrossRun, AnswersEveryQuestionAcrossModels) {
  const fs::path run = make_run("across");
  const auto json = reduced(run);
  const auto& across = json["across_models"];
  EXPECT_EQ(across["pairs"].size(), 30u);  // 15 pairs, two corpora
  ASSERT_EQ(across["common"].size(), 2u);
  EXPECT_EQ(across["common"][0]["sequences"], n_texts);
  EXPECT_EQ(across["common"][0]["documents"], 40);
  EXPECT_EQ(across["common"][0]["models"].size(), 6u);

  ASSERT_EQ(across["depth"].size(), 4u);  // against depth and parameters
  const auto& depth = across["depth"][0];
  EXPECT_EQ(depth["against"], "depth");
  EXPECT_EQ(depth["window"], 6);
  EXPECT_EQ(depth["verdict"], "supported");
  EXPECT_EQ(depth["separable"], false);
  EXPECT_EQ(depth["rows"][0]["tau"], -1);
  EXPECT_NEAR(depth["rows"][0]["p"].get<double>(), 1.0 / 720, 1e-12);
  EXPECT_EQ(depth["permutations"], 720);
  EXPECT_NEAR(depth["models"][5]["lambda_all"].get<double>(), 0.28, 0.01);
  EXPECT_LT(depth["models"][5]["lambda_window_low"].get<double>(),
            depth["models"][5]["lambda_window"].get<double>());

  const auto& variance = across["variance"][0]["components"];
  EXPECT_EQ(across["variance"][0]["windows"], true);
  double shares = 0;
  for (const char* key : {"model", "document", "model_document", "text", "model_text"})
    shares += variance[key]["share"].get<double>();
  EXPECT_NEAR(shares, 1, 1e-12);
  EXPECT_GT(variance["model"]["share"].get<double>(), 0.9);
  EXPECT_LE(variance["model"]["low"].get<double>(), variance["model"]["variance"].get<double>());
  EXPECT_LT(variance["model"]["population_low"].get<double>(),
            variance["model"]["population_high"].get<double>());
  // 40 documents are fewer than ten a model.
  EXPECT_EQ(across["heterogeneity"][0]["reason"], "fewer than 10 documents a model");

  const auto& table = across["model_corpus"][0];
  EXPECT_EQ(table["corpora"], (std::vector<std::string>{"poems", "reports"}));
  EXPECT_EQ(table["lambda"][0][0], table["lambda_common"][0][0]);  // all sequences are common
  EXPECT_NEAR(table["interaction"][3][1].get<double>(), 0, 1e-12);

  // Every model: three covariates in each corpus, and in both together.
  EXPECT_EQ(across["covariates"].size(), 54u);
  int found = 0;
  for (const auto& c : across["covariates"])
    if (c["model"] == "m2" && c["corpus"].is_null() && c["covariate"] == "score") {
      ++found;
      EXPECT_NEAR(c["slope"].get<double>(), 0.01 / 17, 3e-4);
      EXPECT_EQ(c["sequences"], 240);
    }
  EXPECT_EQ(found, 1);
}

TEST(AcrossRun, SameBitsForAnyNumberOfThreads) {
  const fs::path run = make_run("threads");
  const ReduceOutput one = reduce_run(run, quick(), false, 1);
  std::map<std::string, std::string> tables;
  for (const auto& entry : fs::directory_iterator(run))
    if (entry.path().extension() == ".csv")
      tables[entry.path().filename().string()] = read_file(entry.path());
  const ReduceOutput three = reduce_run(run, quick(), false, 3);
  EXPECT_EQ(one.json, three.json);
  EXPECT_EQ(one.table, three.table);
  EXPECT_EQ(tables.size(), 15u);
  for (const auto& [file, text] : tables) EXPECT_EQ(read_file(run / file), text) << file;
}

TEST(AcrossRun, TablesAndGroupsHoldTheSameRows) {
  const fs::path run = make_run("tables");
  reduced(run);
  const archive::NetcdfReader file("summary.h5", read_file(run / "summary.h5"));
  for (const char* table :
       {"effective_depth", "pairs", "common", "depth", "depth_models", "variance", "model_corpus",
        "covariates", "covariate_levels", "heterogeneity"}) {
    const std::string csv = read_file(run / (std::string(table) + ".csv"));
    const auto lines = static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n'));
    EXPECT_EQ(file.shape(std::string(table) + "/row"), std::vector<std::size_t>{lines - 1})
        << table;
  }
  EXPECT_EQ(file.texts("depth/verdict", 0, 1)[0], "supported");
}

TEST(AcrossRun, TheTerminalTextFits) {
  const fs::path run = make_run("terminal");
  const std::string table = reduce_run(run, quick(), false).table;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 100u) << line;
  for (const char* part :
       {"Across 6 models on poems", "λ against depth: τ = -1.00", "→ supported",
        "cannot be told apart", "variance of λ: models 9", "no test", "m2: λ with score"})
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
}

TEST(AcrossRun, WhatIsNoLongerMadeIsRemoved) {
  const fs::path run = make_run("stale");
  write_file_durably(run / "heads.csv", "old\n");
  reduced(run);
  EXPECT_FALSE(fs::exists(run / "heads.csv"));
  EXPECT_TRUE(fs::exists(run / "depth.csv"));
}

}  // namespace
}  // namespace attnsweep::reduce
