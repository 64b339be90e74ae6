//! What parts of the product cost: each command measures one and prints it. The scripts
//! `measure-store` and `measure-routing` put several together.
//!
//! Figures mean something in an optimised build on an idle machine only:
//! `cargo run --release -p measuring -- growth`.

mod documents;
mod fhir_rate;
mod fill_inbox;
mod growth;
mod nation;
mod one_inbox;
mod pages;
mod payloads;
mod registry;
mod routing;
#[path = "../../../crates/mail-store/tests/support/s3.rs"]
mod s3;
mod s3_server;
#[cfg(feature = "stores-for-comparison")]
mod server;
mod waiting;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Measures what parts of the product cost.
#[derive(Parser)]
enum Command {
    /// Building, checking and reading a Send Document message, small and large
    Documents {
        /// Where to write the message with the 5 MB attachment, for other readers to be measured on
        file: Option<PathBuf>,
    },
    /// Reading, checking and writing FHIR with a 5 MB attachment
    Fhir,
    /// The embedded store as it grows: sends, lists, reads, acknowledging, deleting, opening again
    Growth {
        /// Messages stored at last
        #[arg(default_value_t = 1_000_000)]
        messages: u64,
        /// Fills this directory and dies, as when it is killed: the command calls itself so
        #[arg(long, hide = true)]
        fill: Option<PathBuf>,
    },
    /// Fills the inbox of X26ABC2, a mailbox of `restante server --sandbox`, and lists it at the store; prints JSON
    FillInbox {
        /// The store's
        directory: PathBuf,
        /// Messages of 1 KB
        messages: u64,
        /// Where the records are instead, when they are in PostgreSQL
        postgresql: Option<String>,
    },
    /// The data directory of a nation for `restante bench --profile nation`: mailboxes, patients, messages of the last
    /// thirty days; prints how to go on
    Nation(nation::Options),
    /// The pages of a practice with many tasks and of a console with as many messages: time and bytes of each
    Pages {
        #[arg(default_value_t = 100_000)]
        tasks: u32,
    },
    /// Reading, checking and showing messages of every payload: these files, else our own
    Payloads {
        /// ITK3 messages, such as those of the folder `data/itk3-payloads/messages`
        files: Vec<PathBuf>,
    },
    /// Importing made-up patients into the registry, and looking them up
    Registry(registry::Options),
    /// Messages a second to the recipient's inbox: to mailboxes, and to patients whom a registry knows
    Routing(routing::Options),
    /// A server that speaks S3, until standard input ends; prints its endpoint and the file of its secret
    S3Server,
    /// Mailboxes that wait for mail: the server's memory and processor time, and how soon a message is told
    Waiting(waiting::Arguments),
    /// `restante server --sandbox --strict` over a store of one's choice
    #[cfg(feature = "stores-for-comparison")]
    Server {
        /// `embedded` (the product's), `nothing` (kept) or `raw-log` (appended, one sync a batch)
        #[arg(value_enum)]
        over: server::Over,
        directory: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Outcome {
    match Command::parse() {
        Command::Documents { file } => documents::run(file.as_deref()),
        Command::Fhir => fhir_rate::run()?,
        Command::Growth { messages, fill } => growth::run(messages, fill.as_deref()).await,
        Command::FillInbox {
            directory,
            messages,
            postgresql,
        } => fill_inbox::run(&directory, messages, postgresql).await,
        Command::Nation(options) => nation::run(&options).await?,
        Command::Pages { tasks } => pages::run(tasks).await,
        Command::Payloads { files } => payloads::run(&files)?,
        Command::Registry(options) => registry::run(&options)?,
        Command::Routing(options) => routing::run(&options).await?,
        Command::Waiting(arguments) => waiting::run(arguments).await,
        Command::S3Server => s3_server::run().await,
        #[cfg(feature = "stores-for-comparison")]
        Command::Server { over, directory } => server::run(over, &directory).await,
    }
    Ok(())
}
