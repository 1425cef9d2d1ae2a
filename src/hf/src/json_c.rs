//! hf_json and hf_list of records.h.

use std::ffi::{c_char, c_int};

use serde_json::value::RawValue;

use crate::border::{boxed, bytes_at, free, guarded, owned, status, text_at};
use crate::json;

/// hf_value; what `text` points at lives until the reader's next call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    pub kind: i32,
    pub text: *const c_char,
    pub n_bytes: usize,
}

pub const MISSING: i32 = 0;
pub const NULL: i32 = 1;
pub const BOOLEAN: i32 = 2;
pub const INTEGER: i32 = 3;
pub const REAL: i32 = 4;
pub const STRING: i32 = 5;
pub const ARRAY: i32 = 6;
pub const OBJECT: i32 = 7;
pub const BYTES: i32 = 8;

impl Value {
    pub fn new(kind: i32, text: &[u8]) -> Value {
        Value { kind, text: text.as_ptr().cast(), n_bytes: text.len() }
    }
}

/// # Safety
/// `names` holds `n` C strings.
pub unsafe fn names_at(names: *const *const c_char, n: usize) -> Result<Vec<String>, String> {
    (0..n).map(|i| text_at(*names.add(i), "the name of a field").map(str::to_string)).collect()
}

pub struct Json {
    wanted: Vec<String>,
    /// Strings whose escapes had to be resolved.
    texts: Vec<String>,
}

impl Json {
    fn value(&mut self, i: usize, raw: &RawValue, line: &[u8]) -> Result<Value, String> {
        let text = raw.get();
        let kind = match text.as_bytes()[0] {
            b'"' => STRING,
            b'[' => ARRAY,
            b'{' => OBJECT,
            b'n' => NULL,
            b't' | b'f' => BOOLEAN,
            _ if text.contains(['.', 'e', 'E']) => REAL,
            _ => INTEGER,
        };
        if kind != STRING {
            return Ok(Value::new(kind, text.as_bytes()));
        }
        let inner = &text[1..text.len() - 1];
        if !inner.contains('\\') {
            return Ok(Value::new(STRING, inner.as_bytes()));
        }
        self.texts[i] = serde_json::from_str(text).map_err(|e| {
            let start = text.as_ptr() as usize - line.as_ptr() as usize;
            let what = e.to_string();
            let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(words, _)| words);
            format!("is no valid JSON at byte {}: {what}", start + e.column())
        })?;
        Ok(Value::new(STRING, self.texts[i].as_bytes()))
    }
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_json_new(
    names: *const *const c_char,
    n: usize,
    error: *mut *mut c_char,
) -> *mut Json {
    boxed(error, || Ok(Json { wanted: names_at(names, n)?, texts: vec![String::new(); n] }))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_json_scan(
    scanner: *mut Json,
    line: *const c_char,
    n_bytes: usize,
    values: *mut Value,
    error: *mut *mut c_char,
) -> c_int {
    let scanner = &mut *scanner;
    status(error, || {
        let line = bytes_at(line, n_bytes);
        let found = json::scan(line, &scanner.wanted)?;
        for (i, raw) in found.into_iter().enumerate() {
            *values.add(i) = match raw {
                None => Value::new(MISSING, b""),
                Some(raw) => scanner.value(i, raw, line)?,
            };
        }
        Ok(0)
    })
}

/// # Safety
/// As in records.h: `scanner` is null or came from hf_json_new, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_json_free(scanner: *mut Json) {
    free(scanner);
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_json_names(line: *const c_char, n_bytes: usize) -> *mut c_char {
    let line = bytes_at(line, n_bytes);
    owned(&guarded(String::new(), || json::names(line).join(", ")))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_json_all_names(line: *const c_char, n_bytes: usize) -> *mut List {
    let line = bytes_at(line, n_bytes);
    list_of(guarded(Vec::new(), || json::all_names(line)))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_json_end(
    bytes: *const c_char,
    n_bytes: usize,
    length: *mut usize,
    error: *mut *mut c_char,
) -> c_int {
    status(error, || {
        Ok(match json::end_of_value(bytes_at(bytes, n_bytes))? {
            None => 0,
            Some(end) => {
                *length = end;
                1
            }
        })
    })
}

pub enum List {
    Ids(Vec<i32>),
    Strings(Vec<String>),
}

pub fn list_of(texts: Vec<String>) -> *mut List {
    Box::into_raw(Box::new(List::Strings(texts)))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_list_of_ids(
    json: *const c_char,
    n_bytes: usize,
    error: *mut *mut c_char,
) -> *mut List {
    boxed(error, || json::ids(bytes_at(json, n_bytes)).map(List::Ids))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_list_of_strings(
    json: *const c_char,
    n_bytes: usize,
    error: *mut *mut c_char,
) -> *mut List {
    boxed(error, || json::strings(bytes_at(json, n_bytes)).map(List::Strings))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_list_size(list: *const List) -> usize {
    match &*list {
        List::Ids(ids) => ids.len(),
        List::Strings(texts) => texts.len(),
    }
}

/// # Safety
/// As in records.h: null for a list of strings.
#[no_mangle]
pub unsafe extern "C" fn hf_list_ids(list: *const List) -> *const i32 {
    match &*list {
        List::Ids(ids) => ids.as_ptr(),
        List::Strings(_) => std::ptr::null(),
    }
}

/// # Safety
/// As in records.h: `index` is below the size; null for a list of ids.
#[no_mangle]
pub unsafe extern "C" fn hf_list_string(
    list: *const List,
    index: usize,
    n_bytes: *mut usize,
) -> *const c_char {
    match &*list {
        List::Ids(_) => std::ptr::null(),
        List::Strings(texts) => {
            *n_bytes = texts[index].len();
            texts[index].as_ptr().cast()
        }
    }
}

/// # Safety
/// As in records.h: `list` is null or came from hf_list_of_…, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_list_free(list: *mut List) {
    free(list);
}
