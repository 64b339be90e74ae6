//! SNOMED CT identifiers, which dm+d shares: their form and check digit.

/// The permutation of Verhoeff's scheme, applied once more for each place from the right.
const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Whether a code has the form of a SNOMED CT identifier: 6 to 18 digits, the first not 0, the last the
/// check digit by Verhoeff's scheme. Whether a terminology has it is not known here.
pub fn is_sctid(code: &str) -> bool {
    let digits = code.as_bytes();
    let is_formed = (6..=18).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && digits.first() != Some(&b'0');
    let sum = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |sum, (place, byte)| {
            multiplied(sum, permuted(byte.wrapping_sub(b'0') % 10, place))
        });
    is_formed && sum == 0
}

/// The digit permuted as often as the place says; the permutation has a period of 8.
fn permuted(digit: u8, place: usize) -> u8 {
    (0..place % 8).fold(digit, |digit, _| {
        PERMUTATION.get(usize::from(digit)).copied().unwrap_or(0)
    })
}

/// The product in the group of the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 reflect it.
fn multiplied(left: u8, right: u8) -> u8 {
    let (turn, other) = (left % 5, right % 5);
    match (left < 5, right < 5) {
        (true, true) => (turn + other) % 5,
        (true, false) => (turn + other) % 5 + 5,
        (false, true) => (turn + 5 - other) % 5 + 5,
        (false, false) => (turn + 5 - other) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_use_pass_and_every_changed_digit_fails() {
        for code in [
            "1577041000000109",
            "77386006",
            "163020007",
            "1091811000000102",
            "2181371000000107",
        ] {
            assert!(is_sctid(code), "{code}");
            for place in 0..code.len() {
                for digit in b'0'..=b'9' {
                    let mut changed = code.as_bytes().to_vec();
                    changed[place] = digit;
                    let changed = String::from_utf8(changed).unwrap();
                    assert_eq!(is_sctid(&changed), changed == code, "{changed}");
                }
            }
        }
    }

    #[test]
    fn neighbours_that_changed_places_fail() {
        assert!(!is_sctid("77836006"));
        assert!(!is_sctid("1091811000000100"));
    }

    #[test]
    fn what_is_no_identifier_is_none() {
        for code in [
            "",
            "0",
            "12345",
            "077386006",
            "7738600６",
            "77386006 ",
            "1234567890123456789",
        ] {
            assert!(!is_sctid(code), "{code}");
        }
    }
}
