//! A body's file in pieces: while one is on its way to whoever asked, the next is read and hashed by
//! another thread. No thread waits for a slow reader.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use sha2::{Digest, Sha256};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::StoreError;

/// Bytes of a piece; two are in memory.
const PIECE: usize = 256 * 1024;

/// A file that is being read.
pub(crate) struct Reading {
    file: File,
    path: PathBuf,
    hash: Sha256,
    left: u64,
    sha256: [u8; 32],
}

type Ahead = JoinHandle<Result<(Bytes, Option<Reading>), StoreError>>;

impl Reading {
    /// Of `length` bytes with this SHA-256.
    pub(crate) fn new(file: File, path: PathBuf, length: u64, sha256: [u8; 32]) -> Self {
        Self {
            file,
            path,
            hash: Sha256::new(),
            left: length,
            sha256,
        }
    }

    /// The bytes; [`StoreError::DamagedBody`] instead of the last of them when they are not the ones
    /// that were written.
    pub(crate) fn pieces(self) -> BoxStream<'static, Result<Bytes, StoreError>> {
        try_unfold(Some(self.begin()), |ahead| async move {
            let Some(ahead) = ahead else { return Ok(None) };
            let (piece, rest) = ahead.await.map_err(|_| StoreError::Closing)??;
            Ok(Some((piece, rest.map(Self::begin))))
        })
        .boxed()
    }

    fn begin(self) -> Ahead {
        spawn_blocking(move || self.next())
    }

    fn next(mut self) -> Result<(Bytes, Option<Self>), StoreError> {
        let length = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; length];
        match self.file.read_exact(&mut piece) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(StoreError::DamagedBody);
            }
            read => read.map_err(StoreError::file(&self.path))?,
        }
        self.hash.update(&piece);
        self.left -= length as u64;
        if self.left > 0 {
            return Ok((piece.into(), Some(self)));
        }
        if <[u8; 32]>::from(self.hash.finalize()) != self.sha256 {
            return Err(StoreError::DamagedBody);
        }
        Ok((piece.into(), None))
    }
}
