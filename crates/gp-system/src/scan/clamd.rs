//! Asking clamd: `INSTREAM` sends the content over the socket in pieces, each with its length in four
//! bytes before it (big-endian), and ends with a length of zero; the answer is one line.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::config::Address;
use super::{Outcome, ScanError, plain_name};

/// Bytes sent in one piece.
const PIECE: usize = 64 * 1024;
/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: u64 = 4 * 1024;

/// Scans one attachment.
pub(super) async fn scan(address: &Address, content: &[u8]) -> Result<Outcome, ScanError> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => match UnixStream::connect(path).await {
            Ok(stream) => talk(stream, content).await,
            Err(_) => Err(ScanError::Unreachable),
        },
        #[cfg(not(unix))]
        Address::Unix(_) => Err(ScanError::Unreachable),
        Address::Tcp(address) => match TcpStream::connect(address).await {
            Ok(stream) => talk(stream, content).await,
            Err(_) => Err(ScanError::Unreachable),
        },
    }
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    content: &[u8],
) -> Result<Outcome, ScanError> {
    // clamd says why before it hangs up on what it does not want to hear to its end.
    let sent = send(&mut stream, content).await;
    let mut answer = Vec::new();
    let read = stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() && (sent.is_err() || read.is_err()) {
        return Err(ScanError::Unreachable);
    }
    meaning(&String::from_utf8_lossy(&answer))
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), content: &[u8]) -> std::io::Result<()> {
    stream.write_all(b"zINSTREAM\0").await?;
    for piece in content.chunks(PIECE) {
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        stream.write_all(&length.to_be_bytes()).await?;
        stream.write_all(piece).await?;
    }
    stream.write_all(&0u32.to_be_bytes()).await?;
    stream.flush().await
}

/// `stream: OK`, `stream: Eicar-Test-Signature FOUND`, or an error.
fn meaning(answer: &str) -> Result<Outcome, ScanError> {
    let answer = answer.trim_end_matches(['\0', '\n', '\r']);
    let said = answer.strip_prefix("stream: ");
    if said == Some("OK") {
        return Ok(Outcome::Clean);
    }
    if let Some(name) = said.and_then(|said| said.strip_suffix(" FOUND")) {
        return Ok(Outcome::Infected(plain_name(name)));
    }
    Err(if answer.contains("size limit exceeded") {
        ScanError::TooLarge
    } else {
        ScanError::Refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_yes_is_clean() {
        assert_eq!(meaning("stream: OK\0"), Ok(Outcome::Clean));
        let found = Outcome::Infected("Eicar-Test-Signature".to_owned());
        assert_eq!(meaning("stream: Eicar-Test-Signature FOUND\0"), Ok(found));
        let masked = Outcome::Infected("abc".to_owned());
        assert_eq!(meaning("stream: a\u{202e}b\nc FOUND"), Ok(masked));
        let refused = [
            "",
            "OK",
            "stream: OK FOUND OK",
            "stream: OKAY",
            "stream: Heuristics ERROR",
            "UNKNOWN COMMAND",
        ];
        for answer in refused {
            assert_eq!(meaning(answer), Err(ScanError::Refused), "{answer}");
        }
        let large = "INSTREAM size limit exceeded. ERROR\0";
        assert_eq!(meaning(large), Err(ScanError::TooLarge));
    }
}
