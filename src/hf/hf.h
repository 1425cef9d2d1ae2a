/* The one door to Rust: Hugging Face's `tokenizers` crate, chat templates (`minijinja`), and a checked
 * reader of the headers of safetensors files.
 *
 * Strings are UTF-8. A function that fails returns NULL or a non-zero number and sets *error to an
 * owned message (free it with hf_string_free); a panic inside the crates is caught and reported the
 * same way. Loaded objects are immutable and may be shared between threads. */
#ifndef ATTNSWEEP_HF_H
#define ATTNSWEEP_HF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_tokenizer hf_tokenizer;
typedef struct hf_encoding hf_encoding;
typedef struct hf_chat_template hf_chat_template;
typedef struct hf_text hf_text;
typedef struct hf_safetensors hf_safetensors;

void hf_string_free(char* text);

/* Loads a tokenizer.json; stored truncation, padding and BPE dropout are switched off. */
hf_tokenizer* hf_tokenizer_load(const char* path, char** error);
void hf_tokenizer_free(hf_tokenizer* tokenizer);
size_t hf_tokenizer_vocabulary_size(const hf_tokenizer* tokenizer);
/* Special tokens that the post-processor puts around a single text, or a pair of texts. */
size_t hf_tokenizer_n_special(const hf_tokenizer* tokenizer, int is_pair);
/* Id of a token's text; -1 where there is none. */
int64_t hf_tokenizer_token_id(const hf_tokenizer* tokenizer, const char* token);
/* A token's text. */
hf_text* hf_tokenizer_token(const hf_tokenizer* tokenizer, uint32_t id, char** error);

/* Encodes one text on the caller's thread. */
hf_encoding* hf_tokenizer_encode(const hf_tokenizer* tokenizer, const char* text, size_t n_bytes,
                                 int add_special_tokens, char** error);
/* Encodes a text that comes as `n` words, without special tokens. */
hf_encoding* hf_tokenizer_encode_words(const hf_tokenizer* tokenizer, const char* const* words,
                                       const size_t* n_bytes, size_t n, char** error);
/* Puts special tokens around plain ids, or around and between the plain ids of a pair. */
hf_encoding* hf_tokenizer_add_special(const hf_tokenizer* tokenizer, const uint32_t* ids, size_t n,
                                      const uint32_t* pair_ids, size_t n_pair, int is_pair,
                                      char** error);
size_t hf_encoding_size(const hf_encoding* encoding);
const uint32_t* hf_encoding_ids(const hf_encoding* encoding);
const uint32_t* hf_encoding_type_ids(const hf_encoding* encoding);
void hf_encoding_free(hf_encoding* encoding);

/* A model's chat template: Jinja, with what transformers adds to it. `variables` is a JSON object of
 * what the template sees beside the messages (bos_token …). */
hf_chat_template* hf_chat_template_load(const char* source, size_t n_source, const char* variables,
                                        size_t n_variables, char** error);
/* The text of a conversation, a JSON array of messages, without a prompt for an answer. */
hf_text* hf_chat_template_render(const hf_chat_template* chat, const char* messages, size_t n_bytes,
                                 char** error);
void hf_chat_template_free(hf_chat_template* chat);

/* UTF-8, not ended by a NUL. */
const char* hf_text_bytes(const hf_text* text);
size_t hf_text_size(const hf_text* text);
void hf_text_free(hf_text* text);

/* The words of a text: what stands between the boundaries of Unicode Annex 29 and holds a letter or
 * a digit. `n_types`: words that differ once written in small letters. */
typedef struct hf_words {
  size_t n_words, n_types, n_characters;
} hf_words;
/* 0, or 1 where the text is no UTF-8. */
int hf_count_words(const char* text, size_t n_bytes, hf_words* words);

/* Validates the header of a safetensors file of `n_bytes` bytes at `data`, of which only the header
 * is read. Repeated names, overlapping or uncovered offsets, a header longer than the file, a shape
 * that does not match its bytes: an error. */
hf_safetensors* hf_safetensors_open(const uint8_t* data, size_t n_bytes, char** error);
size_t hf_safetensors_count(const hf_safetensors* file);
/* Tensor number `index` in order of the names' bytes; dtype is the header's spelling ("F32").
 * `begin` and `end` are offsets into the file. Pointers live as long as `file`. */
void hf_safetensors_get(const hf_safetensors* file, size_t index, const char** name,
                        const char** dtype, const size_t** shape, size_t* n_dims, size_t* begin,
                        size_t* end);
void hf_safetensors_free(hf_safetensors* file);

#ifdef __cplusplus
}
#endif

#endif
