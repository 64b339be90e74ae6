//! The request that the running task serves, for whoever is notified of events while it is served.

use std::future::Future;

use http::HeaderMap;
use jiff::Timestamp;

tokio::task_local! {
    static CURRENT: CurrentRequest;
}

/// What is known of a request beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentRequest {
    /// When its headers were read.
    pub begun: Timestamp,
    /// The span of the caller it belongs to, when the caller said so.
    pub trace_parent: Option<TraceParent>,
}

impl CurrentRequest {
    /// The request that this task serves; `None` outside of one.
    pub fn get() -> Option<Self> {
        CURRENT.try_with(|current| *current).ok()
    }

    /// The request as its headers have it.
    pub fn new(headers: &HeaderMap, begun: Timestamp) -> Self {
        let trace_parent = headers
            .get("traceparent")
            .and_then(|value| TraceParent::parse(value.to_str().ok()?));
        Self {
            begun,
            trace_parent,
        }
    }

    /// Runs `serving` with this as the task's current request.
    pub async fn around<F: Future>(self, serving: F) -> F::Output {
        CURRENT.scope(self, serving).await
    }
}

/// A span of another system: the header `traceparent` of W3C Trace Context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// Not all zeros.
    pub trace_id: [u8; 16],
    /// Not all zeros.
    pub span_id: [u8; 8],
    /// Whether the caller recorded it.
    pub sampled: bool,
}

impl TraceParent {
    /// Reads `00-{32 hex}-{16 hex}-{2 hex}`, lower case, and later versions that begin like it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let [version] = bytes(parts.next()?)?;
        let trace_id: [u8; 16] = bytes(parts.next()?)?;
        let span_id: [u8; 8] = bytes(parts.next()?)?;
        let [flags] = bytes(parts.next()?)?;
        let well_formed = match version {
            0 => parts.next().is_none(),
            other => other != 0xff,
        };
        (well_formed && trace_id != [0; 16] && span_id != [0; 8]).then_some(Self {
            trace_id,
            span_id,
            sampled: flags & 1 == 1,
        })
    }
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    if hex.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut read = [0; N];
    for (to, pair) in read.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(*high)? << 4 | digit(*low)?;
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_parent_is_read_as_w3c_writes_it() {
        let read = TraceParent::parse(SPAN).unwrap();
        assert_eq!((read.trace_id[0], read.trace_id[15]), (0x4b, 0x36));
        assert_eq!((read.span_id[1], read.span_id[7]), (0xf0, 0xb7));
        assert!(read.sampled);
        let later = SPAN.replacen("00", "01", 1);
        assert!(TraceParent::parse(&format!("{later}-more")).is_some());
        for wrong in [
            "",
            "00",
            &SPAN.to_ascii_uppercase(),
            &SPAN.replacen("00", "ff", 1),
            &format!("{SPAN}-more"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_request_is_current_while_it_is_served_only() {
        let request = CurrentRequest {
            begun: Timestamp::UNIX_EPOCH,
            trace_parent: TraceParent::parse(SPAN),
        };
        let seen = request.around(async { CurrentRequest::get() }).await;
        assert_eq!(seen, Some(request));
        assert_eq!(CurrentRequest::get(), None);
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_not(text in "\\PC{0,60}", near in "[0-9a-f]{2}-[0-9a-fg]{32}-[0-9a-f]{16}-[0-9a-f]{1,3}") {
            let _ = TraceParent::parse(&text);
            let _ = TraceParent::parse(&near);
        }
    }
}
