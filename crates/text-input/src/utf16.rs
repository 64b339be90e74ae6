//! UTF-16, with a mark or without.

use crate::{TextError, end_of};

/// Which byte of a pair comes first.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    Little,
    Big,
}

/// The byte order, and the bytes behind the mark; `None` when it is not UTF-16.
pub(crate) fn order(bytes: &[u8]) -> Option<(Order, &[u8])> {
    match bytes {
        [0xff, 0xfe, text @ ..] => Some((Order::Little, text)),
        [0xfe, 0xff, text @ ..] => Some((Order::Big, text)),
        // Without a mark: no text begins with a NUL, and what is read here begins with ASCII.
        [0, low, ..] if *low != 0 => Some((Order::Big, bytes)),
        [low, 0, ..] if *low != 0 => Some((Order::Little, bytes)),
        _ => None,
    }
}

pub(crate) fn decode(bytes: &[u8], order: Order) -> Result<String, TextError> {
    let unit = match order {
        Order::Little => u16::from_le_bytes,
        Order::Big => u16::from_be_bytes,
    };
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let broken = |text: &str| {
        let (line, column) = end_of(text);
        TextError::NotUtf16 { line, column }
    };
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(broken(&text)),
        }
    }
    if odd.is_empty() {
        Ok(text)
    } else {
        Err(broken(&text))
    }
}
