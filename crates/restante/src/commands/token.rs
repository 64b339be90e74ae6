//! `restante token explain`: which part of a token is wrong.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use mesh::token_explanation::{Expected, TokenPart, explain};
use nhs::{Clock, MailboxId, SystemClock};
use settings::Secret;

use crate::error::Error;
use crate::output::{self, Format};

use super::password::PasswordArguments;

#[derive(Subcommand)]
pub enum Action {
    /// Hold a token against mailbox, password, shared key and clock, and say which part is wrong; nothing is sent
    #[command(
        after_help = "Example: restante token explain --mailbox X26ABC1 --shared-key-file shared.key 'NHSMESH X26ABC1:…'"
    )]
    Explain(Explain),
}

#[derive(Args)]
pub struct Explain {
    /// The value of the Authorization header, with the word NHSMESH
    pub token: String,
    /// The mailbox whose route is asked for
    #[arg(long, value_name = "ID")]
    pub mailbox: MailboxId,
    #[command(flatten)]
    pub password: PasswordArguments,
    /// The file whose first line is the environment's shared key
    #[arg(long, value_name = "FILE")]
    pub shared_key_file: PathBuf,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Explained {
    ok: bool,
    parts: Vec<Part>,
}

#[derive(serde::Serialize)]
struct Part {
    part: &'static str,
    ok: bool,
    expected: String,
    found: String,
    cure: String,
}

impl From<TokenPart> for Part {
    fn from(part: TokenPart) -> Self {
        Self {
            part: part.name,
            ok: part.is_right,
            expected: part.expected,
            found: part.found,
            cure: part.cure,
        }
    }
}

/// Exits 1 when a part is wrong.
pub fn run(action: Action) -> Result<ExitCode, Error> {
    let Action::Explain(args) = action;
    let file = args.shared_key_file.clone();
    let shared_key = Secret::File { file }.first_line()?;
    let password = args
        .password
        .known_password(&format!("mailbox {}", args.mailbox))?;
    let parts = explain(
        &args.token,
        &Expected {
            mailbox: &args.mailbox,
            password: &password,
            shared_key: &shared_key,
            now: SystemClock.now(),
        },
    );
    let explained = Explained {
        ok: parts.iter().all(|part| part.is_right),
        parts: parts.into_iter().map(Part::from).collect(),
    };
    print(&explained, args.format)?;
    Ok(if explained.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(explained: &Explained, format: Format) -> Result<(), Error> {
    output::print(format, explained, |out| {
        for part in &explained.parts {
            let Part {
                part: name,
                expected,
                found,
                cure,
                ..
            } = part;
            if part.ok {
                writeln!(out, "right  {name:<8} {found}")?;
                continue;
            }
            writeln!(out, "WRONG  {name:<8} expected {expected}")?;
            writeln!(out, "       {:<8} found {found}", "")?;
            writeln!(out, "       {:<8} {cure}", "")?;
        }
        if explained.ok {
            writeln!(
                out,
                "the token is right; a server takes it for one request only"
            )?;
        }
        Ok(())
    })
}
