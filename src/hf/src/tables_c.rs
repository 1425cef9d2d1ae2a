//! hf_table of records.h.

use std::ffi::{c_char, c_int};
use std::path::Path;

use crate::border::{boxed, free, guarded, owned, status, text_at};
use crate::json_c::{list_of, names_at, List, Value};
use crate::tables::Table;

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_open(
    path: *const c_char,
    is_arrow: c_int,
    error: *mut *mut c_char,
) -> *mut Table {
    boxed(error, || Table::open(Path::new(text_at(path, "its path")?), is_arrow != 0))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_n_rows(table: *const Table) -> i64 {
    (*table).n_rows()
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_n_parts(table: *const Table) -> usize {
    (*table).parts.len()
}

/// # Safety
/// As in records.h: `index` is below the number of parts.
#[no_mangle]
pub unsafe extern "C" fn hf_table_part(
    table: *const Table,
    index: usize,
    first_row: *mut i64,
    bytes: *mut i64,
) {
    let part = &(&(*table).parts)[index];
    *first_row = part.first_row;
    *bytes = part.n_bytes;
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_names(table: *const Table) -> *mut c_char {
    let table = &*table;
    owned(&guarded(String::new(), || table.names()))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_all_names(table: *const Table) -> *mut List {
    let table = &*table;
    list_of(guarded(Vec::new(), || table.all_names()))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_select(
    table: *mut Table,
    names: *const *const c_char,
    n: usize,
    error: *mut *mut c_char,
) -> c_int {
    let table = &mut *table;
    status(error, || table.select(names_at(names, n)?).map(|()| 0))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_table_seek(
    table: *mut Table,
    row: i64,
    error: *mut *mut c_char,
) -> c_int {
    let table = &mut *table;
    status(error, || table.seek(row).map(|()| 0))
}

/// # Safety
/// As in records.h: `values` has room for one of each selected name.
#[no_mangle]
pub unsafe extern "C" fn hf_table_next(
    table: *mut Table,
    values: *mut Value,
    error: *mut *mut c_char,
) -> c_int {
    let table = &mut *table;
    status(error, || {
        let n = table.n_selected();
        let values = if n == 0 { &mut [] } else { std::slice::from_raw_parts_mut(values, n) };
        Ok(c_int::from(table.next(values)?))
    })
}

/// # Safety
/// As in records.h: `table` is null or came from hf_table_open, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_table_free(table: *mut Table) {
    free(table);
}
