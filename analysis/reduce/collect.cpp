#include "reduce/collect.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "reduce/parallel.hpp"
#include "reduce/usable_layers.hpp"

namespace attnsweep::reduce {

void load_values(const CellInfo& info, const SequenceRow& row, std::size_t place, int head,
                 int burn_in, std::span<double> d, std::span<double> floors) {
  const std::size_t heads = head < 0 ? 1 : info.n_heads;
  const std::size_t expected = static_cast<std::size_t>(info.n_layers - 1) * heads;
  if (place >= row.values.size() || row.values[place].size() != expected ||
      place >= row.floors.size() || row.floors[place].size() != expected)
    throw ArchiveError(info.model + "/" + info.corpus + ", sequence " + row.id +
                       ": its values do not have the shape of " +
                       std::to_string(info.n_layers - 1) + " pairs x " + std::to_string(heads) +
                       " heads");
  const std::size_t h = head < 0 ? 0 : head;
  for (std::size_t i = 0; i < d.size(); ++i) {
    const std::size_t at = (i + burn_in) * heads + h;
    d[i] = row.values[place][at];
    floors[i] = row.floors[place][at];
  }
}

namespace {

/// A series or one of its heads, while it is being collected. Its methods touch nothing outside.
class Stream {
 public:
  Stream(const CellInfo& info, const ReduceOptions& options, const Documents& documents,
         const Series& series, std::size_t series_index, int head, int n_pairs)
      : info_(info),
        options_(options),
        documents_(documents),
        series_index_(series_index),
        counts_(n_pairs, options.floor_factor),
        d_(n_pairs),
        floors_(n_pairs) {
    data.series = series;
    data.head = head;
    data.n_pairs = data.m = n_pairs;
  }

  /// Opens a pass. The first one takes every layer to be usable; a later one adds again only what
  /// turned out not to be so, and judges everything anew.
  void start() {
    ++pass_;
    data.left_out.clear();
    if (pass_ > 1 && done_) return;
    if (pass_ > 1 && data.m == summed_m_ && sums_->needs_second_round()) {
      sums_->start_second_round();
      return;
    }
    summed_m_ = data.m;
    columns_.emplace(data.m, data.head < 0);
    x_.resize(columns_->size());
    sums_.emplace(columns_->size(), documents_);
    data.n_used = 0;
    data.lambda.clear();
    weighted_round_ = false;
  }

  /// `document` of every row; not_measured for rows without values.
  void add(std::span<const SequenceRow> rows, const std::vector<std::size_t>& places,
           const std::vector<std::uint32_t>& document, bool keep_lambda) {
    why_.assign(rows.size(), LeftOut::no);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (document[r] == not_measured) continue;
      load_values(info_, rows[r], places[series_index_], data.head, options_.burn_in, d_, floors_);
      if (pass_ == 1 && view_measured(d_)) counts_.add(d_, floors_);
      why_[r] = judge();
      if (why_[r] != LeftOut::no) ++data.left_out[std::string(name(why_[r]))];
      if (done_) continue;
      double lambda = undefined;
      if (why_[r] == LeftOut::no) {
        lambda = columns_->fill(std::span(d_).first(data.m), x_);
        sums_->add(document[r], x_);
      }
      if (weighted_round_) continue;
      data.n_used += why_[r] == LeftOut::no;
      if (keep_lambda) data.lambda.push_back(lambda);
    }
  }

  /// Closes a pass; true where another one is needed.
  bool finish() {
    if (done_) return false;
    if (pass_ == 1) {
      data.censored = counts_.censored();
      data.m = counts_.usable(options_.floor_share);
    }
    if (data.m == summed_m_) {
      weighted_round_ = sums_->needs_second_round();
      done_ = !weighted_round_;
    }
    return !done_;
  }

  void take_sums() {
    data.units = make_units(sums_->finish(), data.m, data.head < 0);
    sums_.reset();
  }

  const std::vector<LeftOut>& why() const { return why_; }
  static constexpr std::uint32_t not_measured = 0xFFFFFFFF;
  SeriesData data;

 private:
  LeftOut judge() const {
    if (!view_measured(d_))
      return data.series.view == View::drop ? LeftOut::view_too_small : LeftOut::not_finite;
    const std::size_t m = static_cast<std::size_t>(data.m);
    return judge_sequence(std::span(d_).first(m), std::span(floors_).first(m),
                          options_.floor_factor);
  }

  const CellInfo& info_;
  const ReduceOptions& options_;
  const Documents& documents_;
  std::size_t series_index_;  ///< in MeasureSet::series()
  LayerCounts counts_;
  std::optional<SequenceColumns> columns_;
  std::optional<UnitSums> sums_;
  int pass_ = 0, summed_m_ = -1;
  bool done_ = false, weighted_round_ = false;
  std::vector<double> d_, floors_, x_;
  std::vector<LeftOut> why_;
};

class Collector {
 public:
  Collector(const CellInfo& info, const MeasureSet& measure, const CollectOptions& options,
            Documents& documents)
      : options_(options), documents_(documents) {
    out.info = info;
    const std::vector<Series> series = measure.series();
    const int n = std::max(0, info.n_layers - 1 - options.reduce.burn_in);
    for (std::size_t s = 0; s < series.size(); ++s) {
      const bool each = series[s].heads == Heads::each;
      for (int h = 0; h < (each ? info.n_heads : 1); ++h)
        streams_.emplace_back(out.info, options_.reduce, documents, series[s], s, each ? h : -1, n);
    }
    if (options.keep_covariates)
      for (const std::string& covariate : info.covariates) out.covariates.emplace_back(covariate);
    keys_.reserve(static_cast<std::size_t>(std::max<std::int64_t>(0, options.expected_rows)));
  }

  void collect(const RowSource& rows) {
    bool again = true;
    for (bool first = true; again; first = false) {
      for (Stream& stream : streams_) stream.start();
      out.affected.clear();
      rows([&](std::span<const SequenceRow> batch, const std::vector<std::size_t>& places) {
        add(batch, places, first);
      });
      again = false;
      for (Stream& stream : streams_) again |= stream.finish();
    }
    finish();
  }

  Collected out;

 private:
  void add(std::span<const SequenceRow> rows, const std::vector<std::size_t>& places, bool first) {
    document_.assign(rows.size(), Stream::not_measured);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const SequenceRow& row = rows[r];
      const bool measured = row.reason == Reason::measured;
      if (measured) document_[r] = documents_.number(row.document);
      if (!measured) ++out.affected[std::string(name(row.reason))];
      if (first) count(row, document_[r]);
    }
    const auto work = [&](std::size_t s) {
      Stream& stream = streams_[s];
      stream.add(rows, places, document_,
                 stream.data.head < 0 && options_.keep_lambda(stream.data.series));
    };
    parallel_for(streams_.size(), options_.threads, work);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::set<LeftOut> reasons;
      for (const Stream& stream : streams_)
        if (stream.data.head < 0 && stream.why()[r] != LeftOut::no) reasons.insert(stream.why()[r]);
      for (LeftOut why : reasons) ++out.affected[std::string(name(why))];
    }
  }

  void count(const SequenceRow& row, std::uint32_t document) {
    ++out.n_rows;
    if (row.reason != Reason::measured) {
      ++out.not_measured[std::string(name(row.reason))];
      out.n_failed += is_failure(row.reason);
      return;
    }
    out.n_tokens += row.n_tokens;
    keys_.push_back({row.record, row.window, document, row.n_tokens, row.n_full});
    for (std::size_t k = 0; k < out.covariates.size(); ++k)
      out.covariates[k].add(k < row.covariates.size() ? row.covariates[k] : std::string());
  }

  void finish() {
    const auto before = [](const SequenceKey& x, const SequenceKey& y) {
      return std::tie(x.record, x.window) < std::tie(y.record, y.window);
    };
    std::vector<std::size_t> order;
    if (!std::is_sorted(keys_.begin(), keys_.end(), before)) {
      order.resize(keys_.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::sort(order.begin(), order.end(),
                [&](std::size_t a, std::size_t b) { return before(keys_[a], keys_[b]); });
    }
    const auto sorted = [&](auto& values) {
      if (order.empty() || values.empty()) return;
      auto copy = values;
      for (std::size_t k = 0; k < order.size(); ++k) copy[k] = values[order[k]];
      values = std::move(copy);
    };
    sorted(keys_);
    out.keys = std::make_shared<const std::vector<SequenceKey>>(std::move(keys_));
    for (CovariateColumn& covariate : out.covariates) {
      if (!order.empty()) covariate.reorder(order);
      covariate.finish();
    }
    for (Stream& stream : streams_) {
      stream.take_sums();
      sorted(stream.data.lambda);
      (stream.data.head < 0 ? out.mean : out.heads).push_back(std::move(stream.data));
    }
  }

  const CollectOptions& options_;
  Documents& documents_;
  std::vector<Stream> streams_;
  std::vector<SequenceKey> keys_;
  std::vector<std::uint32_t> document_;
};

}  // namespace

Collected collect(const CellInfo& info, const MeasureSet& measure, const RowSource& rows,
                  const CollectOptions& options, Documents& documents) {
  Collector collector(info, measure, options, documents);
  collector.collect(rows);
  return std::move(collector.out);
}

}  // namespace attnsweep::reduce
