//! Asking a program: an attachment on its standard input, its verdict in its exit code.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{Outcome, ScanError};

/// Scans one attachment. The program is killed when nobody waits for it any more; it gets no
/// environment but `PATH`, and what it prints is not read.
pub(super) async fn scan(words: &[String], content: &[u8]) -> Result<Outcome, ScanError> {
    let (program, arguments) = words.split_first().ok_or(ScanError::Unreachable)?;
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| ScanError::Unreachable)?;
    if let Some(mut input) = child.stdin.take() {
        // A program that has seen enough need not read to the end: its verdict counts.
        _ = input.write_all(content).await;
        _ = input.shutdown().await;
    }
    match child.wait().await.map(|status| status.code()) {
        Ok(Some(0)) => Ok(Outcome::Clean),
        Ok(Some(1)) => Ok(Outcome::Infected("something it does not name".to_owned())),
        _ => Err(ScanError::Refused),
    }
}
