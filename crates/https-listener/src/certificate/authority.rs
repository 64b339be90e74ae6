//! An authority in a directory: making it, issuing, revoking.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use durable::Access;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use zeroize::Zeroizing;

use super::files::Issued;
use super::record::{Record, Recorded, Serial};
use crate::ListenerError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AUTHORITY_DAYS: u32 = 3650;
/// The validity that NHS certificates for MESH clients have at most.
const LEAF_DAYS: u32 = 1095;
/// The longest file that is read: a revocation list grows by some forty bytes an entry.
const MAX_PEM_BYTES: u64 = 64 * 1024 * 1024;
/// Certificates are valid from an hour ago, for peers whose clocks are behind.
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);

/// Where an authority in a directory makes its private key, unless another place is named.
pub fn key_in(dir: &Path) -> PathBuf {
    dir.join("ca.key.pem")
}

/// A certificate authority kept in a directory: `ca.pem`, `ca.key.pem` (owner only), `crl.pem`, and `issued/`, the
/// record of its certificates. The key may lie elsewhere, and is read when it signs.
pub struct Authority {
    dir: PathBuf,
    key: PathBuf,
    certificate_pem: String,
}

impl Authority {
    /// Opens the authority in the directory, or makes one with an empty revocation list.
    ///
    /// # Errors
    ///
    /// As [`Authority::open_or_create_with`].
    pub fn open_or_create(dir: &Path, now: Timestamp) -> Result<Self, ListenerError> {
        Self::open_or_create_with(dir, &key_in(dir), now)
    }

    /// The same, with its private key in this file.
    ///
    /// # Errors
    ///
    /// [`ListenerError::NoAuthorityKey`] when there is an authority and its key is not in its place,
    /// [`ListenerError::File`] names a file that cannot be read or written,
    /// [`ListenerError::Certificate`] says that one does not hold what it should.
    pub fn open_or_create_with(
        dir: &Path,
        key: &Path,
        now: Timestamp,
    ) -> Result<Self, ListenerError> {
        if let Some(authority) = Self::open_with(dir, key, now)? {
            authority.issuer()?;
            return Ok(authority);
        }
        create(dir, key, now)?;
        let made = Self::open_with(dir, key, now)?;
        made.ok_or_else(|| ListenerError::Unreadable(dir.to_owned(), "an authority's directory"))
    }

    /// Opens the authority in the directory, if there is one.
    ///
    /// # Errors
    ///
    /// As [`Authority::open_with`].
    pub fn open(dir: &Path, now: Timestamp) -> Result<Option<Self>, ListenerError> {
        Self::open_with(dir, &key_in(dir), now)
    }

    /// The same, with its private key in this file, which is missed only when it has to sign.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`] and [`ListenerError::Unreadable`] name a file that cannot be read or written.
    pub fn open_with(
        dir: &Path,
        key: &Path,
        now: Timestamp,
    ) -> Result<Option<Self>, ListenerError> {
        let certificate = dir.join("ca.pem");
        if !certificate.exists() {
            return Ok(None);
        }
        let authority = Self {
            dir: dir.to_owned(),
            key: key.to_owned(),
            certificate_pem: read(&certificate)?,
        };
        if !authority.crl_path().exists() {
            authority.write_revocation_list(Vec::new(), now)?;
        }
        Ok(Some(authority))
    }

    /// What signs.
    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, ListenerError> {
        let key = KeyPair::from_pem(&read_key(&self.key)?)?;
        Ok(Issuer::from_ca_cert_pem(&self.certificate_pem, key)?)
    }

    /// What was issued, the oldest first. Certificates that 0.1 issued are not in the record.
    ///
    /// # Errors
    ///
    /// [`ListenerError::Directory`], [`ListenerError::File`] or [`ListenerError::Unreadable`] name a record that
    /// cannot be read.
    pub fn issued(&self) -> Result<Vec<Recorded>, ListenerError> {
        Record::beside(&self.dir).all()
    }

    /// The certificate with this serial number, if it is in the record.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`] or [`ListenerError::Unreadable`] name a record that cannot be read.
    pub fn find_issued(&self, serial: &Serial) -> Result<Option<Recorded>, ListenerError> {
        Record::beside(&self.dir).find(serial)
    }

    /// The serial numbers on the revocation list.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`] and [`ListenerError::Unreadable`] for a list that cannot be read.
    pub fn revoked_serials(&self) -> Result<Vec<Serial>, ListenerError> {
        let entries = self.revoked()?;
        let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let digits = entries
            .iter()
            .map(|entry| hexadecimal(entry.serial_number.to_bytes().as_slice()));
        digits
            .map(|digits: String| Serial::parse(&digits))
            .collect()
    }

    /// The authority's own certificate, for those who are to trust what it issued.
    pub fn ca_path(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// The revocation list, for [`crate::TlsConfig::revocation_lists`].
    pub fn crl_path(&self) -> PathBuf {
        self.dir.join("crl.pem")
    }

    /// Issues a server certificate for DNS names and IP addresses; the first is its common name.
    ///
    /// # Errors
    ///
    /// [`ListenerError::Certificate`] for a name that cannot stand in a certificate, [`ListenerError::Randomness`],
    /// or [`ListenerError::File`] when it cannot be recorded; there is no certificate then.
    pub fn issue_server(&self, names: &[String], now: Timestamp) -> Result<Issued, ListenerError> {
        let mut params = CertificateParams::new(names)?;
        if let Some(name) = names.first() {
            params
                .distinguished_name
                .push(DnType::CommonName, name.as_str());
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(params, now)
    }

    /// Issues a client certificate whose subject has this common name.
    ///
    /// # Errors
    ///
    /// As [`Authority::issue_server`].
    pub fn issue_client(&self, common_name: &str, now: Timestamp) -> Result<Issued, ListenerError> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params, now)
    }

    /// Puts a serial number on the revocation list. One that is on it already stays as it is.
    ///
    /// # Errors
    ///
    /// [`ListenerError::Unreadable`] and [`ListenerError::File`] for a list that cannot be read or written: it is
    /// then as before.
    pub fn revoke(&self, serial: &Serial, now: Timestamp) -> Result<(), ListenerError> {
        let serial = SerialNumber::from(serial.bytes());
        let mut revoked = self.revoked()?;
        if revoked.iter().all(|entry| entry.serial_number != serial) {
            revoked.push(RevokedCertParams {
                serial_number: serial,
                revocation_time: moment(now),
                reason_code: Some(RevocationReason::Unspecified),
                invalidity_date: None,
            });
        }
        self.write_revocation_list(revoked, now)
    }

    fn issue(
        &self,
        mut params: CertificateParams,
        now: Timestamp,
    ) -> Result<Issued, ListenerError> {
        let mut serial = [0u8; 16];
        SystemRandom::new()
            .fill(&mut serial)
            .map_err(|_| ListenerError::Randomness)?;
        // RFC 5280 §4.1.2.2: positive. A first byte of 0x40 to 0x7f also keeps the length fixed.
        let [first, ..] = &mut serial;
        *first = (*first & 0x7f) | 0x40;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        valid_for(&mut params, now, LEAF_DAYS);
        let key = KeyPair::generate()?;
        let certificate_pem = params.signed_by(&key, &self.issuer()?)?.pem();
        Ok(Issued {
            recorded: Record::beside(&self.dir).note(&certificate_pem)?,
            certificate_pem: format!("{certificate_pem}{}", self.certificate_pem),
            key_pem: SecretString::from(key.serialize_pem()),
        })
    }

    fn revoked(&self) -> Result<Vec<RevokedCertParams>, ListenerError> {
        let path = self.crl_path();
        let unreadable = || ListenerError::Unreadable(path.clone(), "a PEM revocation list");
        let text = read(&path)?;
        let (_, pem) =
            x509_parser::pem::parse_x509_pem(text.as_bytes()).map_err(|_| unreadable())?;
        let (_, list) =
            CertificateRevocationList::from_der(&pem.contents).map_err(|_| unreadable())?;
        Ok(list
            .iter_revoked_certificates()
            .map(|entry| RevokedCertParams {
                serial_number: SerialNumber::from(entry.serial().to_bytes_be()),
                revocation_time: entry.revocation_date.to_datetime(),
                reason_code: Some(RevocationReason::Unspecified),
                invalidity_date: None,
            })
            .collect())
    }

    fn write_revocation_list(
        &self,
        revoked_certs: Vec<RevokedCertParams>,
        now: Timestamp,
    ) -> Result<(), ListenerError> {
        let number = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let list = CertificateRevocationListParams {
            this_update: moment(now),
            next_update: moment(now) + DAY * AUTHORITY_DAYS,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&self.issuer()?)?;
        let list = list.pem()?;
        durable::replace(&self.crl_path(), list.as_bytes(), Access::EveryoneReads)?;
        Ok(())
    }
}

fn create(dir: &Path, key_file: &Path, now: Timestamp) -> Result<(), ListenerError> {
    durable::create_directory(dir, Access::EveryoneReads)?;
    if let Some(parent) = key_file.parent() {
        durable::create_directory(parent, Access::Owner)?;
    }
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Restante certificate authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut params, now, AUTHORITY_DAYS);
    let key = make_key(key_file)?;
    let certificate = params.self_signed(&key)?;
    let public = certificate.pem();
    durable::replace(
        &dir.join("ca.pem"),
        public.as_bytes(),
        Access::EveryoneReads,
    )?;
    Ok(())
}

/// A key that is there is taken, and never written over: a crash may have come before its certificate.
fn make_key(path: &Path) -> Result<KeyPair, ListenerError> {
    if path.exists() {
        return Ok(KeyPair::from_pem(&read_key(path)?)?);
    }
    let key = KeyPair::generate()?;
    let private = Zeroizing::new(key.serialize_pem());
    durable::write_new(path, private.as_bytes(), Access::Owner)?;
    Ok(key)
}

/// The authority's private key, which nobody but its owner can reach.
fn read_key(path: &Path) -> Result<Zeroizing<String>, ListenerError> {
    let contents = match durable::read_secret(path, MAX_PEM_BYTES) {
        Err(error) if error.is_missing() => {
            return Err(ListenerError::NoAuthorityKey(path.to_owned()));
        }
        read => read?.unexposed()?,
    };
    let text = std::str::from_utf8(&contents).map_err(|_| no_pem(path))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A public PEM file of the authority's own.
fn read(path: &Path) -> Result<String, ListenerError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_PEM_BYTES).read_to_string(&mut text))
        .map_err(|_| no_pem(path))?;
    Ok(text)
}

fn no_pem(path: &Path) -> ListenerError {
    ListenerError::Unreadable(path.to_owned(), "a PEM file")
}

fn valid_for(params: &mut CertificateParams, now: Timestamp, days: u32) {
    params.not_before = moment(now) - CLOCK_SKEW;
    params.not_after = moment(now) + DAY * days;
}

/// rcgen takes the `time` crate's moments and offers a way to name a day; the seconds are added.
fn moment(now: Timestamp) -> time::OffsetDateTime {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
}
