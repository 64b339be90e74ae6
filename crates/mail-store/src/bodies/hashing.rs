//! The SHA-256 of a body, made by another thread while more of it arrives.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::StoreError;

/// How many bytes are hashed at once; as many more may wait.
const PIECE: usize = 512 * 1024;

#[derive(Default)]
pub(crate) struct Hashing {
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
    under_way: Option<JoinHandle<Sha256>>,
}

impl Hashing {
    pub(crate) async fn update(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.waiting_bytes += bytes.len();
        self.waiting.push(bytes);
        if self.waiting_bytes >= PIECE {
            self.begin_waiting().await?;
        }
        Ok(())
    }

    /// Hashes what waits without waiting for more.
    pub(crate) async fn begin_waiting(&mut self) -> Result<(), StoreError> {
        let mut hash = self.so_far().await?;
        let pieces = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        self.under_way = Some(spawn_blocking(move || {
            pieces.iter().for_each(|piece| hash.update(piece));
            hash
        }));
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<[u8; 32], StoreError> {
        let mut hash = self.so_far().await?;
        self.waiting.iter().for_each(|piece| hash.update(piece));
        Ok(hash.finalize().into())
    }

    async fn so_far(&mut self) -> Result<Sha256, StoreError> {
        match self.under_way.take() {
            None => Ok(Sha256::new()),
            Some(hash) => hash.await.map_err(|_| StoreError::Closing),
        }
    }
}
