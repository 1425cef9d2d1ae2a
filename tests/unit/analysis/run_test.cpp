// From an archive on disk to the files of a reduction.
#include <bit>
#include <filesystem>

#include "archive/netcdf.hpp"
#include "archive/segment.hpp"
#include "base/error.hpp"
#include "reduce/display_width.hpp"
#include "reduce/reduce.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

namespace fs = std::filesystem;

constexpr int n_blocks = 3, per_block = 40, n_layers = 7;

archive::PlannedCell planned(const std::string& model, const std::string& control_of) {
  archive::PlannedCell cell;
  cell.info.model = model;
  cell.info.corpus = "texts";
  cell.info.control_of = control_of;
  cell.info.n_layers = n_layers;
  cell.info.n_heads = 2;
  cell.info.device = "cpu";
  cell.info.precision = "float32";
  cell.measure.norms = {Norm::frobenius, Norm::tv};
  cell.measure.heads = {Heads::mean, Heads::each};
  cell.n_records = n_blocks * per_block;
  cell.records_per_block = per_block;
  return cell;
}

/// A decay of T = drop with noise that is a function of the record.
SequenceRow row(const archive::PlannedCell& cell, int record, double drop) {
  SequenceRow out;
  out.id = "r" + std::to_string(record);
  out.document = "document " + std::to_string(record % 31);
  out.record = record;
  out.n_tokens = out.n_full = 30;
  if (record % 20 == 7) {
    out.reason = record % 40 == 7 ? Reason::too_short : Reason::bad_record;
    return out;
  }
  for (const Series& s : cell.measure.series()) {
    const int heads = s.heads == Heads::each ? cell.info.n_heads : 1;
    std::vector<double> d;
    for (int i = 0; i + 1 < n_layers; ++i)
      for (int h = 0; h < heads; ++h)
        d.push_back(
            std::exp(-drop * i / (n_layers - 2) + 0.02 * std::sin(record * 1.7 + i * 2.3 + h)));
    out.values.push_back(d);
    out.floors.emplace_back(d.size(), 1e-7);
  }
  return out;
}

/// A run of a trained model and a control: one segment a task, written in the given order.
class TestRun {
 public:
  explicit TestRun(const std::string& name) : path(fs::current_path() / name) {
    fs::remove_all(path);
    fs::create_directories(path);
    plan.study = "test";
    plan.study_hash = "0123";
    plan.seed = 20251030;
    plan.cells = {planned("trained", ""), planned("untrained.0", "trained")};
    for (const auto& cell : plan.cells)
      for (int b = 0; b < n_blocks; ++b)
        plan.tasks.push_back({cell.info.model + "/texts/" + std::to_string(b) + "+1",
                              cell.info.model, "texts", b, 1, 1e9});
    archive::write_plan(path, 0, plan);
  }

  void measure(const std::vector<std::size_t>& tasks) {
    archive::JournalWriter journal(path, "rank0-" + std::to_string(++n_journals_));
    for (std::size_t t : tasks) {
      const archive::Task& task = plan.tasks[t];
      const archive::PlannedCell& cell = plan.cells[task.model == "trained" ? 0 : 1];
      archive::SegmentGroup group{cell.info, cell.measure, {}};
      archive::JournalEntry entry;
      for (int k = 0; k < per_block; ++k) {
        const int record = static_cast<int>(task.first_block) * per_block + k;
        group.rows.push_back(row(cell, record, task.model == "trained" ? 2.5 : 0.4));
        ++entry.reasons[std::string(name(group.rows.back().reason))];
      }
      const std::string segment = "s" + std::to_string(t);
      entry.digest = archive::write_segment(path, segment, {}, {group});
      entry.task = task.id;
      entry.segment = segment + ".h5";
      entry.measure = cell.measure;
      entry.n_rows = per_block;
      journal.append(entry);
    }
  }

  fs::path path;
  archive::Plan plan;

 private:
  int n_journals_ = 0;
};

ReduceOptions quick() {
  ReduceOptions options;
  options.replicates = 400;
  return options;
}

/// NaN equals itself here.
std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> out;
  for (double x : values) out.push_back(std::bit_cast<std::uint64_t>(x));
  return out;
}

TEST(ReduceRun, JudgesTheTrainedModelAgainstItsControl) {
  TestRun run("judged");
  run.measure({0, 1, 2, 3, 4, 5});
  const ReduceOutput out = reduce_run(run.path, quick());
  EXPECT_EQ(out.n_cells, 4);
  EXPECT_EQ(read_file(run.path / "summary.json"), out.json);
  const auto json = nlohmann::json::parse(out.json);
  EXPECT_EQ(json["family_size"], 1);
  EXPECT_EQ(json["partial"], false);
  const auto& cell = json["cells"][0];
  EXPECT_EQ(cell["model"], "trained");
  EXPECT_EQ(cell["norm"], "frobenius");
  EXPECT_EQ(cell["verdict"], "supported");
  EXPECT_EQ(cell["flags"], nlohmann::json::array());
  EXPECT_EQ(cell["original_criterion"], "lambda > 0");
  EXPECT_NEAR(cell["drop"].get<double>(), 2.5, 0.01);  // the noise is 0.02
  EXPECT_EQ(cell["sequences"], 114);
  EXPECT_EQ(cell["documents"], 31);
  EXPECT_EQ(cell["excluded"]["bad_record"], 3);
  EXPECT_EQ(cell["excluded"]["too_short"], 3);
  EXPECT_DOUBLE_EQ(cell["excluded_share"].get<double>(), 3.0 / 117);
  EXPECT_NEAR(cell["control"][0]["drop_difference"].get<double>(), 2.1, 0.01);
  EXPECT_EQ(json["cells"][2]["model"], "untrained.0");
  EXPECT_EQ(json["cells"][2]["verdict"], "inconclusive");
  EXPECT_EQ(json["cells"][2]["reason"], "shallow");
  EXPECT_EQ(json["excluded"]["bad_record"], 6);
  EXPECT_EQ(json["heads"].size(), 8u);
  for (const char* file : {"lambda.csv", "curves.csv", "laws.csv", "verdicts.csv", "models.csv",
                           "heads.csv", "summary.h5"})
    EXPECT_TRUE(fs::exists(run.path / file)) << file;
}

TEST(ReduceRun, SameBitsInAnyOrderOfSegments) {
  TestRun a("order-a"), b("order-b");
  a.measure({0, 1, 2, 3, 4, 5});
  b.measure({5, 2});
  b.measure({0, 4, 3, 1});
  const ReduceOutput x = reduce_run(a.path, quick()), y = reduce_run(b.path, quick());
  EXPECT_EQ(x.json, y.json);
  EXPECT_EQ(x.table, y.table);
  for (const char* file :
       {"lambda.csv", "curves.csv", "laws.csv", "verdicts.csv", "models.csv", "heads.csv"})
    EXPECT_EQ(read_file(a.path / file), read_file(b.path / file)) << file;
  // HDF5 writes the time into a file, so its contents are compared and not its bytes.
  const archive::NetcdfReader f("a", read_file(a.path / "summary.h5"));
  const archive::NetcdfReader g("b", read_file(b.path / "summary.h5"));
  for (const char* key : {"lambda", "lambda_low", "se", "curve", "curve_low", "lolo", "p_v"})
    EXPECT_EQ(bits(f.numbers(key, 0, 4)), bits(g.numbers(key, 0, 4))) << key;
  EXPECT_EQ(f.texts("reasons", 0, 4), g.texts("reasons", 0, 4));
}

TEST(ReduceRun, StopsWhereTasksAreMissing) {
  TestRun run("missing");
  run.measure({0, 1, 2, 4});
  try {
    reduce_run(run.path, quick());
    FAIL() << "an incomplete run was reduced";
  } catch (const StopError& e) {
    EXPECT_EQ(e.code(), ExitCode::stopped);
    EXPECT_NE(std::string(e.what()).find("untrained.0/texts: 2 of 3 tasks"), std::string::npos)
        << e.what();
  }
  EXPECT_FALSE(fs::exists(run.path / "summary.json"));
  const ReduceOutput out = reduce_run(run.path, quick(), true);
  EXPECT_EQ(nlohmann::json::parse(out.json)["partial"], true);
  EXPECT_EQ(out.table.find("PARTIAL"), 0u);
  EXPECT_NE(read_file(run.path / "verdicts.csv").find(",true\n"), std::string::npos);
}

TEST(ReduceRun, DamageIsAnErrorOfTheArchive) {
  TestRun run("damaged");
  run.measure({0, 1, 2, 3, 4, 5});
  const fs::path segment = run.path / "segments" / "s3.h5";
  std::string bytes = read_file(segment);
  bytes[bytes.size() / 2] ^= 1;
  fs::permissions(segment, fs::perms::owner_write, fs::perm_options::add);
  write_file_durably(segment, bytes);
  EXPECT_THROW(reduce_run(run.path, quick()), ArchiveError);
  EXPECT_THROW(reduce_run(run.path, quick(), true), ArchiveError);
}

TEST(ReduceRun, SummaryFileHoldsTheNumbers) {
  TestRun run("summary-file");
  run.measure({0, 1, 2, 3, 4, 5});
  const auto json = nlohmann::json::parse(reduce_run(run.path, quick()).json);
  const archive::NetcdfReader file("summary.h5", read_file(run.path / "summary.h5"));
  const std::vector<std::size_t> shape{4, n_layers - 1};
  EXPECT_EQ(file.shape("curve"), shape);
  EXPECT_EQ(file.texts("model", 0, 4)[2], "untrained.0");
  EXPECT_EQ(file.texts("verdict", 0, 4)[0], "supported");
  const std::vector<double> lambda = file.numbers("lambda", 0, 4),
                            curve = file.numbers("curve", 0, 4);
  for (int c = 0; c < 4; ++c) {
    EXPECT_EQ(lambda[c], json["cells"][c]["lambda"].get<double>());
    for (int i = 0; i + 1 < n_layers; ++i)
      EXPECT_EQ(curve[c * (n_layers - 1) + i], json["cells"][c]["curve"][i].get<double>());
  }
}

TEST(ReduceRun, EveryNumberOfReplicatesReachesTheFamily) {
  TestRun run("few-replicates");
  run.measure({0, 1, 2, 3, 4, 5});
  ReduceOptions options;
  options.replicates = 10;
  const auto json = nlohmann::json::parse(reduce_run(run.path, options).json);
  EXPECT_EQ(json["n_replicates"], 40);
  EXPECT_LE(json["cells"][0]["p_v_adjusted"].get<double>(), 0.05);
}

}  // namespace
}  // namespace attnsweep::reduce
