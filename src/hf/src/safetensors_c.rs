//! hf_safetensors of hf.h.

use std::ffi::{c_char, CString};

use crate::border::{boxed, free};
use crate::safetensors::{read, Tensor};

/// Checked tensors with their strings in C's form.
pub struct SafeTensors(Vec<(CString, CString, Tensor)>);

fn with_c_strings(tensor: Tensor) -> Result<(CString, CString, Tensor), String> {
    let c = |text: &str| CString::new(text).map_err(|e| format!("tensor '{}': {e}", tensor.name));
    Ok((c(&tensor.name)?, c(&tensor.dtype)?, tensor))
}

/// # Safety
/// As in hf.h: `data` holds `n_bytes` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn hf_safetensors_open(
    data: *const u8,
    n_bytes: usize,
    error: *mut *mut c_char,
) -> *mut SafeTensors {
    boxed(error, || {
        let file = if n_bytes == 0 { &[] } else { std::slice::from_raw_parts(data, n_bytes) };
        read(file)?.into_iter().map(with_c_strings).collect::<Result<_, _>>().map(SafeTensors)
    })
}

/// # Safety
/// As in hf.h: `file` came from hf_safetensors_open.
#[no_mangle]
pub unsafe extern "C" fn hf_safetensors_count(file: *const SafeTensors) -> usize {
    (*file).0.len()
}

/// # Safety
/// As in hf.h: `index` is below the count and the out-pointers may be written to.
#[no_mangle]
pub unsafe extern "C" fn hf_safetensors_get(
    file: *const SafeTensors,
    index: usize,
    name: *mut *const c_char,
    dtype: *mut *const c_char,
    shape: *mut *const usize,
    n_dims: *mut usize,
    begin: *mut usize,
    end: *mut usize,
) {
    let (name_text, dtype_text, tensor) = &(&(*file).0)[index];
    *name = name_text.as_ptr();
    *dtype = dtype_text.as_ptr();
    *shape = tensor.shape.as_ptr();
    *n_dims = tensor.shape.len();
    *begin = tensor.begin;
    *end = tensor.end;
}

/// # Safety
/// As in hf.h: `file` is null or came from hf_safetensors_open, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_safetensors_free(file: *mut SafeTensors) {
    free(file);
}
