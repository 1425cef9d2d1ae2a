//! Reads and checks the header of a safetensors file. Stricter than the format's own crate in one
//! point (a repeated name is an error) and more talkative in all: a message says what was got and
//! what was expected.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Bits of one element, by the header's spelling.
const DTYPES: [(&str, u64); 22] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// The format's own limit on its header.
const MAX_HEADER: u64 = 100_000_000;

/// One tensor; `begin` and `end` count from the start of the file.
#[derive(Debug, PartialEq)]
pub struct Tensor {
    pub name: String,
    pub dtype: String,
    pub shape: Vec<usize>,
    pub begin: usize,
    pub end: usize,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with dtype, shape and data_offsets")]
struct Info {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

struct Header(BTreeMap<String, Info>);

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut tensors = BTreeMap::new();
        let mut has_metadata = false;
        while let Some(name) = map.next_key::<String>()? {
            let in_tensor = |e: A::Error| A::Error::custom(format!("tensor '{name}': {e}"));
            if name == "__metadata__" {
                if has_metadata {
                    return Err(A::Error::custom("'__metadata__' stands there twice"));
                }
                has_metadata = true;
                map.next_value::<BTreeMap<String, String>>()
                    .map_err(|e| A::Error::custom(format!("'__metadata__': {e}")))?;
                continue;
            }
            let info = map.next_value::<Info>().map_err(in_tensor)?;
            if tensors.contains_key(&name) {
                return Err(A::Error::custom(format!("tensor '{name}' is named twice")));
            }
            tensors.insert(name, info);
        }
        Ok(Header(tensors))
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// The tensors of a file, sorted by the bytes of their names, checked against each other and
/// against the file's size. Only the header's bytes are read.
pub fn read(file: &[u8]) -> Result<Vec<Tensor>, String> {
    let (header, data_start) = header_text(file)?;
    let Header(infos) = serde_json::from_str(header)
        .map_err(|e| format!("the safetensors header is no valid one: {e}"))?;
    for (name, info) in &infos {
        check_size(name, info)?;
    }
    check_cover(&infos, file.len() - data_start)?;
    Ok(infos
        .into_iter()
        .map(|(name, info)| Tensor {
            name,
            dtype: info.dtype,
            shape: info.shape,
            begin: data_start + info.data_offsets.0,
            end: data_start + info.data_offsets.1,
        })
        .collect())
}

/// The header's text and where the data begin.
fn header_text(file: &[u8]) -> Result<(&str, usize), String> {
    let Some((length, rest)) = file.split_first_chunk::<8>() else {
        return Err(format!(
            "holds {} bytes, too few for a safetensors file, which begins with 8 bytes of header length",
            file.len()
        ));
    };
    let length = u64::from_le_bytes(*length);
    if length > rest.len() as u64 {
        return Err(format!(
            "its header should have {length} bytes, but only {} follow: the file is truncated or no safetensors file",
            rest.len()
        ));
    }
    if length > MAX_HEADER {
        return Err(format!("its header has {length} bytes, at most {MAX_HEADER} are allowed"));
    }
    let length = length as usize;
    let text = std::str::from_utf8(&rest[..length]).map_err(|e| {
        format!("the safetensors header is not UTF-8: bad byte at {} of {length}", e.valid_up_to())
    })?;
    Ok((text, 8 + length))
}

fn bits_of(dtype: &str) -> Option<u64> {
    DTYPES.iter().find(|(name, _)| *name == dtype).map(|(_, bits)| *bits)
}

/// Bytes that dtype and shape need; None where the number does not fit or is no whole one.
fn bytes_needed(bits: u64, shape: &[usize]) -> Option<usize> {
    let mut total = bits;
    for &n in shape {
        total = total.checked_mul(n as u64)?;
    }
    (total % 8 == 0).then_some((total / 8) as usize)
}

fn check_size(name: &str, info: &Info) -> Result<(), String> {
    if name.contains('\0') {
        return Err(format!("tensor '{name}': its name contains a NUL character"));
    }
    let Some(bits) = bits_of(&info.dtype) else {
        let known: Vec<_> = DTYPES.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "tensor '{name}': dtype '{}' is unknown; known are {}",
            info.dtype,
            known.join(", ")
        ));
    };
    let (begin, end) = info.data_offsets;
    if begin > end {
        return Err(format!(
            "tensor '{name}': data_offsets [{begin}, {end}] end before they begin"
        ));
    }
    let Some(needed) = bytes_needed(bits, &info.shape) else {
        return Err(format!(
            "tensor '{name}': shape {:?} of {} is no whole number of bytes below 2^64",
            info.shape, info.dtype
        ));
    };
    if needed != end - begin {
        return Err(format!(
            "tensor '{name}': shape {:?} of {} needs {needed} bytes, but data_offsets [{begin}, {end}] hold {}",
            info.shape,
            info.dtype,
            end - begin
        ));
    }
    Ok(())
}

/// Every byte of the data belongs to exactly one tensor.
fn check_cover(infos: &BTreeMap<String, Info>, n_data: usize) -> Result<(), String> {
    let needed = infos.values().map(|i| i.data_offsets.1).max().unwrap_or(0);
    if needed > n_data {
        return Err(format!(
            "its tensors need {needed} bytes of data, but the file holds {n_data}: it is truncated"
        ));
    }
    let mut ordered: Vec<_> = infos.iter().collect();
    ordered.sort_by_key(|(_, info)| info.data_offsets);
    let mut previous: Option<(&str, usize)> = None;
    for (name, info) in ordered {
        let (begin, end) = info.data_offsets;
        let covered = previous.map_or(0, |(_, end)| end);
        if begin < covered {
            let other = previous.map_or("", |(name, _)| name);
            return Err(format!(
                "tensors '{other}' and '{name}' overlap: '{name}' begins at byte {begin} of the data, '{other}' ends at {covered}"
            ));
        }
        if begin > covered {
            return Err(format!(
                "bytes {covered} to {begin} of the data, before tensor '{name}', belong to no tensor"
            ));
        }
        previous = Some((name, end));
    }
    if needed < n_data {
        return Err(format!(
            "the last {} of {n_data} bytes of data belong to no tensor",
            n_data - needed
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, n_data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + n_data, 0);
        bytes
    }

    fn refused(header: &str, n_data: usize) -> String {
        read(&file(header, n_data)).unwrap_err()
    }

    #[test]
    fn good_file() {
        let header = r#"{"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},"e":{"dtype":"I64","shape":[0],"data_offsets":[26,26]}}   "#;
        let tensors = read(&file(header, 26)).unwrap();
        let start = 8 + header.len();
        assert_eq!(tensors[0].name, "a");
        assert_eq!(tensors[1].shape, vec![2, 3]);
        assert_eq!((tensors[1].begin, tensors[1].end), (start, start + 24));
    }

    #[test]
    fn repeated_name() {
        let one = r#""a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#;
        let m = refused(&format!("{{{one},{one}}}"), 1);
        assert!(m.contains("tensor 'a' is named twice"), "{m}");
    }

    #[test]
    fn geometry() {
        let two = |b: usize| {
            format!(
                r#"{{"a":{{"dtype":"U8","shape":[4],"data_offsets":[0,4]}},"b":{{"dtype":"U8","shape":[4],"data_offsets":[{b},{}]}}}}"#,
                b + 4
            )
        };
        assert!(refused(&two(2), 6).contains("overlap"));
        assert!(refused(&two(5), 9).contains("belong to no tensor"));
        assert!(refused(&two(4), 9).contains("the last 1 of 9"));
        assert!(refused(&two(4), 7).contains("need 8 bytes of data, but the file holds 7"));
    }
}
