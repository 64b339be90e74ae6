//! Which bytes of an HTTP/2 connection carry a request or an answer.
//!
//! A peer that answers pings, or sends any other frame of the connection's own housekeeping, keeps a
//! connection open for ever without asking for anything: that is no movement.

/// What a client sends before its first frame.
pub(crate) const PREFACE: usize = 24;

const HEADER: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

/// Follows the frames of one direction (RFC 9113, section 4.1).
pub(crate) struct Frames {
    skip: usize,
    header: [u8; HEADER],
    header_bytes: usize,
    payload: usize,
    carries: bool,
}

impl Frames {
    /// `preface`: bytes before the first frame.
    pub(crate) fn after(preface: usize) -> Self {
        Self {
            skip: preface,
            header: [0; HEADER],
            header_bytes: 0,
            payload: 0,
            carries: false,
        }
    }

    /// Takes the next bytes of the connection; true when some of them are the payload of a DATA,
    /// HEADERS or CONTINUATION frame.
    pub(crate) fn carry(&mut self, mut bytes: &[u8]) -> bool {
        let mut carried = false;
        bytes = skip(bytes, &mut self.skip);
        while let Some((first, rest)) = bytes.split_first() {
            if self.payload > 0 {
                carried |= self.carries;
                bytes = skip(bytes, &mut self.payload);
                continue;
            }
            if let Some(place) = self.header.get_mut(self.header_bytes) {
                *place = *first;
            }
            self.header_bytes += 1;
            bytes = rest;
            if self.header_bytes == HEADER {
                let [high, middle, low, kind, ..] = self.header;
                self.payload =
                    usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                self.carries = matches!(kind, DATA | HEADERS | CONTINUATION);
                self.header_bytes = 0;
            }
        }
        carried
    }
}

/// What follows `count` bytes; `count` is less by those skipped.
fn skip<'a>(bytes: &'a [u8], count: &mut usize) -> &'a [u8] {
    let now = (*count).min(bytes.len());
    *count -= now;
    bytes.get(now..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, 0, 0, 0, 0, 1]);
        frame.resize(HEADER + payload, 0);
        frame
    }

    #[test]
    fn settings_pings_window_updates_and_empty_data_carry_nothing() {
        let mut frames = Frames::after(PREFACE);
        assert!(!frames.carry(&[b'P'; PREFACE]));
        for (kind, payload) in [(4, 36), (6, 8), (8, 4), (DATA, 0), (3, 4), (7, 70_000)] {
            assert!(!frames.carry(&frame(kind, payload)), "{kind}");
        }
        assert!(frames.carry(&frame(HEADERS, 20)));
        assert!(frames.carry(&frame(DATA, 1)));
        assert!(!frames.carry(&frame(6, 8)));
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut(kinds in prop::collection::vec((0u8..10, 0usize..40), 0..20), cut in 1usize..30) {
            let mut bytes = vec![0; PREFACE];
            kinds.iter().for_each(|(kind, payload)| bytes.extend(frame(*kind, *payload)));
            let expected = kinds.iter().any(|(kind, payload)| matches!(kind, 0 | 1 | 9) && *payload > 0);
            let mut frames = Frames::after(PREFACE);
            let carried = bytes.chunks(cut).map(|piece| frames.carry(piece)).fold(false, |a, b| a | b);
            prop_assert_eq!(carried, expected);
        }
    }
}
