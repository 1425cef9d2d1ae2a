#include "corpus/record_tokens.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace attnsweep::corpus {
namespace {

bool is_chat(const Record& record, const SequenceRules& rules) {
  return rules.chat_template != nullptr && record.messages.has_value();
}

std::string filled_in(const Record& record, const std::vector<TemplatePiece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    if (!piece.is_field) {
      text += piece.text;
      continue;
    }
    const auto found = record.template_fields.find(piece.text);
    if (found == record.template_fields.end())
      throw InputError("the template's field '" + piece.text + "' is missing");
    text += found->second;
  }
  return text;
}

/// Fills in the tokens of one record. Throws InputError for what makes it a bad one.
void tokenize(const Record& record, const Tokenizer* tokenizer, const SequenceRules& rules,
              RecordTokens& out) {
  const bool own_text = !is_chat(record, rules) && rules.text_template.empty();
  if (own_text && record.input_ids) {
    out.ids = *record.input_ids;
    return;
  }
  if (tokenizer == nullptr)
    throw InputError("it is a text, but the model has no tokenizer.json: input_ids were expected");
  if (!own_text) {
    out.ids = tokenizer->plain_ids(text_of(record, rules));
    out.frame = is_chat(record, rules) ? Frame::none : Frame::single;
    return;
  }
  out.ids = record.words ? tokenizer->plain_ids(*record.words) : tokenizer->plain_ids(record.text);
  out.frame = Frame::single;
  if (record.text_pair) {
    out.pair_ids = tokenizer->plain_ids(*record.text_pair);
    out.frame = Frame::pair;
  }
}

}  // namespace

std::string text_of(const Record& record, const SequenceRules& rules) {
  if (is_chat(record, rules)) return rules.chat_template->render(*record.messages);
  if (!rules.text_template.empty()) return filled_in(record, rules.text_template);
  std::string text = record.text;
  if (record.words) {
    text.clear();
    for (const auto& word : *record.words) text.append(text.empty() ? "" : " ").append(word);
  }
  if (record.text_pair) text.append("\n").append(*record.text_pair);
  return text;
}

std::vector<RecordTokens> tokens_of(std::span<const Record> records, const Tokenizer* tokenizer,
                                    const SequenceRules& rules) {
  std::vector<RecordTokens> out(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i].problem.empty()) continue;
    try {
      tokenize(records[i], tokenizer, rules, out[i]);
    } catch (const InputError& error) {
      out[i].problem = "record '" + records[i].id + "': " + error.what();
    }
  }
  return out;
}

void count_tokens(std::span<const RecordTokens> records, const SequenceRules& rules,
                  TokenCounts& counts) {
  std::vector<std::int32_t> kept;
  for (const auto& record : records)
    for (const auto* ids : {&record.ids, &record.pair_ids})
      std::copy_if(ids->begin(), ids->end(), std::back_inserter(kept), [&](std::int32_t id) {
        return !std::binary_search(rules.special_ids.begin(), rules.special_ids.end(), id);
      });
  counts.add(kept);
}

}  // namespace attnsweep::corpus
