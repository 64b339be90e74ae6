//! `restante message`: build, check and show Send Document messages.

mod build;
mod check;
mod profile;
mod show;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::Error;

#[derive(Subcommand)]
pub enum Action {
    /// Check messages against the ITK3 and Send Document rules
    #[command(after_help = "Example: restante message check letter.xml --control letter.ctl")]
    Check(check::Arguments),
    /// Turn a consultation or any document into a .dat and .ctl pair
    #[command(
        after_help = "Example: restante message build --consultation consultation.json --out OUT"
    )]
    Build(build::Arguments),
    /// Say what is in a message, or take an attachment out of it
    #[command(after_help = "Example: restante message show letter.dat --attachment 1 --out a.pdf")]
    Show(show::Arguments),
}

pub fn run(args: Action) -> Result<ExitCode, Error> {
    match args {
        Action::Build(args) => build::run(&args).map(|()| ExitCode::SUCCESS),
        Action::Check(args) => check::run(&args),
        Action::Show(args) => show::run(&args).map(|()| ExitCode::SUCCESS),
    }
}
