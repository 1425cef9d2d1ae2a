// Which sequences models share, and differences of models over them.
#include "reduce/common.hpp"

#include <map>

#include "reduce/across.hpp"
#include "synthetic_models.hpp"

namespace attnsweep::reduce {
namespace {

/// A model of two points whose λ_s is a tenth of the record's number.
struct Made {
  explicit Made(const std::string& model, const std::string& tokenizer = "t",
                std::int64_t limit = 512) {
    info = synthetic_info(model, 3);
    info.tokenizer_digest = tokenizer;
    info.token_limit = limit;
  }
  void add(int record, int n_tokens = 20, int n_full = 20, int window = 0, bool measured = true) {
    SequenceRow row;
    row.id = std::to_string(record) + "#" + std::to_string(window);
    row.document = "d" + std::to_string(record / 3);
    row.record = record;
    row.window = window;
    row.n_tokens = n_tokens;
    row.n_full = n_full;
    if (measured) {
      row.values = {{std::exp(0.1 * record), 1}};
      row.floors = {{0, 0}};
    } else {
      row.reason = Reason::not_finite;
    }
    rows.push_back(row);
  }
  Collected collected(Documents& documents) const {
    return collect(info, {}, source_of(rows), {}, documents);
  }
  CellInfo info;
  std::vector<SequenceRow> rows;
};

/// The common sequences' records, from their λ_s.
std::vector<int> records_of(const CommonSequences& common) {
  std::vector<int> out;
  common.for_each([&](std::uint32_t, std::span<const std::size_t> places) {
    out.push_back(
        static_cast<int>(std::lround(10 * common.members()[0].series->lambda[places[0]])));
  });
  EXPECT_EQ(static_cast<std::int64_t>(out.size()), common.size());
  return out;
}

TEST(Common, ThreeModelsShareWhatAllUsed) {
  Made a("a"), b("b"), c("c");
  for (int k = 0; k < 10; ++k) a.add(k, 20, 20, 0, k != 4);
  for (int k = 9; k >= 2; --k) b.add(k);  // any order
  for (int k = 0; k < 9; ++k) c.add(k, k == 6 ? 19 : 20);
  Documents documents;
  const std::vector<Collected> models{a.collected(documents), b.collected(documents),
                                      c.collected(documents)};
  const CommonSequences common(members_of(models));
  EXPECT_EQ(records_of(common), (std::vector<int>{2, 3, 5, 7, 8}));
  EXPECT_EQ(common.not_common(), (std::vector<std::int64_t>{4, 3, 4}));
  EXPECT_EQ(common.any_not_common(), 5);  // 0, 1, 4, 6, 9
}

TEST(Common, AnotherTokenizerSharesWholeTextsOnly) {
  Made a("a", "t"), b("b", "u");
  a.add(0, 20, 20);
  b.add(0, 31, 31);
  a.add(1, 20, 40);  // cut here
  b.add(1, 31, 31);
  a.add(2, 20, 20);  // windows there
  b.add(2, 31, 31, 0);
  b.add(2, 31, 31, 1);
  Documents documents;
  const std::vector<Collected> models{a.collected(documents), b.collected(documents)};
  EXPECT_EQ(records_of(CommonSequences(members_of(models))), std::vector<int>{0});
}

TEST(Common, WindowsOfOneTokenizerPairUp) {
  Made a("a"), b("b");
  for (int w = 0; w < 3; ++w) a.add(0, 20, 20, w);
  for (int w = 0; w < 2; ++w) b.add(0, 20, 20, w);
  Documents documents;
  const std::vector<Collected> models{a.collected(documents), b.collected(documents)};
  EXPECT_EQ(CommonSequences(members_of(models)).size(), 2);
}

TEST(Common, SumsAreTheSameWhetherGroupedOrWeighted) {
  Made a("a"), b("b");
  for (int k = 0; k < 40; ++k) a.add(k % 7 + 10 * (k / 7));
  for (int k = 0; k < 40; ++k) b.add(k % 7 + 10 * (k / 7));
  for (const bool by_document : {false, true}) {
    std::map<std::int64_t, double> mean;
    for (const std::int64_t max_units : {4096, 5}) {
      Documents documents({max_units, 1, by_document});
      const std::vector<Collected> models{a.collected(documents), b.collected(documents)};
      const UnitTable units = CommonSequences(members_of(models))
                                  .sums(1, documents, [&](auto places, std::span<double> x) {
                                    x[0] = models[0].mean[0].lambda[places[0]];
                                  });
      EXPECT_EQ(units.grouped, max_units == 5);
      mean[max_units] = units.total[0] / units.total_n;
    }
    EXPECT_NEAR(mean[5], mean[4096], 1e-12 * std::fabs(mean[5]));
  }
}

TEST(Across, LeavesOutWhatCannotBeCompared) {
  Made good("good"), empty("empty"), control("control");
  for (int k = 0; k < 4; ++k) good.add(k);
  for (int k = 0; k < 4; ++k) empty.add(k, 20, 20, 0, false);
  for (int k = 0; k < 4; ++k) control.add(k);
  control.info.control_of = "good";
  Documents documents;
  const std::vector<Collected> models{good.collected(documents), empty.collected(documents),
                                      control.collected(documents)};
  std::map<std::string, std::string> left_out;
  const std::vector<Member> members = compared_models(models, Series{}, left_out);
  ASSERT_EQ(members.size(), 1u);
  EXPECT_EQ(members[0].model->info.model, "good");
  EXPECT_EQ(left_out, (std::map<std::string, std::string>{{"empty", "no sequence could be used"}}));
}

}  // namespace
}  // namespace attnsweep::reduce
