#include "corpus/index_bytes.hpp"

#include "base/hash.hpp"

namespace attnsweep::corpus {
namespace {

// To be changed with anything below: an index of another version is built anew.
constexpr std::string_view magic = "attnsweep corpus index 1\n";

template <class T, class Write>
void put_optional(ByteWriter& out, const std::optional<T>& value, Write write) {
  out.put(static_cast<std::uint8_t>(value.has_value()));
  if (value) write(*value);
}

void put_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.put(static_cast<std::uint64_t>(texts.size()));
  for (const auto& text : texts) out.put(text);
}

std::vector<std::string> get_texts(ByteReader& in) {
  std::vector<std::string> texts;
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) texts.push_back(in.get_text());
  return texts;
}

bool get_has(ByteReader& in) { return in.get<std::uint8_t>() != 0; }

}  // namespace

void put(ByteWriter& out, const IndexedFile& file) {
  out.put(file.file.path.string())
      .put(static_cast<std::int32_t>(file.file.format))
      .put(static_cast<std::int32_t>(file.file.compression))
      .put(file.digest)
      .put(file.n_records)
      .put(file.n_bytes)
      .put(static_cast<std::uint8_t>(file.seekable));
  std::vector<std::int64_t> marks;
  for (const auto& mark : file.marks)
    marks.insert(marks.end(), {mark.number, mark.line, mark.byte});
  out.put(marks);
}

IndexedFile get_file(ByteReader& in) {
  IndexedFile file;
  file.file.path = in.get_text();
  file.file.format = static_cast<CorpusFormat>(in.get<std::int32_t>());
  file.file.compression = static_cast<Compression>(in.get<std::int32_t>());
  file.digest = in.get_text();
  file.n_records = in.get<std::int64_t>();
  file.n_bytes = in.get<std::int64_t>();
  file.seekable = get_has(in);
  const auto marks = in.get_values<std::int64_t>();
  for (std::size_t i = 0; i + 2 < marks.size(); i += 3)
    file.marks.push_back({marks[i], marks[i + 1], marks[i + 2]});
  return file;
}

void put(ByteWriter& out, const SampledRecord& sampled) {
  const auto& record = sampled.record;
  out.put(record.index).put(record.id).put(record.document).put(record.text);
  put_optional(out, record.text_pair, [&](const auto& text) { out.put(text); });
  put_optional(out, record.words, [&](const auto& words) { put_texts(out, words); });
  put_optional(out, record.input_ids, [&](const auto& ids) { out.put(ids); });
  put_optional(out, record.messages, [&](const auto& text) { out.put(text); });
  out.put(static_cast<std::uint64_t>(record.template_fields.size()));
  for (const auto& [name, value] : record.template_fields) out.put(name).put(value);
  put_texts(out, record.covariates);
  out.put(record.problem).put(static_cast<std::uint8_t>(record.skipped));
  out.put(sampled.n_bytes).put(sampled.kept);
}

SampledRecord get_sampled(ByteReader& in) {
  SampledRecord sampled;
  auto& record = sampled.record;
  record.index = in.get<std::int64_t>();
  record.id = in.get_text();
  record.document = in.get_text();
  record.text = in.get_text();
  if (get_has(in)) record.text_pair = in.get_text();
  if (get_has(in)) record.words = get_texts(in);
  if (get_has(in)) record.input_ids = in.get_values<std::int32_t>();
  if (get_has(in)) record.messages = in.get_text();
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
    auto name = in.get_text();
    record.template_fields[std::move(name)] = in.get_text();
  }
  record.covariates = get_texts(in);
  record.problem = in.get_text();
  record.skipped = get_has(in);
  sampled.n_bytes = in.get<std::int64_t>();
  sampled.kept = in.get<double>();
  return sampled;
}

std::string CorpusIndex::to_bytes() const {
  ByteWriter out;
  out.put(static_cast<std::uint64_t>(files.size()));
  for (const auto& file : files) put(out, file);
  out.put(selection.n_records()).put(selection.bits()).put(n_duplicates);
  out.put(static_cast<std::uint64_t>(sample.size()));
  for (const auto& sampled : sample) put(out, sampled);
  const auto body = out.take();
  return std::string(magic) + digest_of(body) + "\n" + body;
}

CorpusIndex CorpusIndex::from_bytes(std::string_view bytes) {
  constexpr std::size_t digest_length = 64;
  if (!bytes.starts_with(magic) || bytes.size() < magic.size() + digest_length + 1)
    throw InputError("this is no index of a corpus, or one of another version");
  const auto digest = bytes.substr(magic.size(), digest_length);
  const auto body = bytes.substr(magic.size() + digest_length + 1);
  if (digest_of(body) != digest) throw InputError("the index of a corpus is damaged");
  ByteReader in(body);
  CorpusIndex index;
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) index.files.push_back(get_file(in));
  const auto n_records = in.get<std::int64_t>();
  auto bits = in.get_values<std::uint64_t>();
  index.selection = bits.empty() ? Selection(n_records) : Selection(n_records, std::move(bits));
  index.n_duplicates = in.get<std::int64_t>();
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) index.sample.push_back(get_sampled(in));
  return index;
}

}  // namespace attnsweep::corpus
