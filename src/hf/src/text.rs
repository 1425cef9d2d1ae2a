//! hf_text and hf_words of hf.h: texts across the border, and the words of a text.

use std::collections::HashSet;
use std::ffi::{c_char, c_int};

use unicode_segmentation::UnicodeSegmentation;

use crate::border::{free, guarded};

/// The text at a C pointer.
///
/// # Safety
/// `text` holds `n_bytes` readable bytes that live as long as the result is used.
pub unsafe fn utf8_at<'a>(text: *const c_char, n_bytes: usize) -> Result<&'a str, String> {
    let bytes =
        if n_bytes == 0 { &[] } else { std::slice::from_raw_parts(text.cast::<u8>(), n_bytes) };
    std::str::from_utf8(bytes)
        .map_err(|e| format!("the text is not UTF-8: bad byte at {}", e.valid_up_to()))
}

/// # Safety
/// As in hf.h.
#[no_mangle]
pub unsafe extern "C" fn hf_text_bytes(text: *const String) -> *const c_char {
    (&*text).as_ptr().cast()
}

/// # Safety
/// As in hf.h.
#[no_mangle]
pub unsafe extern "C" fn hf_text_size(text: *const String) -> usize {
    (&*text).len()
}

/// # Safety
/// As in hf.h: `text` is null or came from this library, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_text_free(text: *mut String) {
    free(text);
}

/// Of the words of a text: their number, how many differ once written small, and their characters.
#[repr(C)]
#[derive(Debug, Default, PartialEq)]
pub struct Words {
    n_words: usize,
    n_types: usize,
    n_characters: usize,
}

fn words_of(text: &str) -> Words {
    let mut words = Words::default();
    let mut types = HashSet::new();
    for word in text.unicode_words() {
        words.n_words += 1;
        words.n_characters += word.chars().count();
        types.insert(word.to_lowercase());
    }
    words.n_types = types.len();
    words
}

/// # Safety
/// As in hf.h: `text` holds `n_bytes` readable bytes, `words` may be written to.
#[no_mangle]
pub unsafe extern "C" fn hf_count_words(
    text: *const c_char,
    n_bytes: usize,
    words: *mut Words,
) -> c_int {
    guarded(1, || {
        let Ok(text) = utf8_at(text, n_bytes) else { return 1 };
        *words = words_of(text);
        0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_letter_or_a_digit_and_are_compared_small() {
        let words = words_of("The cat, the CAT -- 3.5 o'clock: 日本");
        // The cat the CAT 3.5 o'clock 日 本
        assert_eq!(words, Words { n_words: 8, n_types: 6, n_characters: 3 * 4 + 3 + 7 + 2 });
        assert_eq!(words_of(" ... "), Words::default());
    }
}
