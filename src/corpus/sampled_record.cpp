#include "corpus/sampled_record.hpp"

#include <algorithm>

namespace attnsweep::corpus {
namespace {

/// The length of the longest whole characters in the first `most` bytes.
std::size_t whole_characters(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text.size();
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

double share(std::size_t kept, std::size_t all) {
  return all == 0 ? 1 : static_cast<double>(kept) / static_cast<double>(all);
}

}  // namespace

void cut(SampledRecord& sampled, std::size_t most_bytes) {
  auto& record = sampled.record;
  const auto cut_text = [&](std::string& text) {
    const auto n = whole_characters(text, most_bytes);
    sampled.kept = std::min(sampled.kept, share(n, text.size()));
    text.resize(n);
  };
  cut_text(record.text);
  if (record.text_pair) cut_text(*record.text_pair);
  for (auto& [name, value] : record.template_fields) cut_text(value);
  const auto cut_list = [&](auto& list, std::size_t most) {
    const auto n = std::min(list.size(), most);
    sampled.kept = std::min(sampled.kept, share(n, list.size()));
    list.resize(n);
  };
  // A token and a word take about four bytes and more.
  if (record.input_ids) cut_list(*record.input_ids, most_bytes / 4);
  if (record.words) cut_list(*record.words, most_bytes / 4);
}

}  // namespace attnsweep::corpus
