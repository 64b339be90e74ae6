//! The record of what an authority issued: one PEM file a certificate, `issued/<serial>.pem` beside the
//! authority. The certificate itself is the record, so that nothing can disagree with it.

use std::fmt;
use std::path::{Path, PathBuf};

use durable::{Access, OwnedBy, PlainFile};
use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use crate::ListenerError;

/// The longest file of the record, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// The longest serial number, in hexadecimal digits (RFC 5280 §4.1.2.2).
const MAX_DIGITS: usize = 40;

/// The serial number of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Serial(String);

impl Serial {
    /// Reads hexadecimal digits of any case, with or without colons and leading zeros.
    ///
    /// # Errors
    ///
    /// [`ListenerError::Serial`].
    pub fn parse(text: &str) -> Result<Self, ListenerError> {
        let digits = text.trim().replace(':', "").to_ascii_lowercase();
        let are_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !(1..=MAX_DIGITS).contains(&digits.len()) || !are_hexadecimal {
            return Err(ListenerError::Serial);
        }
        let digits = digits.trim_start_matches('0');
        Ok(Self(
            if digits.is_empty() { "0" } else { digits }.to_owned(),
        ))
    }

    /// Lower-case hexadecimal digits without leading zeros.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its bytes, the highest first.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let even = self.0.len().next_multiple_of(2);
        let padded = format!("{:0>even$}", self.0);
        let pairs = padded.as_bytes().chunks(2);
        pairs
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect()
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who shows a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A client.
    Client,
    /// A server.
    Server,
}

/// A certificate that an authority issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its serial number.
    pub serial: Serial,
    /// Who shows it.
    pub holder: Holder,
    /// The common name of its subject.
    pub subject: String,
    /// When its validity begins.
    pub not_before: Timestamp,
    /// When its validity ends.
    pub not_after: Timestamp,
}

impl Recorded {
    /// Reads a certificate, PEM.
    fn of_pem(pem: &[u8]) -> Option<Self> {
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).ok()?;
        let (_, certificate) = X509Certificate::from_der(&pem.contents).ok()?;
        let subject = certificate.subject().iter_common_name().next()?;
        let validity = certificate.validity();
        let is_server = certificate.extensions().iter().any(|extension| {
            matches!(extension.parsed_extension(), ParsedExtension::ExtendedKeyUsage(usage) if usage.server_auth)
        });
        Some(Self {
            serial: Serial::parse(&format!("{:x}", certificate.serial)).ok()?,
            holder: if is_server {
                Holder::Server
            } else {
                Holder::Client
            },
            subject: subject.as_str().ok()?.to_owned(),
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        })
    }
}

/// The directory of the record.
pub(super) struct Record(PathBuf);

impl Record {
    pub fn beside(authority: &Path) -> Self {
        Self(authority.join("issued"))
    }

    fn file(&self, serial: &Serial) -> PathBuf {
        self.0.join(format!("{serial}.pem"))
    }

    /// Notes a certificate, durably.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`], [`ListenerError::Unreadable`].
    pub fn note(&self, pem: &str) -> Result<Recorded, ListenerError> {
        let recorded = Recorded::of_pem(pem.as_bytes())
            .ok_or_else(|| ListenerError::Unreadable(self.0.clone(), "a certificate"))?;
        durable::create_directory(&self.0, Access::EveryoneReads)?;
        let path = self.file(&recorded.serial);
        durable::write_new(&path, pem.as_bytes(), Access::EveryoneReads)?;
        Ok(recorded)
    }

    /// The certificate of this serial number, if it is in the record.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`], [`ListenerError::Unreadable`].
    pub fn find(&self, serial: &Serial) -> Result<Option<Recorded>, ListenerError> {
        match read(&self.file(serial)) {
            Err(ListenerError::File(error)) if error.is_missing() => Ok(None),
            found => found.map(Some),
        }
    }

    /// All certificates, the oldest first.
    ///
    /// # Errors
    ///
    /// [`ListenerError::Directory`], [`ListenerError::File`], [`ListenerError::Unreadable`].
    pub fn all(&self) -> Result<Vec<Recorded>, ListenerError> {
        let failed = |error| ListenerError::Directory(self.0.clone(), error);
        let files = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files.map_err(failed)?,
        };
        let mut all = Vec::new();
        for file in files {
            let path = file.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                all.push(read(&path)?);
            }
        }
        all.sort_by(|one, other| {
            (one.not_before, &one.serial).cmp(&(other.not_before, &other.serial))
        });
        Ok(all)
    }
}

fn read(path: &Path) -> Result<Recorded, ListenerError> {
    let contents = PlainFile::open(path, &OwnedBy::Anyone)?.contents(MAX_BYTES)?;
    Recorded::of_pem(&contents)
        .ok_or_else(|| ListenerError::Unreadable(path.to_owned(), "the PEM of a certificate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_the_same_however_it_is_written() {
        for text in ["0a:1B", "a1b", "0A1B", " 000a1b "] {
            let serial = Serial::parse(text).unwrap();
            assert_eq!(serial.as_str(), "a1b", "{text}");
            assert_eq!(serial.bytes(), [0x0a, 0x1b]);
        }
        assert_eq!(Serial::parse("00").unwrap().bytes(), [0]);
        for text in ["", ":", "xyz", "-1", &"1".repeat(41)] {
            assert!(Serial::parse(text).is_err(), "{text}");
        }
    }
}
