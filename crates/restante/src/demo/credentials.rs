//! What goes on working when the demo is started again in the same directory: kept in `DIR/connect/connect.env`, which its
//! owner alone can read.

use std::path::Path;

use secrecy::SecretString;

use crate::error::Error;
use crate::wiring;

/// The longest `connect.env` that is read, in bytes.
const LONGEST: u64 = 64 * 1024;
/// The shortest password that is taken over, in characters.
const SHORTEST: usize = 12;

/// Passwords and the shared key of those who look on. The practices' own are made at each start.
pub struct Credentials {
    pub shared_key: SecretString,
    /// Of the visitor's mailbox.
    pub mailbox_password: SecretString,
    /// Of the pages.
    pub pages_password: SecretString,
}

impl Credentials {
    /// Those of the demo's last run in the directory; new ones where there are none.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be read, or everyone could have written it.
    pub fn kept_or_new(connect_env: &Path) -> Result<Self, Error> {
        let text = if connect_env.exists() {
            let bytes = settings::read_secret(connect_env, LONGEST)?;
            SecretString::from(String::from_utf8_lossy(&bytes).into_owned())
        } else {
            SecretString::default()
        };
        let of = |name| kept(&text, name).unwrap_or_else(wiring::secret);
        Ok(Self {
            shared_key: of("MESH_SHARED_KEY"),
            mailbox_password: of("MESH_PASSWORD"),
            pages_password: of("PAGES_PASSWORD"),
        })
    }
}

/// The value of a line `NAME='value'`; `None` for one that is none of ours.
fn kept(text: &SecretString, name: &str) -> Option<SecretString> {
    use secrecy::ExposeSecret;
    let lines = text.expose_secret().lines();
    let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let value = values.next()?.trim().trim_matches('\'');
    let is_plain = value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\'');
    (value.len() >= SHORTEST && is_plain).then(|| value.to_owned().into())
}
