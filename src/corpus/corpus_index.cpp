#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "corpus/corpus.hpp"

namespace attnsweep::corpus {

std::string Corpus::Index::to_json() const {
  const nlohmann::json json = {{"n_records", n_records},
                               {"n_selected", n_selected},
                               {"total_text_bytes", total_text_bytes},
                               {"file_digests", file_digests},
                               {"file_records", file_records},
                               {"offsets", offsets},
                               {"lines", lines},
                               {"selected", selected}};
  return json.dump();
}

Corpus::Index Corpus::Index::from_json(const std::string& text) {
  Index index;
  try {
    const auto json = nlohmann::json::parse(text);
    json.at("n_records").get_to(index.n_records);
    json.at("n_selected").get_to(index.n_selected);
    json.at("total_text_bytes").get_to(index.total_text_bytes);
    json.at("file_digests").get_to(index.file_digests);
    json.at("file_records").get_to(index.file_records);
    json.at("offsets").get_to(index.offsets);
    json.at("lines").get_to(index.lines);
    json.at("selected").get_to(index.selected);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("the index of a corpus cannot be read: ") + error.what());
  }
  const auto n = index.file_digests.size();
  if (index.file_records.size() != n || index.offsets.size() != n || index.lines.size() != n)
    throw InputError("the index of a corpus cannot be read: its lists differ in length");
  return index;
}

std::string Corpus::Index::digest() const {
  Digest digest;
  for (const auto& file : file_digests) digest.add(file).add("\n");
  return digest.hex();
}

}  // namespace attnsweep::corpus
