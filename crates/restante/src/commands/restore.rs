//! `restante restore`: a backup into an empty database and an empty bucket.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::backup::{self, Lacking};
use crate::config;
use crate::error::Error;
use crate::output::Format;

const MISSING: Lacking = Lacking {
    name: "missing",
    words: "missing: certificates/ca.key.pem, the authority's private key, which the backup left out; servers run \
            without it. Put it into its place before a certificate is issued or revoked",
};

#[derive(Args)]
#[command(after_help = "Example: restante restore --config server.toml --from /backup/2026-11-22")]
pub struct Arguments {
    /// The configuration that names the database and the bucket
    #[arg(long, value_name = "server.toml")]
    pub config: PathBuf,
    /// A backup of a server with [store.postgresql]
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let place = config::server(&args.config)?.place();
    let beside = backup::beside(&place);
    let beside: Vec<_> = beside
        .iter()
        .map(|(path, name)| (*name, path.as_path()))
        .collect();
    let restored = place.store.restore(&args.from, &beside).await?;
    let has = |name: &str| args.from.join(name).exists();
    let lacks_key =
        has("certificates/ca.pem") && !has(backup::AUTHORITY_KEY) && !place.authority_key.exists();
    let missing = lacks_key.then_some(MISSING);
    backup::print(&restored, ("from", &args.from), missing, args.format)
}
