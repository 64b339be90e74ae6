//! Reading a record from JSON, with errors that carry no value of it.

use serde_json::Value;

use super::field::is_sentence;
use super::repair::{self, Step};
use super::{FieldError, Record};

/// Most fields that are named as wrong.
const MOST_WRONG: usize = 50;

/// Reads a record from JSON, UTF-8 or UTF-16 with or without a byte order mark. What the types cannot
/// tell is not checked yet.
///
/// # Errors
/// The path of each field that is not as documented; never its value.
pub fn read<T: Record>(json: &[u8]) -> Result<T, Vec<FieldError>> {
    let whole = |expected: String| {
        let path = ".".to_owned();
        vec![FieldError { path, expected }]
    };
    if let Some(found) = text_input::foreign(json) {
        return Err(whole(format!("JSON, found {found}")));
    }
    let text = text_input::decode(json).map_err(|error| whole(error.to_string()))?;
    let mut reader = serde_json::Deserializer::from_str(&text);
    let read: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    match read {
        Ok(record) => {
            reader.end().map_err(|error| whole(not_json(&error)))?;
            Ok(record)
        }
        Err(error) if error.inner().is_data() => {
            let first = field_error::<T>(error.path().to_string(), error.inner());
            Err(every_error::<T>(&text, first))
        }
        Err(error) => Err(whole(not_json(error.inner()))),
    }
}

fn not_json(error: &serde_json::Error) -> String {
    format!(
        "JSON, found something else at line {} column {}",
        error.line(),
        error.column()
    )
}

/// Every field that is wrong: each in turn is put right for the next to be found, and what the types
/// cannot tell is checked in what comes of it.
fn every_error<T: Record>(text: &str, first: FieldError) -> Vec<FieldError> {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return vec![first];
    };
    let mut wrong: Vec<FieldError> = Vec::new();
    while wrong.len() < MOST_WRONG {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(record) => {
                wrong.extend(record.wrong_fields());
                break;
            }
            Err(error) => error,
        };
        let told = field_error::<T>(error.path().to_string(), error.inner());
        let known = wrong.contains(&told);
        let steps: Vec<Step> = error.path().iter().filter_map(repair::step).collect();
        let problem = error.inner().to_string();
        let repaired = !known && repair::repair(&mut value, T::example(), &steps, &problem);
        if !known {
            wrong.push(told);
        }
        if !repaired {
            break;
        }
    }
    if wrong.is_empty() { vec![first] } else { wrong }
}

fn field_error<T: Record>(path: String, error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    // serde_json puts the place behind its words, and only when it read from a text.
    let text = match text.rfind(" at line ") {
        Some(place) => text.get(..place).unwrap_or(&text),
        None => &text,
    };
    let expected = if is_sentence(text) {
        text.to_owned()
    } else if text.starts_with("unknown field") {
        let known = text.rsplit_once("expected ").map_or("", |(_, known)| known);
        let known = known.strip_prefix("one of ").unwrap_or(known);
        let format = T::FORMAT;
        format!("is not a field of the {format} format; here are {known}")
    } else {
        form(text)
    };
    FieldError { path, expected }
}

/// What serde expected and the kind it found, without the value it quotes between the two.
fn form(text: &str) -> String {
    let expected = match text.rsplit_once(", expected ") {
        Some((_, "a sequence")) => "a list",
        Some((_, "a string")) => "a text",
        Some((_, "a map")) => "an object",
        Some((_, expected)) if expected.starts_with("struct ") => "an object",
        Some((_, expected)) => expected,
        None => "a value of the documented form",
    };
    let kind = text.strip_prefix("invalid type: ").unwrap_or_default();
    let kind = kind.split([' ', ',']).next().unwrap_or_default();
    let found = match kind {
        "null" => "null",
        "boolean" => "true or false",
        "integer" | "floating" => "a number",
        "string" => "a text",
        "sequence" => "a list",
        "map" => "an object",
        _ => "another",
    };
    format!("{expected}, found {found}")
}
