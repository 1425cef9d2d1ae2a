//! Cells of Arrow arrays as values of records.h.

use std::fmt::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::DataType;

use crate::json_c::{Value, ARRAY, BOOLEAN, BYTES, INTEGER, NULL, OBJECT, REAL, STRING};

/// Why a column of this type cannot be read; nothing where it can.
pub fn unread_type(kind: &DataType) -> Option<String> {
    use DataType::*;
    match kind {
        Null | Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64
        | Float16 | Float32 | Float64 | Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary
        | BinaryView => None,
        Dictionary(_, values) => unread_type(values),
        List(item) | LargeList(item) | FixedSizeList(item, _) => unread_type(item.data_type()),
        Struct(fields) => fields.iter().find_map(|field| unread_type(field.data_type())),
        other => Some(format!("{other}")),
    }
}

fn decimal<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> String
where
    T::Native: std::fmt::Display,
{
    array.as_primitive::<T>().value(row).to_string()
}

/// A number of any type in decimal, and whether it is whole.
fn number(array: &dyn Array, row: usize) -> Option<(String, bool)> {
    use DataType::*;
    let whole = match array.data_type() {
        Int8 => decimal::<Int8Type>(array, row),
        Int16 => decimal::<Int16Type>(array, row),
        Int32 => decimal::<Int32Type>(array, row),
        Int64 => decimal::<Int64Type>(array, row),
        UInt8 => decimal::<UInt8Type>(array, row),
        UInt16 => decimal::<UInt16Type>(array, row),
        UInt32 => decimal::<UInt32Type>(array, row),
        UInt64 => decimal::<UInt64Type>(array, row),
        // The shortest decimal of the column's own precision: 0.1 stays 0.1.
        Float16 => return Some((decimal::<Float16Type>(array, row), false)),
        Float32 => return Some((decimal::<Float32Type>(array, row), false)),
        Float64 => return Some((decimal::<Float64Type>(array, row), false)),
        _ => return None,
    };
    Some((whole, true))
}

/// The bytes of a string or binary cell.
fn bytes(array: &dyn Array, row: usize) -> Option<&[u8]> {
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).as_bytes(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).as_bytes(),
        DataType::Utf8View => array.as_string_view().value(row).as_bytes(),
        DataType::Binary => array.as_binary::<i32>().value(row),
        DataType::LargeBinary => array.as_binary::<i64>().value(row),
        DataType::BinaryView => array.as_binary_view().value(row),
        _ => return None,
    })
}

/// Where the value of a cell of a dictionary stands.
fn resolved(array: &dyn Array, row: usize) -> Option<(&dyn Array, usize)> {
    let dictionary = array.as_any_dictionary_opt()?;
    let keys = dictionary.keys();
    let (key, _) = number(keys, row)?;
    Some((dictionary.values().as_ref(), key.parse().ok()?))
}

fn items(array: &dyn Array, row: usize) -> Option<arrow_array::ArrayRef> {
    Some(match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(row),
        DataType::LargeList(_) => array.as_list::<i64>().value(row),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(row),
        _ => return None,
    })
}

/// Appends a cell as JSON.
fn write_json(array: &dyn Array, row: usize, out: &mut String) -> Result<(), String> {
    if array.is_null(row) {
        out.push_str("null");
    } else if let Some((values, at)) = resolved(array, row) {
        return write_json(values, at, out);
    } else if let Some((text, _)) = number(array, row) {
        out.push_str(&text);
    } else if let Some(bytes) = bytes(array, row) {
        let text = std::str::from_utf8(bytes).map_err(|_| "holds bytes that are no UTF-8")?;
        out.push_str(&serde_json::to_string(text).map_err(|e| e.to_string())?);
    } else if let Some(items) = items(array, row) {
        out.push('[');
        for i in 0..items.len() {
            if i > 0 {
                out.push(',');
            }
            write_json(&items, i, out)?;
        }
        out.push(']');
    } else if let Some(fields) = array.as_struct_opt() {
        out.push('{');
        for (i, (name, column)) in fields.column_names().iter().zip(fields.columns()).enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let name = serde_json::to_string(name).map_err(|e| e.to_string())?;
            write!(out, "{comma}{name}:").map_err(|e| e.to_string())?;
            write_json(column, row, out)?;
        }
        out.push('}');
    } else if let Some(truth) = array.as_boolean_opt() {
        out.push_str(if truth.value(row) { "true" } else { "false" });
    } else {
        out.push_str("null");
    }
    Ok(())
}

/// A cell; what does not stand in the array itself is written to `text`.
pub fn cell(array: &dyn Array, row: usize, text: &mut String) -> Result<Value, String> {
    if array.is_null(row) || array.data_type() == &DataType::Null {
        return Ok(Value::new(NULL, b""));
    }
    if let Some(bytes) = bytes(array, row) {
        // Strings were checked when they were read.
        let is_text = !matches!(
            array.data_type(),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView
        ) || std::str::from_utf8(bytes).is_ok();
        return Ok(Value::new(if is_text { STRING } else { BYTES }, bytes));
    }
    if let Some((values, at)) = resolved(array, row) {
        return cell(values, at, text);
    }
    text.clear();
    if let Some((digits, whole)) = number(array, row) {
        text.push_str(&digits);
        return Ok(Value::new(if whole { INTEGER } else { REAL }, text.as_bytes()));
    }
    write_json(array, row, text)?;
    let kind = match array.data_type() {
        DataType::Boolean => BOOLEAN,
        DataType::Struct(_) => OBJECT,
        _ => ARRAY,
    };
    Ok(Value::new(kind, text.as_bytes()))
}
