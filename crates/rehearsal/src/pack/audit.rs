//! `audit.jsonl`: a line an event, each with the hash of it and of the line before, so that none can be changed, taken
//! out or put in without the last hash telling.

use serde_json::{Value, json};

use super::hash;
use crate::RehearsalError;

/// What the first line follows.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The lines, and the hash of the last. The hash of a line is the SHA-256 of the hash before it, a line feed, and the
/// line's `event` as it stands in the file.
///
/// # Errors
///
/// Never but for want of memory.
pub fn chained(events: &[Value]) -> Result<(Vec<u8>, String), RehearsalError> {
    let failed = |source: serde_json::Error| RehearsalError::Form {
        name: "audit.jsonl".to_owned(),
        source: source.into(),
    };
    let (mut lines, mut last) = (Vec::new(), BEGINNING.to_owned());
    for event in events {
        let text = serde_json::to_string(event).map_err(failed)?;
        let own = hash(format!("{last}\n{text}").as_bytes());
        let before = json!(last);
        lines.extend(
            format!("{{\"event\":{text},\"before\":{before},\"hash\":\"{own}\"}}\n").into_bytes(),
        );
        last = own;
    }
    Ok((lines, last))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_line_holds_the_hash_of_the_one_before() {
        let (lines, head) = chained(&[json!({"a": 1}), json!({"b": 2})]).unwrap();
        let text = String::from_utf8(lines).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect();
        let [first, second] = lines.as_slice() else {
            unreachable!()
        };
        assert_eq!(first["before"], BEGINNING);
        assert_eq!(second["before"], first["hash"]);
        assert_eq!(second["hash"], head);
        assert_eq!(
            head,
            hash(format!("{}\n{}", first["hash"].as_str().unwrap(), r#"{"b":2}"#).as_bytes())
        );
    }
}
