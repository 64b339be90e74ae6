//! Whether two ids name the same message.

use crate::names::URN_UUID;

/// Whether two ids name the same message: `urn:uuid:` stripped, case and surrounding blanks
/// ignored. Acknowledgements name the request's `MessageHeader.id`, and senders write it in all of
/// these ways. Two empty ids name nothing.
pub fn same_id(left: &str, right: &str) -> bool {
    let (left, right) = (bare(left), bare(right));
    !left.is_empty() && left.eq_ignore_ascii_case(right)
}

fn bare(id: &str) -> &str {
    let id = id.trim();
    match id.get(..URN_UUID.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(URN_UUID) => {
            id.get(URN_UUID.len()..).unwrap_or_default()
        }
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_id_are_the_same_id() {
        let id = "efaf5984-3473-48a7-ae41-bbbb7314fbde";
        for spelling in [
            "efaf5984-3473-48a7-ae41-bbbb7314fbde",
            " EFAF5984-3473-48A7-AE41-BBBB7314FBDE ",
            "urn:uuid:efaf5984-3473-48a7-ae41-bbbb7314fbde",
            "URN:UUID:EFAF5984-3473-48A7-AE41-BBBB7314FBDE",
        ] {
            assert!(same_id(id, spelling), "{spelling}");
            assert!(same_id(spelling, id), "{spelling}");
        }
    }

    #[test]
    fn other_ids_and_nothing_are_not() {
        assert!(!same_id("a", "b"));
        assert!(!same_id("", ""));
        assert!(!same_id("urn:uuid:", "urn:uuid:"));
        assert!(!same_id("ä", "urn:uuid:ä€"));
    }
}
