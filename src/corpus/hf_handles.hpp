// Private to src/corpus: what the C functions of hf.h return, owned and checked.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "hf/hf.h"

namespace attnsweep::corpus {

struct HfFree {
  void operator()(hf_tokenizer* p) const { hf_tokenizer_free(p); }
  void operator()(hf_encoding* p) const { hf_encoding_free(p); }
  void operator()(hf_chat_template* p) const { hf_chat_template_free(p); }
  void operator()(hf_text* p) const { hf_text_free(p); }
  void operator()(char* p) const { hf_string_free(p); }
};
template <class T>
using HfHandle = std::unique_ptr<T, HfFree>;

/// Takes over a result, or turns the library's message into an InputError that says where.
/// (`error` by reference: the call that sets it may be the first argument.)
template <class T>
HfHandle<T> hf_checked(T* raw, char*& error, const std::string& where) {
  const std::unique_ptr<char, HfFree> message(std::exchange(error, nullptr));
  if (raw == nullptr)
    throw InputError(where + ": " + (message ? message.get() : "the library gave no reason"));
  return HfHandle<T>(raw);
}

inline std::string hf_copied(const hf_text* text) {
  return {hf_text_bytes(text), hf_text_size(text)};
}

}  // namespace attnsweep::corpus
