//! Settings: a TOML file, overridden key by key by environment variables, into a type that implements
//! [`serde::Deserialize`]. Which settings there are is no concern of this crate.
//!
//! ```
//! use serde::Deserialize;
//! use settings::{Kind, Secret, Settings};
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Server {
//!     listen: std::net::SocketAddr,
//!     shared_key: Secret,
//! }
//!
//! const SERVER: Kind = Kind {
//!     name: "server.toml",
//!     given_to: "example server",
//!     prefix: "EXAMPLE_SERVER__",
//!     keys: &["listen", "shared_key"],
//!     lists: &[],
//! };
//!
//! let text = "listen = '127.0.0.1:8700'\nshared_key = { file = 'shared.key' }\n";
//! let variables = [("EXAMPLE_SERVER__LISTEN".to_owned(), "127.0.0.1:8701".to_owned())];
//! let mut settings = Settings::parse("server.toml".as_ref(), text)?;
//! settings.set_variables(&SERVER, variables)?;
//! let server: Server = settings.into_checked(&SERVER, &[])?;
//! assert_eq!(server.listen.port(), 8701);
//! assert_eq!(server.shared_key.source(), "file shared.key");
//! # Ok::<(), settings::SettingsError>(())
//! ```
//!
//! - **Variables** are named `PREFIX` and the keys on the way, parted by two underscores. Their text is
//!   read as what the setting wants: a text setting takes it as it is (or, in double quotes, as in TOML), numbers,
//!   `true`, `false`, lists and tables are written as in TOML.
//! - **Secrets** are [`Secret`]s: a text, `{ file = "…" }` or `{ env = "…" }`. Each secret
//!   `key` can be written `key_file = "…"` too.
//! - **Files of secrets**, and files of settings in which a secret stands, are refused when everyone can write or
//!   replace them; when others can read them, a warning is logged.
//! - **Errors** name file, line and column, or the variable; for an unknown key the likely one and all
//!   known ones. No error and no `Debug` shows the value of a text, which may be a secret.
//! - **Files** may begin with a byte order mark and be UTF-8 or UTF-16; at most [`MAX_BYTES`].

mod address;
mod environment;
mod error;
mod file;
mod kind;
mod listen;
mod network;
mod secret;
mod settings;
mod structure;
mod tree;
mod typed;

pub use address::{is_loopback, is_sent_in_clear, is_this_machine};
pub use error::{Place, Problem, SettingsError};
pub use file::{MAX_BYTES, TextFile, read_text};
pub use kind::Kind;
pub use listen::{AddressError, listen_address, listen_setting, optional_listen_setting};
pub use network::{Network, nearest_address, subscriber};
pub use secret::{Secret, read_secret};
pub use settings::{Settings, process_variables};
pub use tree::{List, Table, Value};
