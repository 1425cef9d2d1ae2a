//! hf_tokenizer and hf_encoding of hf.h.

use std::ffi::{c_char, c_int, CStr};

use tokenizers::{Encoding, ModelWrapper, PostProcessor, Tokenizer};

use crate::border::{boxed, free, guarded};
use crate::text::utf8_at;

/// What a stored tokenizer carries for other uses than measuring is switched off: truncation,
/// padding (the study's lengths rule), dropout of merges (which would make ids random).
fn load(path: &str) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_file(path).map_err(|e| e.to_string())?;
    tokenizer.with_truncation(None).map_err(|e| e.to_string())?;
    tokenizer.with_padding(None);
    if let ModelWrapper::BPE(model) = tokenizer.get_model() {
        if model.dropout.is_some() {
            let mut model = model.clone();
            model.dropout = None;
            tokenizer.with_model(model);
        }
    }
    Ok(tokenizer)
}

/// # Safety
/// As in hf.h: `path` is a C string.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_load(
    path: *const c_char,
    error: *mut *mut c_char,
) -> *mut Tokenizer {
    boxed(error, || {
        let path =
            CStr::from_ptr(path).to_str().map_err(|_| "its path is not UTF-8".to_string())?;
        load(path)
    })
}

/// # Safety
/// As in hf.h: `tokenizer` is null or came from hf_tokenizer_load, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_free(tokenizer: *mut Tokenizer) {
    free(tokenizer);
}

/// # Safety
/// As in hf.h: `tokenizer` came from hf_tokenizer_load.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_vocabulary_size(tokenizer: *const Tokenizer) -> usize {
    let tokenizer = &*tokenizer;
    guarded(0, || tokenizer.get_vocab_size(true))
}

/// # Safety
/// As in hf.h: `tokenizer` came from hf_tokenizer_load.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_n_special(
    tokenizer: *const Tokenizer,
    is_pair: c_int,
) -> usize {
    let tokenizer = &*tokenizer;
    guarded(0, || tokenizer.get_post_processor().map_or(0, |p| p.added_tokens(is_pair != 0)))
}

/// # Safety
/// As in hf.h: `tokenizer` came from hf_tokenizer_load.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_token(
    tokenizer: *const Tokenizer,
    id: u32,
    error: *mut *mut c_char,
) -> *mut String {
    boxed(error, || {
        (*tokenizer).id_to_token(id).ok_or_else(|| format!("{id} is the id of no token"))
    })
}

/// # Safety
/// As in hf.h: `tokenizer` came from hf_tokenizer_load, `token` is a C string.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_token_id(
    tokenizer: *const Tokenizer,
    token: *const c_char,
) -> i64 {
    let (tokenizer, token) = (&*tokenizer, CStr::from_ptr(token));
    guarded(-1, || {
        let id = token.to_str().ok().and_then(|text| tokenizer.token_to_id(text));
        id.map_or(-1, i64::from)
    })
}

/// # Safety
/// As in hf.h: `text` holds `n_bytes` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_encode(
    tokenizer: *const Tokenizer,
    text: *const c_char,
    n_bytes: usize,
    add_special_tokens: c_int,
    error: *mut *mut c_char,
) -> *mut Encoding {
    boxed(error, || {
        let text = utf8_at(text, n_bytes)?;
        (*tokenizer).encode_fast(text, add_special_tokens != 0).map_err(|e| e.to_string())
    })
}

/// # Safety
/// As in hf.h: `words` and `n_bytes` hold `n` readable entries.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_encode_words(
    tokenizer: *const Tokenizer,
    words: *const *const c_char,
    n_bytes: *const usize,
    n: usize,
    error: *mut *mut c_char,
) -> *mut Encoding {
    boxed(error, || {
        let texts = (0..n).map(|i| utf8_at(*words.add(i), *n_bytes.add(i)));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        (*tokenizer).encode_fast(texts, false).map_err(|e| e.to_string())
    })
}

/// An encoding of ids alone, which is all that post-processing needs.
fn plain(ids: &[u32], type_id: u32) -> Encoding {
    let n = ids.len();
    Encoding::new(
        ids.to_vec(),
        vec![type_id; n],
        vec![String::new(); n],
        vec![None; n],
        vec![(0, 0); n],
        vec![0; n],
        vec![1; n],
        vec![],
        Default::default(),
    )
}

/// # Safety
/// As in hf.h: `ids` and `pair_ids` hold `n` and `n_pair` readable numbers.
#[no_mangle]
pub unsafe extern "C" fn hf_tokenizer_add_special(
    tokenizer: *const Tokenizer,
    ids: *const u32,
    n: usize,
    pair_ids: *const u32,
    n_pair: usize,
    is_pair: c_int,
    error: *mut *mut c_char,
) -> *mut Encoding {
    boxed(error, || {
        let at = |p: *const u32, n: usize| {
            if n == 0 {
                &[]
            } else {
                std::slice::from_raw_parts(p, n)
            }
        };
        // The second sentence has type 1 where the post-processor says nothing else.
        let pair = (is_pair != 0).then(|| plain(at(pair_ids, n_pair), 1));
        (*tokenizer).post_process(plain(at(ids, n), 0), pair, true).map_err(|e| e.to_string())
    })
}

/// # Safety
/// As in hf.h.
#[no_mangle]
pub unsafe extern "C" fn hf_encoding_size(encoding: *const Encoding) -> usize {
    (*encoding).len()
}

/// # Safety
/// As in hf.h.
#[no_mangle]
pub unsafe extern "C" fn hf_encoding_ids(encoding: *const Encoding) -> *const u32 {
    (*encoding).get_ids().as_ptr()
}

/// # Safety
/// As in hf.h.
#[no_mangle]
pub unsafe extern "C" fn hf_encoding_type_ids(encoding: *const Encoding) -> *const u32 {
    (*encoding).get_type_ids().as_ptr()
}

/// # Safety
/// As in hf.h: `encoding` is null or came from this library, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_encoding_free(encoding: *mut Encoding) {
    free(encoding);
}
