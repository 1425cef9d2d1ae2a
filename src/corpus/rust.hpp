#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corpus/record_source.hpp"
#include "hf/hf.h"
#include "hf/records.h"

// Ownership of what comes over the C border; for .cpp files of this folder.
namespace attnsweep::corpus {

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, Freer<free>>;

/// An owned message becomes a string.
inline std::string taken(char* text) {
  const Owned<char, hf_string_free> owner(text);
  return text != nullptr ? text : "";
}

/// An owned list of strings becomes one of ours.
inline std::vector<std::string> taken(hf_list* list) {
  const Owned<hf_list, hf_list_free> owner(list);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < hf_list_size(list); ++i) {
    std::size_t n_bytes = 0;
    const char* text = hf_list_string(list, i, &n_bytes);
    texts.emplace_back(text, n_bytes);
  }
  return texts;
}

inline std::vector<const char*> c_names(const std::vector<std::string>& names) {
  std::vector<const char*> out;
  for (const auto& name : names) out.push_back(name.c_str());
  return out;
}

/// Values of records.h as those of record_source.hpp.
inline void copy_values(const std::vector<hf_value>& from, std::vector<FieldValue>& to) {
  using enum FieldValue::Kind;
  static constexpr FieldValue::Kind kinds[] = {missing, null,  boolean, integer, real,
                                               string,  array, object,  bytes};
  to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i)
    to[i] = {kinds[from[i].kind], std::string_view(from[i].text, from[i].n_bytes)};
}

}  // namespace attnsweep::corpus
