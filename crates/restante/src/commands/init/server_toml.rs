//! The `server.toml` of a new exchange.

use std::path::Path;

use crate::new_directory::{quoted, quoted_path};

use super::Exchange;

/// Where the console listens: this machine only, since it has no TLS.
pub const CONSOLE: &str = "127.0.0.1:8782";

/// The configuration, with what may be changed as comments.
pub fn text(dir: &Path, data: &Path, args: &Exchange) -> String {
    let certificates = data.join("certificates");
    let tls = dir.join("tls");
    format!(
        r#"# The exchange of {name}, made by `restante init exchange`. All keys are in docs/reference/configuration.md; each can be
# set in the environment, such as RESTANTE_SERVER__LISTENER__LISTEN.

# Messages, mailboxes, registry of patients, certificates: what to back up (restante backup).
data = {data}
# One line, the same at every client.
shared_key = {{ file = {shared_key} }}

# Metrics and health for operators; this machine only.
# operations = "127.0.0.1:9100"

# The MESH API. Practices reach it as https://{name}:{port}.
[listener]
listen = {listen}

[listener.tls]
certificate = {certificate}
key = {key}
# Clients need a certificate of this authority: restante certificate issue.
client_ca = {client_ca}
revocation_lists = [{crl}]

# The operator's pages: who may sign in is said by restante user.
[console]
listen = "{CONSOLE}"
"#,
        name = args.name,
        port = args.listen.port(),
        data = quoted_path(data),
        shared_key = quoted_path(&dir.join("shared.key")),
        listen = quoted(&args.listen.to_string()),
        certificate = quoted_path(&tls.join("server.pem")),
        key = quoted_path(&tls.join("server.key.pem")),
        client_ca = quoted_path(&certificates.join("ca.pem")),
        crl = quoted_path(&certificates.join("crl.pem")),
    )
}
