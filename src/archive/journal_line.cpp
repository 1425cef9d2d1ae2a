#include "archive/journal_line.hpp"

#include "archive/checked_text.hpp"
#include "archive/json_fields.hpp"

namespace attnsweep::archive {
namespace {

constexpr std::uint64_t check_key = 0x6a6f75726e616c;  // "journal"

// The fields of an entry, in the order of the struct, but for `measure` and `reasons`.
template <class Entry, class Use>
void for_each_plain_field(Entry& entry, Use use) {
  use("done", entry.done);
  use("task", entry.task);
  use("segment", entry.segment);
  use("digest", entry.digest);
  use("replaces", entry.replaces);
  use("n_rows", entry.n_rows);
  use("failures", entry.failures);
  use("message", entry.message);
  use("seconds", entry.seconds);
  use("n_tokens", entry.n_tokens);
  use("flops", entry.flops);
  use("host", entry.host);
  use("rank", entry.rank);
  use("time", entry.time);
}

}  // namespace

std::string journal_line(const JournalEntry& entry) {
  auto json = Json::object();
  for_each_plain_field(entry, [&](const char* key, const auto& value) { json[key] = value; });
  json["measure"] = to_json(entry.measure);
  json["reasons"] = entry.reasons;
  return with_check(check_key, "entry", compact(json));
}

JournalEntry entry_from_line(std::string_view line) {
  const auto json = Json::parse(checked_payload(check_key, "entry", line), nullptr, false);
  if (json.is_discarded()) throw std::runtime_error("its entry is not JSON");
  JournalEntry entry;
  for_each_plain_field(entry, [&](const char* key, auto& value) { get(json, key, value); });
  entry.measure = measure_from_json(member(json, "measure"));
  const auto& reasons = member(json, "reasons");
  if (!reasons.is_object()) throw std::runtime_error("'reasons' is not an object");
  for (const auto& [reason, count] : reasons.items()) get(reasons, reason, entry.reasons[reason]);
  return entry;
}

}  // namespace attnsweep::archive
