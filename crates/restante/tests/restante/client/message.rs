//! An HTTP/1.1 message as the bytes that stand for it.

use tokio::io::{AsyncRead, AsyncReadExt};

pub struct Message {
    pub bytes: Vec<u8>,
    /// The length of the head, its empty line included.
    pub head: usize,
}

impl Message {
    /// Reads the next message; `None` when the connection ends before it is whole. `rest` keeps what
    /// came after it.
    pub async fn read<S>(stream: &mut S, rest: &mut Vec<u8>) -> Option<Self>
    where
        S: AsyncRead + Unpin,
    {
        loop {
            if let Some((head, end)) = end_of(rest) {
                let bytes = rest.drain(..end).collect();
                return Some(Self { bytes, head });
            }
            if stream.read_buf(rest).await.ok()? == 0 {
                return None;
            }
        }
    }

    pub fn first_line(&self) -> String {
        let head = String::from_utf8_lossy(&self.bytes[..self.head]);
        head.lines().next().unwrap_or_default().to_owned()
    }
}

/// The ends of head and body, once both are there.
fn end_of(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = find(bytes, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let length = if header("transfer-encoding:").is_some() {
        chunked_length(&bytes[head..])?
    } else {
        header("content-length:").map_or(0, |length| length.trim().parse().unwrap())
    };
    (bytes.len() >= head + length).then_some((head, head + length))
}

/// The length of a body in transfer chunks without trailers.
fn chunked_length(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = find(&body[at..], b"\r\n")?;
        let size = String::from_utf8_lossy(&body[at..at + line]).into_owned();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        at += line + 2 + size + 2;
        if body.len() < at {
            return None;
        }
        if size == 0 {
            return Some(at);
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
