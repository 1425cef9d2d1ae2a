//! Fields of JSON objects, without building what nobody asked for.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::Deserializer;

/// Names that a message shows.
pub const MAX_NAMES: usize = 20;
/// Up to here comparing with every key is faster than hashing.
const FEW_KEYS: usize = 32;

/// What stands in an object, by its wanted names; each value is the JSON as it was written.
pub type Found<'a> = Vec<Option<&'a RawValue>>;

/// serde_json's words with the byte (from 1) in place of line and column.
pub fn reason(text: &[u8], error: &serde_json::Error) -> String {
    let before: usize = text
        .split_inclusive(|&b| b == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(words, _)| words);
    if what.starts_with("the key ") {
        return what.to_string();
    }
    format!("is no valid JSON at byte {}: {what}", before + error.column())
}

/// What a JSON text that is no object is, by its first character.
fn other_kind(text: &str) -> Option<&'static str> {
    match text.trim_start_matches([' ', '\t', '\r', '\n']).as_bytes().first()? {
        b'[' => Some("an array"),
        b'"' => Some("a string"),
        b'0'..=b'9' | b'-' => Some("a number"),
        b't' | b'f' => Some("a boolean"),
        b'n' => Some("null"),
        _ => None,
    }
}

/// The wanted fields of an object.
pub fn scan<'a>(line: &'a [u8], wanted: &[String]) -> Result<Found<'a>, String> {
    let text = std::str::from_utf8(line)
        .map_err(|e| format!("byte {} is no UTF-8", e.valid_up_to() + 1))?;
    if let Some(kind) = other_kind(text) {
        return Err(format!("is {kind}, a JSON object was expected"));
    }
    let mut parser = Deserializer::from_str(text);
    let found = Object { wanted }
        .deserialize(&mut parser)
        .and_then(|found| parser.end().map(|()| found))
        .map_err(|e| reason(line, &e))?;
    Ok(found)
}

/// The names of an object; none where it is no object.
pub fn all_names(line: &[u8]) -> Vec<String> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                names.push(name);
            }
            Ok(names)
        }
    }
    Deserializer::from_slice(line).deserialize_map(Names).unwrap_or_default()
}

/// The first of them, for a message.
pub fn names(line: &[u8]) -> Vec<String> {
    let short = |name: String| if name.len() <= 100 { name } else { "(a long name)".into() };
    all_names(line).into_iter().take(MAX_NAMES).map(short).collect()
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_string()))
    }
}

struct Object<'w> {
    wanted: &'w [String],
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Found<'de>;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Found<'de>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found: Found = vec![None; self.wanted.len()];
        let mut few: Vec<Cow<'de, str>> = Vec::with_capacity(8);
        let mut many: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = map.next_key_seed(Key)? {
            match self.wanted.iter().position(|name| *name == key) {
                Some(i) => found[i] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            if few.contains(&key) || (!many.is_empty() && many.contains(&key)) {
                let shown = if key.len() <= 100 { &key } else { "(a long name)" };
                let message = format!("the key '{shown}' stands there twice");
                return Err(serde::de::Error::custom(message));
            }
            if few.len() < FEW_KEYS {
                few.push(key);
            } else {
                many.insert(key);
            }
        }
        Ok(found)
    }
}

/// The bytes of the JSON value that `bytes` begin with; nothing where it is not whole.
pub fn end_of_value(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut values = Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    match values.next() {
        None => Ok(None),
        Some(Ok(IgnoredAny)) => Ok(Some(values.byte_offset())),
        Some(Err(error)) if error.is_eof() => Ok(None),
        Some(Err(error)) => Err(reason(bytes, &error)),
    }
}

/// An element of an array in a message.
fn shown(raw: &RawValue) -> String {
    match raw.get().as_bytes()[0] {
        b'"' => "a string".into(),
        b'[' => "an array".into(),
        b'{' => "an object".into(),
        b'n' => "null".into(),
        b't' | b'f' => "a boolean".into(),
        _ => raw.get().chars().take(40).collect(),
    }
}

fn elements(json: &[u8]) -> Result<Vec<&RawValue>, String> {
    serde_json::from_slice(json).map_err(|e| reason(json, &e))
}

pub fn ids(json: &[u8]) -> Result<Vec<i32>, String> {
    // The common case in one pass; what is wrong is looked for only where something is.
    if let Ok(ids) = serde_json::from_slice::<Vec<i32>>(json) {
        if ids.iter().all(|&id| id >= 0) {
            return Ok(ids);
        }
    }
    let mut ids = Vec::new();
    for (i, raw) in elements(json)?.into_iter().enumerate() {
        match serde_json::from_str::<i32>(raw.get()) {
            Ok(id) if id >= 0 => ids.push(id),
            _ => return Err(format!("[{i}] is {}", shown(raw))),
        }
    }
    Ok(ids)
}

pub fn strings(json: &[u8]) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    for (i, raw) in elements(json)?.into_iter().enumerate() {
        match serde_json::from_str::<String>(raw.get()) {
            Ok(text) => texts.push(text),
            Err(_) => return Err(format!("[{i}] is {}", shown(raw))),
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| n.to_string()).collect()
    }

    #[test]
    fn wanted_fields_are_found_in_any_order() {
        let line = br#"{"a": {"text": 1}, "text": "x\n", "n": [1, 2], "id": 7}"#;
        let found = scan(line, &wanted(&["id", "text", "none"])).unwrap();
        let texts: Vec<_> = found.iter().map(|f| f.map(RawValue::get)).collect();
        assert_eq!(texts, [Some("7"), Some("\"x\\n\""), None]);
        assert_eq!(names(line), ["a", "text", "n", "id"]);
    }

    #[test]
    fn repeated_keys_are_refused_among_few_and_many() {
        let mut line = String::from("{");
        for i in 0..50 {
            line += &format!("\"k{i}\": {i}, ");
        }
        for (again, message) in [("k3", "k3"), ("k45", "k45"), ("\\u006b45", "k45")] {
            let text = format!("{line}\"{again}\": 1}}");
            let error = scan(text.as_bytes(), &[]).unwrap_err();
            assert_eq!(error, format!("the key '{message}' stands there twice"));
        }
        assert!(scan(format!("{line}\"k50\": 1}}").as_bytes(), &[]).is_ok());
    }

    #[test]
    fn all_names_are_whole() {
        let long = "n".repeat(101);
        let line = format!("{{\"b\": 1, \"\\u0061\": {{\"c\": 2}}, \"{long}\": 3}}");
        assert_eq!(all_names(line.as_bytes()), ["b", "a", long.as_str()]);
        assert_eq!(names(line.as_bytes()), ["b", "a", "(a long name)"]);
        assert!(all_names(b"[1]").is_empty() && all_names(b"{\"a\": ").is_empty());
    }

    #[test]
    fn an_error_names_its_byte() {
        let error = scan(b"{\"a\": 1,\n\"b\" 2}", &[]).unwrap_err();
        assert_eq!(error, "is no valid JSON at byte 14: expected `:`");
        assert_eq!(scan(b"{\"a\": \"\xff\"}", &[]).unwrap_err(), "byte 8 is no UTF-8");
        assert_eq!(scan(b" [1]", &[]).unwrap_err(), "is an array, a JSON object was expected");
    }

    #[test]
    fn the_end_of_a_value() {
        assert_eq!(end_of_value(b" {\"a\": [1, {}]} , {"), Ok(Some(15)));
        assert_eq!(end_of_value(b" {\"a\": [1, {"), Ok(None));
        assert_eq!(end_of_value(b""), Ok(None));
        assert!(end_of_value(b"{]").is_err());
    }

    #[test]
    fn lists_name_what_is_wrong() {
        assert_eq!(ids(b"[1, 2147483647]"), Ok(vec![1, i32::MAX]));
        assert_eq!(ids(b"[1, -1]"), Err("[1] is -1".into()));
        assert_eq!(ids(b"[2147483648]"), Err("[0] is 2147483648".into()));
        assert_eq!(ids(b"[1, [2]]"), Err("[1] is an array".into()));
        assert_eq!(strings(b"[\"a\", \"\\u00e9\"]"), Ok(vec!["a".into(), "\u{e9}".into()]));
        assert_eq!(strings(b"[\"a\", 1]"), Err("[1] is 1".into()));
    }
}
