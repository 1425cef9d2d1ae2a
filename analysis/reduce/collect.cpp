#include "reduce/collect.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "reduce/usable_layers.hpp"

namespace attnsweep::reduce {
namespace {

/// A series or one of its heads, while it is being collected.
struct Stream {
  SeriesData data;
  std::size_t series_index;  ///< in MeasureSet::series()
  LayerCounts counts;
  std::vector<ClusterSums> sums;  ///< one, from the second pass on
};

class Collector {
 public:
  Collector(const CellInfo& info, const MeasureSet& measure, const ReduceOptions& options)
      : info_(info), options_(options) {
    const std::vector<Series> series = measure.series();
    const int n = std::max(0, info.n_layers - 1 - options.burn_in);
    for (std::size_t s = 0; s < series.size(); ++s) {
      const bool each = series[s].heads == Heads::each;
      for (int h = 0; h < (each ? info.n_heads : 1); ++h) {
        Stream stream{{}, s, LayerCounts(n, options.floor_factor), {}};
        stream.data.series = series[s];
        stream.data.head = each ? h : -1;
        stream.data.n_pairs = n;
        streams_.push_back(std::move(stream));
      }
    }
    d_.resize(n);
    floor_.resize(n);
  }

  void count(const SequenceRow& row, const std::vector<std::size_t>& places) {
    if (row.reason != Reason::measured) return;
    for (Stream& stream : streams_) {
      load(stream, row, places);
      if (view_measured(d_)) stream.counts.add(d_, floor_);
    }
  }

  void start_sums() {
    for (Stream& stream : streams_) {
      stream.data.m = stream.counts.usable(options_.floor_share);
      stream.data.censored = stream.counts.censored();
      stream.sums.emplace_back(stream.data.m, stream.data.head < 0);
    }
  }

  void sum(const SequenceRow& row, const std::vector<std::size_t>& places, Documents& documents,
           Collected& out) {
    ++out.n_rows;
    if (row.reason != Reason::measured) {
      ++out.not_measured[std::string(name(row.reason))];
      ++out.affected[std::string(name(row.reason))];
      out.n_failed += is_failure(row.reason);
      return;
    }
    out.n_tokens += row.n_tokens;
    const std::uint32_t document = documents.number(row.document);
    out.keys.push_back({row.record, row.window, document, row.n_tokens, row.n_full});
    std::set<LeftOut> reasons;
    for (Stream& stream : streams_) {
      load(stream, row, places);
      const LeftOut why = judge(stream);
      double lambda = undefined;
      if (why == LeftOut::no) {
        ++stream.data.n_used;
        lambda = stream.sums[0].add(document, std::span(d_).first(stream.data.m));
      } else {
        ++stream.data.left_out[std::string(name(why))];
        if (stream.data.head < 0) reasons.insert(why);
      }
      if (stream.data.head < 0) stream.data.lambda.push_back(lambda);
    }
    for (LeftOut why : reasons) ++out.affected[std::string(name(why))];
  }

  void finish(const Documents& documents, Collected& out) {
    std::vector<std::size_t> order(out.keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const SequenceKey &x = out.keys[a], &y = out.keys[b];
      return std::tie(x.record, x.window) < std::tie(y.record, y.window);
    });
    const auto sorted = [&](auto& values) {
      auto copy = values;
      for (std::size_t k = 0; k < order.size(); ++k) copy[k] = values[order[k]];
      values = std::move(copy);
    };
    sorted(out.keys);
    for (Stream& stream : streams_) {
      SeriesData& data = stream.data;
      data.clusters = stream.sums[0].finish(documents, options_.weights == "document");
      stream.sums.clear();
      if (data.head < 0) sorted(data.lambda);
      (data.head < 0 ? out.mean : out.heads).push_back(std::move(data));
    }
  }

 private:
  /// Copies the stream's values of a row, from the first pair used on.
  void load(const Stream& stream, const SequenceRow& row, const std::vector<std::size_t>& places) {
    const std::size_t place = places[stream.series_index];
    const std::size_t heads = stream.data.head < 0 ? 1 : info_.n_heads;
    const std::size_t expected = static_cast<std::size_t>(info_.n_layers - 1) * heads;
    if (place >= row.values.size() || row.values[place].size() != expected ||
        place >= row.floors.size() || row.floors[place].size() != expected)
      throw ArchiveError(info_.model + "/" + info_.corpus + ", sequence " + row.id +
                         ": its values do not have the shape of " +
                         std::to_string(info_.n_layers - 1) + " pairs x " + std::to_string(heads) +
                         " heads");
    const std::size_t head = stream.data.head < 0 ? 0 : stream.data.head;
    for (std::size_t i = 0; i < d_.size(); ++i) {
      const std::size_t at = (i + options_.burn_in) * heads + head;
      d_[i] = row.values[place][at];
      floor_[i] = row.floors[place][at];
    }
  }

  LeftOut judge(const Stream& stream) const {
    if (!view_measured(d_))
      return stream.data.series.view == View::drop ? LeftOut::view_too_small : LeftOut::not_finite;
    const std::size_t m = static_cast<std::size_t>(stream.data.m);
    return judge_sequence(std::span(d_).first(m), std::span(floor_).first(m),
                          options_.floor_factor);
  }

  const CellInfo& info_;
  const ReduceOptions& options_;
  std::vector<Stream> streams_;
  std::vector<double> d_, floor_;
};

}  // namespace

Collected collect(const CellInfo& info, const MeasureSet& measure, const RowSource& rows,
                  const ReduceOptions& options, Documents& documents) {
  Collected out;
  out.info = info;
  Collector collector(info, measure, options);
  rows([&](const SequenceRow& row, const std::vector<std::size_t>& places) {
    collector.count(row, places);
  });
  collector.start_sums();
  rows([&](const SequenceRow& row, const std::vector<std::size_t>& places) {
    collector.sum(row, places, documents, out);
  });
  collector.finish(documents, out);
  return out;
}

}  // namespace attnsweep::reduce
