//! What crosses the C border: owned strings, and panics turned into messages.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_int, CStr, CString};
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A hook that keeps the message of a panic on a thread that is inside `guard` and prints nothing;
/// every other panic goes to the hook that was there before.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            if INSIDE.get() {
                PANIC.set(info.to_string());
            } else {
                previous(info);
            }
        }));
    });
}

fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    install_hook();
    let before = INSIDE.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(before);
    outcome.unwrap_or_else(|_| {
        let message = PANIC.take();
        Err(format!("a fault inside the Hugging Face crates: {}", message.replace('\n', " ")))
    })
}

/// An owned C string; NUL characters, which it cannot hold, are spelled out.
pub fn owned(text: &str) -> *mut c_char {
    CString::new(text.replace('\0', "\\0")).unwrap_or_default().into_raw()
}

/// Runs `work` and boxes its value; on an error or a panic sets `*error` and returns null.
///
/// # Safety
/// `error` is null or may be written to.
pub unsafe fn boxed<T>(
    error: *mut *mut c_char,
    work: impl FnOnce() -> Result<T, String>,
) -> *mut T {
    match caught(work) {
        Ok(value) => Box::into_raw(Box::new(value)),
        Err(message) => {
            if !error.is_null() {
                *error = owned(&message);
            }
            std::ptr::null_mut()
        }
    }
}

/// Runs `work` and gives its number; on an error or a panic sets `*error` and gives -1.
///
/// # Safety
/// `error` is null or may be written to.
pub unsafe fn status(
    error: *mut *mut c_char,
    work: impl FnOnce() -> Result<c_int, String>,
) -> c_int {
    match caught(work) {
        Ok(value) => value,
        Err(message) => {
            if !error.is_null() {
                *error = owned(&message);
            }
            -1
        }
    }
}

/// The bytes at a C pointer, which may be null where there are none.
///
/// # Safety
/// `data` holds `n` readable bytes that live as long as the slice is used.
pub unsafe fn bytes_at<'a>(data: *const c_char, n: usize) -> &'a [u8] {
    if n == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(data.cast::<u8>(), n)
    }
}

/// The text of a C string.
///
/// # Safety
/// `text` is a C string that lives as long as the result is used.
pub unsafe fn text_at<'a>(text: *const c_char, what: &str) -> Result<&'a str, String> {
    CStr::from_ptr(text).to_str().map_err(|_| format!("{what} is not UTF-8"))
}

/// Runs work that has no error of its own; `fallback` is the answer when it panics.
pub fn guarded<T>(fallback: T, work: impl FnOnce() -> T) -> T {
    caught(|| Ok(work())).unwrap_or(fallback)
}

/// # Safety
/// `pointer` is null or came from `boxed`, and is not used again.
pub unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        guarded((), || drop(Box::from_raw(pointer)));
    }
}

/// # Safety
/// `text` is null or came from this library, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_string_free(text: *mut c_char) {
    if !text.is_null() {
        drop(CString::from_raw(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_message() {
        let mut error: *mut c_char = std::ptr::null_mut();
        let value = unsafe { boxed::<u8>(&mut error, || panic!("of {}", "some kind")) };
        assert!(value.is_null());
        let message = unsafe { CStr::from_ptr(error) }.to_str().unwrap().to_string();
        unsafe { hf_string_free(error) };
        assert!(message.starts_with("a fault inside the Hugging Face crates: "), "{message}");
        assert!(message.ends_with("of some kind"), "{message}");
        assert_eq!(guarded(7, || panic!()), 7);
        assert_eq!(guarded(7, || 8), 8);
    }
}
