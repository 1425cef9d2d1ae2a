#include "corpus/sequences.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "corpus/covariates.hpp"

namespace attnsweep::corpus {
namespace {

/// Tokens [begin, end) of a record.
struct Cut {
  std::size_t begin, end;
};

/// Windows of `room` tokens of which neighbours share `stride`; the last is the rest, and each
/// holds a token that the one before lacks. n ≤ room: one window.
std::vector<Cut> windows(std::size_t n, std::size_t room, std::size_t stride) {
  std::vector<Cut> cuts;
  for (std::size_t begin = 0;; begin += room - stride) {
    cuts.push_back({begin, std::min(begin + room, n)});
    if (cuts.back().end == n) return cuts;
  }
}

/// How many tokens of each text of a pair stay where both together have `room`: the longer one is
/// cut to the length of the shorter, then both to one half each, the second to the larger one (the
/// first where it is longer).
std::pair<std::size_t, std::size_t> longest_first(std::size_t first, std::size_t second,
                                                  std::size_t room) {
  if (first + second <= room) return {first, second};
  const auto shorter = std::min(first, second);
  // The shorter text stays whole where it takes less than half.
  auto longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  auto kept = shorter;
  if (kept + longer > room) {
    kept = room / 2;
    longer = room - kept;
  }
  return first > second ? std::pair(longer, kept) : std::pair(kept, longer);
}

/// Turns one record into its sequences.
class Maker {
 public:
  Maker(const Record& record, const RecordTokens& tokens, const Tokenizer* tokenizer,
        const SequenceRules& rules)
      : record_(record), tokens_(tokens), tokenizer_(tokenizer), rules_(rules) {}

  void make(std::vector<Sequence>& out) const {
    const auto before = out.size();
    const auto& problem = record_.problem.empty() ? tokens_.problem : record_.problem;
    if (!problem.empty()) {
      out.push_back(bad(problem));
      return;
    }
    make_good(out);
    fill_covariates(covariates_need_text(rules_) ? text_of(record_, rules_) : std::string(), rules_,
                    std::span(out).subspan(before));
  }

 private:
  void make_good(std::vector<Sequence>& out) const {
    const auto n = tokens_.ids.size() + tokens_.pair_ids.size();
    const auto room = room_beside_special();
    if (rules_.on_long == OnLong::window) {
      const auto cuts = windows(n, room, static_cast<std::size_t>(rules_.stride));
      for (std::size_t k = 0; k < cuts.size(); ++k)
        out.push_back(sequence(framed(cuts[k]), static_cast<std::int32_t>(k)));
    } else if (n > room && rules_.on_long == OnLong::drop) {
      out.push_back(dropped());
    } else if (tokens_.frame == Frame::pair) {
      out.push_back(sequence(framed_pair(room), 0));
    } else {
      out.push_back(sequence(framed({0, std::min(n, room)}), 0));
    }
  }

  std::size_t n_special() const {
    switch (tokens_.frame) {
      case Frame::none: return 0;
      case Frame::single: return static_cast<std::size_t>(tokenizer_->n_special_tokens());
      case Frame::pair: return static_cast<std::size_t>(tokenizer_->n_special_tokens_of_pair());
    }
    throw BugError("an unknown frame of a record's tokens");
  }

  std::size_t n_full() const { return tokens_.ids.size() + tokens_.pair_ids.size() + n_special(); }

  /// Tokens of the record itself that fit under the limit.
  std::size_t room_beside_special() const {
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(rules_.limit, 0));
    const auto special = n_special();
    if (limit <= special)
      throw InputError("the limit of " + std::to_string(rules_.limit) +
                       " tokens (max_tokens, or the model's positions) leaves no room beside " +
                       std::to_string(special) + " special tokens");
    const auto room = limit - special;
    if (rules_.on_long != OnLong::window) return room;
    if (tokens_.frame == Frame::pair)
      throw InputError("record '" + record_.id +
                       "' is a pair of texts, of which 'on_long: window' cannot cut windows; "
                       "truncate or drop were expected");
    if (rules_.stride < 0 || rules_.stride >= static_cast<std::int64_t>(room))
      throw InputError("stride " + std::to_string(rules_.stride) + " must lie from 0 to " +
                       std::to_string(room - 1) + ", below the " + std::to_string(room) +
                       " tokens that a window has beside its special ones");
    return room;
  }

  SequenceRow row(std::int32_t window) const {
    SequenceRow out;
    out.id = record_.id;
    if (rules_.on_long == OnLong::window) out.id.append("#").append(std::to_string(window));
    out.document = record_.document;
    out.record = record_.index;
    out.window = window;
    out.covariates = record_.covariates;
    return out;
  }

  Sequence bad(const std::string& detail) const {
    Sequence out{row(0), {}, {}, {}, detail};
    out.row.reason = record_.skipped || rules_.skip_bad ? Reason::skipped : Reason::bad_record;
    return out;
  }

  Sequence dropped() const {
    Sequence out{row(0), {}, {}, {}, {}};
    out.row.reason = Reason::too_long;
    out.row.n_tokens = out.row.n_full = static_cast<std::int32_t>(n_full());
    out.detail = std::to_string(n_full()) + " tokens, the limit is " + std::to_string(rules_.limit);
    return out;
  }

  Encoding framed(Cut cut) const {
    const auto ids = std::span(tokens_.ids).subspan(cut.begin, cut.end - cut.begin);
    if (tokens_.frame == Frame::single) return tokenizer_->with_special_tokens(ids);
    return {{ids.begin(), ids.end()}, std::vector<std::int32_t>(ids.size(), 0)};
  }

  Encoding framed_pair(std::size_t room) const {
    const auto [first, second] = longest_first(tokens_.ids.size(), tokens_.pair_ids.size(), room);
    return tokenizer_->with_special_tokens(std::span(tokens_.ids).first(first),
                                           std::span(tokens_.pair_ids).first(second));
  }

  Sequence sequence(Encoding tokens, std::int32_t window) const {
    Sequence out{row(window), std::move(tokens.ids), std::move(tokens.type_ids), {}, {}};
    out.row.n_tokens = static_cast<std::int32_t>(out.ids.size());
    out.row.n_full = static_cast<std::int32_t>(n_full());
    out.special.reserve(out.ids.size());
    for (const auto id : out.ids)
      out.special.push_back(
          std::binary_search(rules_.special_ids.begin(), rules_.special_ids.end(), id));
    if (out.row.n_tokens < rules_.min_tokens) {
      out.row.reason = Reason::too_short;
      out.detail = std::to_string(out.row.n_tokens) + " tokens, min_tokens is " +
                   std::to_string(rules_.min_tokens);
    }
    return out;
  }

  const Record& record_;
  const RecordTokens& tokens_;
  const Tokenizer* tokenizer_;
  const SequenceRules& rules_;
};

}  // namespace

std::vector<Sequence> make_sequences(std::span<const Record> records,
                                     std::span<const RecordTokens> tokens,
                                     const Tokenizer* tokenizer, const SequenceRules& rules) {
  require(records.size() == tokens.size(), "tokens of " + std::to_string(tokens.size()) +
                                               " records for " + std::to_string(records.size()));
  std::vector<Sequence> out;
  out.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i)
    Maker(records[i], tokens[i], tokenizer, rules).make(out);
  return out;
}

std::vector<Sequence> make_sequences(std::span<const Record> records, const Tokenizer* tokenizer,
                                     const SequenceRules& rules) {
  return make_sequences(records, tokens_of(records, tokenizer, rules), tokenizer, rules);
}

std::vector<std::vector<std::size_t>> make_packs(std::span<const Sequence> block,
                                                 std::int64_t tokens_per_batch) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < block.size(); ++i)
    if (block[i].row.reason == Reason::measured) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&block](std::size_t a, std::size_t b) {
    return block[a].ids.size() < block[b].ids.size();
  });
  std::vector<std::vector<std::size_t>> packs;
  std::int64_t tokens = 0;
  for (const auto i : order) {
    const auto n = static_cast<std::int64_t>(block[i].ids.size());
    if (packs.empty() || tokens + n > tokens_per_batch) {
      packs.emplace_back();
      tokens = 0;
    }
    packs.back().push_back(i);
    tokens += n;
  }
  return packs;
}

}  // namespace attnsweep::corpus
