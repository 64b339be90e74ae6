//! `restante quarantine`: messages whose record or body was found damaged.

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

#[derive(Args)]
#[command(after_help = "Example: restante quarantine list --config server.toml")]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    /// How results are printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Subcommand)]
pub enum Action {
    /// List them, oldest first
    List,
}

#[derive(serde::Serialize)]
struct Row {
    place: i64,
    message: Option<String>,
    found_at: Timestamp,
    code: String,
}

pub async fn run(args: Arguments) -> Result<(), Error> {
    let Action::List = args.action;
    let place = args.target.place()?;
    let damaged = place.store.quarantined(&place.data).await?;
    let rows: Vec<Row> = damaged
        .into_iter()
        .map(|damaged| Row {
            place: damaged.seq,
            message: damaged.id.map(|id| id.to_string()),
            found_at: damaged.at,
            code: damaged.reason,
        })
        .collect();
    output::print(args.format, &rows, |out| {
        for row in &rows {
            let message = row.message.as_deref().unwrap_or("(id unreadable)");
            writeln!(out, "{:>10} {:<27} {message}", row.place, row.found_at)?;
        }
        Ok(())
    })
}
