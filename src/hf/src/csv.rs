//! hf_csv of records.h: csv-core, fed with pieces of a file.

use std::ffi::{c_char, c_int};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::border::{boxed, bytes_at, free, status};

pub struct Csv {
    reader: Reader,
    delimiter: u8,
    /// The fields of a row behind each other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    n_text: usize,
    n_ends: usize,
    /// Whether part of a row has been read.
    inside: bool,
    whole: bool,
}

#[derive(Debug, PartialEq)]
pub enum Status {
    NeedsMore,
    Row,
    End,
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

impl Csv {
    pub fn new(delimiter: u8) -> Csv {
        Csv {
            reader: reader(delimiter),
            delimiter,
            text: vec![0; 1 << 12],
            ends: vec![0; 64],
            n_text: 0,
            n_ends: 0,
            inside: false,
            whole: false,
        }
    }

    pub fn restart(&mut self) {
        self.reader = reader(self.delimiter);
        self.start_row();
        self.inside = false;
    }

    fn start_row(&mut self) {
        self.n_text = 0;
        self.n_ends = 0;
        self.whole = false;
    }

    /// One step of csv-core; makes room where it asks for some.
    fn step(&mut self, bytes: &[u8], limit: usize) -> Result<(ReadRecordResult, usize), String> {
        let (result, n_in, n_text, n_ends) = self.reader.read_record(
            bytes,
            &mut self.text[self.n_text..],
            &mut self.ends[self.n_ends..],
        );
        self.n_text += n_text;
        self.n_ends += n_ends;
        match result {
            ReadRecordResult::OutputFull if self.text.len() > limit => {
                return Err(format!("is longer than {} MiB", limit >> 20));
            }
            ReadRecordResult::OutputFull => self.text.resize(2 * self.text.len(), 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
            _ => (),
        }
        Ok((result, n_in))
    }

    pub fn read(
        &mut self,
        bytes: &[u8],
        at_end: bool,
        limit: usize,
        consumed: &mut usize,
    ) -> Result<Status, String> {
        if self.whole {
            self.start_row();
        }
        *consumed = 0;
        while *consumed < bytes.len() {
            let (result, n_in) = self.step(&bytes[*consumed..], limit)?;
            // Line breaks before a row are no part of it.
            let read = &bytes[*consumed..*consumed + n_in];
            self.inside |= read.iter().any(|b| !matches!(b, b'\r' | b'\n'));
            *consumed += n_in;
            if result == ReadRecordResult::Record {
                self.inside = false;
                self.whole = true;
                return Ok(Status::Row);
            }
        }
        if !at_end {
            return Ok(Status::NeedsMore);
        }
        if !self.inside {
            return Ok(Status::End);
        }
        // csv-core would take the end of the file for the end of a quoted field; behind a line
        // break only a field that is still open goes on.
        self.inside = false;
        loop {
            let (result, n_in) = self.step(b"\n", limit)?;
            match result {
                ReadRecordResult::Record => {
                    self.whole = true;
                    return Ok(Status::Row);
                }
                _ if n_in == 0 => (),
                _ => return Err("has a quoted field that is never closed".into()),
            }
        }
    }

    pub fn field(&self, i: usize) -> &[u8] {
        let begin = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[begin..self.ends[i]]
    }
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_csv_new(delimiter: c_char, error: *mut *mut c_char) -> *mut Csv {
    boxed(error, || Ok(Csv::new(delimiter as u8)))
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_csv_read(
    csv: *mut Csv,
    bytes: *const c_char,
    n_bytes: usize,
    at_end: c_int,
    limit: usize,
    consumed: *mut usize,
    error: *mut *mut c_char,
) -> c_int {
    let (csv, consumed) = (&mut *csv, &mut *consumed);
    status(error, || {
        Ok(match csv.read(bytes_at(bytes, n_bytes), at_end != 0, limit, consumed)? {
            Status::NeedsMore => 0,
            Status::Row => 1,
            Status::End => 2,
        })
    })
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_csv_n_fields(csv: *const Csv) -> usize {
    (*csv).n_ends
}

/// # Safety
/// As in records.h: `index` is below the number of fields.
#[no_mangle]
pub unsafe extern "C" fn hf_csv_field(
    csv: *const Csv,
    index: usize,
    n_bytes: *mut usize,
) -> *const c_char {
    let field = (&*csv).field(index);
    *n_bytes = field.len();
    field.as_ptr().cast()
}

/// # Safety
/// As in records.h.
#[no_mangle]
pub unsafe extern "C" fn hf_csv_restart(csv: *mut Csv) {
    (*csv).restart();
}

/// # Safety
/// As in records.h: `csv` is null or came from hf_csv_new, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_csv_free(csv: *mut Csv) {
    free(csv);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a file that comes in pieces of `size` bytes.
    fn rows(text: &str, size: usize) -> Result<Vec<Vec<String>>, String> {
        let mut csv = Csv::new(b',');
        let mut rows = Vec::new();
        let (mut begin, mut end) = (0, 0);
        loop {
            let mut consumed = 0;
            let at_end = end == text.len();
            let bytes = &text.as_bytes()[begin..end];
            match csv.read(bytes, at_end, 1 << 20, &mut consumed)? {
                Status::Row => rows.push(
                    (0..csv.n_ends)
                        .map(|i| String::from_utf8(csv.field(i).to_vec()).unwrap())
                        .collect(),
                ),
                Status::End => return Ok(rows),
                Status::NeedsMore => end = (end + size).min(text.len()),
            }
            begin += consumed;
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same_rows() {
        let text = "a,b\r\n\"x \"\"y\"\"\nz\",2\n\n,\nlast,\"q\"";
        let whole = rows(text, text.len()).unwrap();
        assert_eq!(rows("a\r\n\r\n\n", 1).unwrap(), [["a"]]);
        assert_eq!(whole, [["a", "b"], ["x \"y\"\nz", "2"], ["", ""], ["last", "q"]]);
        for size in 1..text.len() {
            assert_eq!(rows(text, size).unwrap(), whole, "{size}");
        }
    }

    #[test]
    fn an_open_quote_and_a_long_row_are_errors() {
        for text in ["a,\"b\nc", "\"", "a\n\"b\n"] {
            assert_eq!(
                rows(text, 3).unwrap_err(),
                "has a quoted field that is never closed",
                "{text}"
            );
        }
        let long = "x".repeat(3 << 20);
        assert_eq!(rows(&long, 1 << 16).unwrap_err(), "is longer than 1 MiB");
    }
}
