//! JSON as Python's json.dumps writes it, of values inside a chat template.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// The arguments of json.dumps.
pub struct Layout {
    pub ensure_ascii: bool,
    pub sort_keys: bool,
    /// What a level is indented by; nothing: all on one line.
    pub indent: Option<String>,
    pub item_separator: String,
    pub key_separator: String,
}

impl Default for Layout {
    fn default() -> Self {
        Layout {
            ensure_ascii: false,
            sort_keys: false,
            indent: None,
            item_separator: ", ".to_string(),
            key_separator: ": ".to_string(),
        }
    }
}

pub fn dumps(value: &Value, layout: &Layout) -> Result<String, Error> {
    let mut out = String::new();
    write_value(value, layout, 0, &mut out)?;
    Ok(out)
}

fn refused(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{what} has no JSON"))
}

fn write_value(
    value: &Value,
    layout: &Layout,
    depth: usize,
    out: &mut String,
) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number if value.is_integer() => out.push_str(&value.to_string()),
        ValueKind::Number => out.push_str(&number(f64::try_from(value.clone())?)),
        ValueKind::String => write_string(value.as_str().unwrap_or_default(), layout, out),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.collect::<Vec<_>>();
            write_list(('[', ']'), &items, layout, depth, out, |item, out| {
                write_value(item, layout, depth + 1, out)
            })?;
        }
        ValueKind::Map => {
            let mut keys = value.try_iter()?.collect::<Vec<_>>();
            if layout.sort_keys {
                keys.sort();
            }
            write_list(('{', '}'), &keys, layout, depth, out, |key, out| {
                let name = key.as_str().ok_or_else(|| refused("a key that is no string"))?;
                write_string(name, layout, out);
                out.push_str(&layout.key_separator);
                write_value(&value.get_item(key)?, layout, depth + 1, out)
            })?;
        }
        ValueKind::Undefined => return Err(refused("an undefined value")),
        kind => return Err(refused(&kind.to_string())),
    }
    Ok(())
}

fn write_list(
    (open, close): (char, char),
    items: &[Value],
    layout: &Layout,
    depth: usize,
    out: &mut String,
    write_item: impl Fn(&Value, &mut String) -> Result<(), Error>,
) -> Result<(), Error> {
    let new_line = |levels: usize, out: &mut String| {
        if let Some(indent) = &layout.indent {
            out.push('\n');
            out.push_str(&indent.repeat(levels));
        }
    };
    out.push(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(&layout.item_separator);
        }
        new_line(depth + 1, out);
        write_item(item, out)?;
    }
    if !items.is_empty() {
        new_line(depth, out);
    }
    out.push(close);
    Ok(())
}

/// A float as Python's repr spells it.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_string();
    }
    let size = value.abs();
    if value == 0.0 || (1e-4..1e16).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, places) = match exponent.strip_prefix('-') {
        Some(places) => ('-', places),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{places:0>2}")
}

fn write_string(text: &str, layout: &Layout, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (layout.ensure_ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_spelled_as_python_does() {
        for (value, text) in [
            (0.0, "0.0"),
            (-2.5, "-2.5"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
