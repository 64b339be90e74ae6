//! The least that makes a job durable: its bytes at the end of a file, and one `fdatasync` a batch.
//! Nothing reads it back.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use durable::{Access, create_directory, create_new, sync_directory};

use crate::StoreError;
use crate::contract::{Body, Details, Job, NewMessage, Op};

/// A file that is only appended to. Each job is a frame: its length, the CRC-32 of its bytes, its bytes.
pub(super) struct RawLog {
    path: PathBuf,
    file: File,
    batch: Vec<u8>,
    job: Vec<u8>,
}

impl RawLog {
    /// The log must not exist.
    pub(super) fn create(directory: &Path) -> Result<Self, StoreError> {
        create_directory(directory, Access::Owner)?;
        let path = directory.join("jobs.log");
        let file = create_new(&path, Access::Owner)?;
        sync_directory(directory)?;
        Ok(Self {
            path,
            file,
            batch: Vec::new(),
            job: Vec::new(),
        })
    }

    /// Returns once the jobs are durable.
    pub(super) fn append(&mut self, jobs: &[Job]) -> Result<(), StoreError> {
        self.batch.clear();
        for job in jobs {
            self.job.clear();
            for op in job {
                write_op(&mut self.job, op);
            }
            let check = crc32fast::hash(&self.job);
            write_number(&mut self.batch, self.job.len() as u64);
            self.batch.extend_from_slice(&check.to_le_bytes());
            self.batch.extend_from_slice(&self.job);
        }
        self.file
            .write_all(&self.batch)
            .and_then(|()| self.file.sync_data())
            .map_err(StoreError::file(&self.path))
    }
}

/// What a send is made of, in full; of other operations what `Debug` shows.
fn write_op(to: &mut Vec<u8>, op: &Op) {
    match op {
        Op::UseToken { token, forget_at } => {
            write_field(to, token);
            write_number(to, forget_at.as_microsecond().cast_unsigned());
        }
        Op::Accept { message, .. } => write_message(to, message),
        Op::Chunk {
            message,
            number,
            body,
            ..
        } => {
            write_field(to, message.as_str().as_bytes());
            write_number(to, u64::from(*number));
            write_body(to, body);
        }
        other => write_field(to, format!("{other:?}").as_bytes()),
    }
}

fn write_message(to: &mut Vec<u8>, message: &NewMessage) {
    write_field(to, message.id.as_str().as_bytes());
    for mailbox in [&message.sender, &message.recipient] {
        let text = mailbox.as_ref().map_or("", |mailbox| mailbox.as_str());
        write_field(to, text.as_bytes());
    }
    write_field(to, message.workflow.as_str().as_bytes());
    write_number(to, message.sent_at.as_microsecond().cast_unsigned());
    write_number(to, u64::from(message.total_chunks));
    write_details(to, &message.details);
    if let Some(body) = &message.body {
        write_body(to, body);
    }
}

fn write_details(to: &mut Vec<u8>, details: &Details) {
    for field in [
        &details.local_id,
        &details.subject,
        &details.file_name,
        &details.partner_id,
        &details.checksum,
        &details.content_type,
    ] {
        write_field(to, field.as_deref().unwrap_or_default());
    }
    for flag in [details.gzip, details.compressed, details.encrypted] {
        to.push(u8::from(flag));
    }
}

fn write_body(to: &mut Vec<u8>, body: &Body) {
    match body {
        Body::Inline(bytes) => write_field(to, bytes),
        Body::Object { key, sha256, .. } => {
            write_field(to, key.as_bytes());
            write_field(to, sha256);
        }
    }
}

fn write_field(to: &mut Vec<u8>, bytes: &[u8]) {
    write_number(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn write_number(to: &mut Vec<u8>, number: u64) {
    to.extend_from_slice(&number.to_le_bytes());
}
