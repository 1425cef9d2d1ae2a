/* The one door to Rust: Hugging Face's `tokenizers` crate, and a checked reader of the headers of
 * safetensors files.
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
typedef struct hf_safetensors hf_safetensors;

void hf_string_free(char* text);

/* Loads a tokenizer.json; stored truncation, padding and BPE dropout are switched off. */
hf_tokenizer* hf_tokenizer_load(const char* path, char** error);
void hf_tokenizer_free(hf_tokenizer* tokenizer);
size_t hf_tokenizer_vocabulary_size(const hf_tokenizer* tokenizer);
/* Special tokens that the post-processor puts around a single text. */
size_t hf_tokenizer_n_special(const hf_tokenizer* tokenizer);
/* Id of a token's text; -1 where there is none. */
int64_t hf_tokenizer_token_id(const hf_tokenizer* tokenizer, const char* token);

/* Encodes one text on the caller's thread. */
hf_encoding* hf_tokenizer_encode(const hf_tokenizer* tokenizer, const char* text, size_t n_bytes,
                                 int add_special_tokens, char** error);
/* A plain encoding that was made of ids alone: all that post-processing needs. */
hf_encoding* hf_encoding_from_ids(const uint32_t* ids, size_t n, char** error);
/* Puts special tokens around ids [begin, end) of a plain encoding. */
hf_encoding* hf_tokenizer_post_process(const hf_tokenizer* tokenizer, const hf_encoding* plain,
                                       size_t begin, size_t end, char** error);
size_t hf_encoding_size(const hf_encoding* encoding);
const uint32_t* hf_encoding_ids(const hf_encoding* encoding);
const uint32_t* hf_encoding_type_ids(const hf_encoding* encoding);
const uint32_t* hf_encoding_special_mask(const hf_encoding* encoding);
void hf_encoding_free(hf_encoding* encoding);

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
