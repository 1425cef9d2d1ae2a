#include "corpus/sequences.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"

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

/// Turns one record into its sequences.
class Maker {
 public:
  Maker(const Record& record, const Tokenizer* tokenizer, const SequenceRules& rules)
      : record_(record), tokenizer_(tokenizer), rules_(rules) {}

  void make(std::vector<Sequence>& out) const {
    if (!record_.problem.empty()) {
      out.push_back(bad(record_.problem));
    } else if (record_.input_ids) {
      make_from({*record_.input_ids, {}}, 0, out);
    } else if (tokenizer_ == nullptr) {
      out.push_back(
          bad("record '" + record_.id +
              "' is a text, but the model has no tokenizer.json: input_ids were expected"));
    } else {
      make_from(tokenizer_->encode_plain(record_.text),
                static_cast<std::size_t>(tokenizer_->n_special_tokens()), out);
    }
  }

 private:
  void make_from(const Encoding& plain, std::size_t n_special, std::vector<Sequence>& out) const {
    const auto n = plain.ids.size();
    const auto room = room_beside(n_special);
    const bool fits = n <= room;
    if (rules_.on_long == OnLong::window) {
      const auto cuts = windows(n, room, static_cast<std::size_t>(rules_.stride));
      for (std::size_t k = 0; k < cuts.size(); ++k)
        out.push_back(sequence(plain, cuts[k], n_special, static_cast<std::int32_t>(k)));
    } else if (fits || rules_.on_long == OnLong::truncate) {
      out.push_back(sequence(plain, {0, std::min(n, room)}, n_special, 0));
    } else {
      Sequence dropped{row(0), {}, {}, {}, {}};
      dropped.row.reason = Reason::too_long;
      dropped.row.n_tokens = dropped.row.n_full = static_cast<std::int32_t>(n + n_special);
      dropped.detail =
          std::to_string(n + n_special) + " tokens, the limit is " + std::to_string(rules_.limit);
      out.push_back(std::move(dropped));
    }
  }

  /// Tokens of the record itself that fit under the limit.
  std::size_t room_beside(std::size_t n_special) const {
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(rules_.limit, 0));
    if (limit <= n_special)
      throw InputError("the limit of " + std::to_string(rules_.limit) +
                       " tokens (max_tokens, or the model's positions) leaves no room beside " +
                       std::to_string(n_special) + " special tokens");
    const auto room = limit - n_special;
    if (rules_.on_long == OnLong::window &&
        (rules_.stride < 0 || rules_.stride >= static_cast<std::int64_t>(room)))
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
    out.row.reason = Reason::bad_record;
    return out;
  }

  Sequence sequence(const Encoding& plain, Cut cut, std::size_t n_special,
                    std::int32_t window) const {
    Encoding part;
    const auto at = [&plain](std::size_t i) {
      return plain.ids.begin() + static_cast<std::ptrdiff_t>(i);
    };
    part.ids.assign(at(cut.begin), at(cut.end));
    part.type_ids.assign(part.ids.size(), 0);
    if (!record_.input_ids) part = tokenizer_->with_special_tokens(part);

    Sequence out{row(window), std::move(part.ids), std::move(part.type_ids), {}, {}};
    out.row.n_tokens = static_cast<std::int32_t>(out.ids.size());
    out.row.n_full = static_cast<std::int32_t>(plain.ids.size() + n_special);
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
  const Tokenizer* tokenizer_;
  const SequenceRules& rules_;
};

}  // namespace

std::vector<Sequence> make_sequences(std::span<const Record> records, const Tokenizer* tokenizer,
                                     const SequenceRules& rules) {
  std::vector<Sequence> out;
  out.reserve(records.size());
  for (const auto& record : records) Maker(record, tokenizer, rules).make(out);
  return out;
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
