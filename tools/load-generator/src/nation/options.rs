//! How large the nation is: the arguments of `restante bench --profile nation`.

use std::path::PathBuf;

// The comments below are the command's help: no words of this type's own may reach it.
#[allow(missing_docs)]
#[derive(clap::Args)]
#[command(next_help_heading = "Profile nation")]
pub struct Nation {
    /// Practices, A00000OT001 onwards: they collect, acknowledge and answer
    #[arg(long, default_value_t = 7_000, value_parser = clap::value_parser!(u64).range(1..100_000))]
    pub practices: u64,
    /// Senders, B00000OT001 onwards
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..100_000))]
    pub senders: u64,
    /// Patients in the server's registry, as `measuring nation` makes them
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub patients: u64,
    /// Messages a second in the day's three peaks; at other times the day's curve, at most a thirtieth of it
    #[arg(long, default_value_t = 2_500.0)]
    pub peak: f64,
    /// Multiplies practices, senders and peak
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// Median bytes of a message; one of a hundred has 83 times as many
    #[arg(long, default_value_t = 60_000)]
    pub median_size: u64,
    /// Most bytes of a message
    #[arg(long, default_value_t = 20_000_000)]
    pub largest: u64,
    /// Messages of a hundred that are addressed to a patient
    #[arg(long, default_value_t = 85, value_parser = clap::value_parser!(u64).range(0..=100))]
    pub routed: u64,
    /// Practices of a hundred that wait at the server for messages; the others poll
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=100))]
    pub waiting: u64,
    /// Seconds between two polls of a practice
    #[arg(long, default_value_t = 300)]
    pub poll_seconds: u64,
    /// All that is made up follows from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server's process, where it is on this machine: processor time and memory are told
    #[arg(long)]
    pub server_pid: Option<u32>,
    /// The server's data directory, where it is on this machine: its growth is told
    #[arg(long)]
    pub server_data: Option<PathBuf>,
}
