//! The command line, as `docs/commands.md` describes it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use nhs::{MailboxId, NhsNumber, OdsCode, WorkflowId};

/// The whole NHS Spine integration loop in one binary.
#[derive(Parser)]
#[command(name = "restante", version, about, propagate_version = true)]
#[command(after_help = "Start here: restante demo")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run an exchange and two practices on this machine and send a consultation through them
    Demo(Demo),
    /// Run the exchange: the MESH API, routing and the mail store
    Server(Server),
    /// Serve the directories of one or more mailboxes, as the Java MESH client does
    Client(Client),
    /// Run a practice's GP system over its mailbox directories, with its web pages
    Practice(Practice),
    /// Say who may sign in to a practice's pages or to the exchange's console
    User(User),
    /// Build, check or show a Send Document message
    #[command(subcommand)]
    Message(Message),
    /// Check control files
    #[command(subcommand)]
    ControlFile(ControlFile),
    /// Add, list and change mailboxes of an exchange
    Mailbox(Mailbox),
    /// Say who may send and receive a workflow
    Workflow(Workflow),
    /// Import patients and practices into the registry that routing asks
    Registry(Registry),
    /// Issue and revoke client certificates
    Certificate(Certificate),
    /// Check, read and shorten the audit trail of an exchange
    Audit(crate::commands::audit::Audit),
    /// Copy an exchange's data, while it runs, to a directory a server can be started on
    Backup(crate::commands::backup::BackupArguments),
    /// Load a backup into an empty database and an empty bucket
    Restore(crate::commands::restore::RestoreArguments),
    /// List the messages whose record or body was found damaged
    Quarantine(crate::commands::quarantine::Quarantine),
    /// Serve a PDS FHIR stand-in over the registry
    #[command(subcommand)]
    Pds(Pds),
    /// Drive a MESH server, ours or a peer's, and print rates and latencies
    Bench(Bench),
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Args)]
#[command(after_help = "Example: restante demo --once --dir /tmp/restante-demo")]
pub struct Demo {
    /// Exit when both acknowledgements are home: 0, or 1 with the step that failed and why
    #[arg(long)]
    pub once: bool,
    /// Where everything is kept [default: a new directory among the temporary files]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// A consultation to send instead of the example (docs/consultation.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: Option<PathBuf>,
    /// Send it for this patient of the test registry, or of none
    #[arg(long, value_name = "NHS_NUMBER", value_parser = parse_nhs_number)]
    pub patient: Option<NhsNumber>,
    /// The port of the web pages [default: 8780, or a free one when that is taken]
    #[arg(long)]
    pub port: Option<u16>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Which exchange an operator command means.
#[derive(Args, Clone)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// The server's configuration file
    #[arg(long, value_name = "server.toml", global = true)]
    pub config: Option<PathBuf>,
    /// The server's data directory
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  restante server --config server.toml\n  \
    restante server --sandbox --listen 127.0.0.1:8700 --data /tmp/sandbox")]
pub struct Server {
    /// Configuration (docs/configuration.md)
    #[arg(long, value_name = "server.toml", required_unless_present = "sandbox")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub sandbox: Sandbox,
}

/// A drop-in for mesh-sandbox.
#[derive(Args)]
pub struct Sandbox {
    /// Be a drop-in for mesh-sandbox: its mailboxes, workflows, shared key and admin routes
    #[arg(long, conflicts_with = "config")]
    pub sandbox: bool,
    /// Address to listen on
    #[arg(long, requires = "sandbox", default_value = "127.0.0.1:8700")]
    pub listen: SocketAddr,
    /// Where messages rest [default: a new directory that is removed at the end]
    #[arg(long, requires = "sandbox", env = "MAILBOXES_DATA_DIR")]
    pub data: Option<PathBuf>,
    /// Enforce workflow rights, token windows and single-use tokens as the real service does
    #[arg(long, requires = "sandbox")]
    pub strict: bool,
    /// Server certificate chain (PEM); plain HTTP without it
    #[arg(long, requires_all = ["sandbox", "tls_key"])]
    pub tls_cert: Option<PathBuf>,
    /// Server key (PEM)
    #[arg(long, requires_all = ["sandbox", "tls_cert"])]
    pub tls_key: Option<PathBuf>,
    /// Require client certificates of this authority (PEM)
    #[arg(long, requires_all = ["sandbox", "tls_cert"])]
    pub tls_client_ca: Option<PathBuf>,
    /// The key of the authorisation token, shared by the whole environment
    #[arg(
        long,
        env = "SHARED_KEY",
        default_value = "TestKey",
        hide_env_values = true
    )]
    pub shared_key: String,
    /// Days until an uncollected message is reported to its sender
    #[arg(long, env = "INBOX_EXPIRY_DAYS", default_value_t = 5)]
    pub inbox_expiry_days: u32,
    /// Days until a message is deleted
    #[arg(long, env = "MESSAGE_EXPIRY_DAYS", default_value_t = 30)]
    pub message_expiry_days: u32,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante client --config meshclient.cfg\n  \
    restante client --config meshclient.cfg --check\n  \
    restante client status --config meshclient.cfg"
)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Client {
    #[command(subcommand)]
    pub command: Option<ClientCommand>,
    /// The Java client's meshclient.cfg, or our TOML (docs/configuration.md)
    #[arg(long, value_name = "FILE", required = true)]
    pub config: Option<PathBuf>,
    /// Send what is in OUT, collect what waits, and exit
    #[arg(long)]
    pub once: bool,
    /// Say what the configuration means, check the files it names, and exit
    #[arg(long, conflicts_with = "once")]
    pub check: bool,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Subcommand)]
pub enum ClientCommand {
    /// Say what waits, what moves, what failed and why
    Status(ClientStatus),
}

#[derive(Args)]
#[command(after_help = "Example: restante client status --config meshclient.cfg --format json")]
pub struct ClientStatus {
    /// The client's configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Name the files too; a file's name may tell whom a message is about
    #[arg(long)]
    pub names: bool,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Args)]
#[command(after_help = "Example: restante practice --config practice.toml")]
pub struct Practice {
    /// Configuration (docs/configuration.md)
    #[arg(long, value_name = "practice.toml")]
    pub config: PathBuf,
    /// Take what is in IN, send what is due, and exit
    #[arg(long)]
    pub once: bool,
    /// Submit this consultation first (docs/consultation.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  echo 'a long password' | restante user --config practice.toml add jo --role administrator --password-stdin\n  \
    restante user --config server.toml list"
)]
pub struct User {
    #[command(flatten)]
    pub target: UserTarget,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: UserAction,
}

/// Whose users.
#[derive(Args)]
pub struct UserTarget {
    /// The configuration of a practice or of a server
    #[arg(long, value_name = "practice.toml|server.toml", global = true)]
    pub config: Option<PathBuf>,
    /// The data directory, in place of the configuration
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "config")]
    pub data: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum UserAction {
    /// Add a user
    Add {
        /// 1 to 64 characters of a-z, 0-9 and . _ - @
        name: String,
        /// Of a practice: reader, clerk, clinician or administrator;
        /// of the exchange: observer, operator, auditor or administrator
        #[arg(long)]
        role: String,
        /// Read the password, 12 characters or more, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the users
    List,
    /// Refuse the user and end their sessions
    Disable { name: String },
    /// Let the user in again
    Enable { name: String },
    /// Change the password and end the user's sessions
    Password {
        name: String,
        /// Read the password, 12 characters or more, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Subcommand)]
pub enum Message {
    /// Check messages against the ITK3 and Send Document rules
    #[command(after_help = "Example: restante message check letter.xml --control letter.ctl")]
    Check(MessageCheck),
    /// Turn a consultation into a .dat and .ctl pair
    #[command(
        after_help = "Example: restante message build --consultation consultation.json --out OUT"
    )]
    Build(MessageBuild),
    /// Say what is in a message, or take an attachment out of it
    #[command(after_help = "Example: restante message show letter.dat --attachment 1 --out a.pdf")]
    Show(MessageShow),
}

/// Which edition of the rules.
#[derive(Clone, Copy, ValueEnum)]
pub enum Profile {
    /// GP Connect Messaging 1.3 (GPFED_CONSULT_REPORT)
    #[value(name = "1.3")]
    V1_3,
    /// Send Document 2.0 (GPCONNECT_SEND_DOCUMENT)
    #[value(name = "2.0")]
    V2_0,
}

impl From<Profile> for send_document::Ruleset {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::V1_3 => Self::V1_3,
            Profile::V2_0 => Self::V2_0,
        }
    }
}

#[derive(Args)]
pub struct MessageCheck {
    /// Messages, XML or JSON
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The message's control file, for the checks between the two
    #[arg(long, value_name = "FILE.ctl")]
    pub control: Option<PathBuf>,
    /// The edition of the rules
    #[arg(long, value_enum, default_value = "1.3")]
    pub profile: Profile,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Args)]
pub struct MessageBuild {
    /// The consultation (docs/consultation.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: PathBuf,
    /// Directory for the pair
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The sender's mailbox [default: the practice's ODS code and OT001]
    #[arg(long)]
    pub mailbox: Option<MailboxId>,
    /// The edition of the rules
    #[arg(long, value_enum, default_value = "1.3")]
    pub profile: Profile,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Args)]
pub struct MessageShow {
    /// A message, XML or JSON
    pub file: PathBuf,
    /// Take out this attachment; 1 is the report itself
    #[arg(long, value_name = "N", requires = "out")]
    pub attachment: Option<usize>,
    /// Where to write the attachment
    #[arg(long, value_name = "FILE", requires = "attachment")]
    pub out: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Subcommand)]
pub enum ControlFile {
    /// Check control files as the client does before it sends
    #[command(after_help = "Example: restante control-file check OUT/*.ctl")]
    Check(ControlFileCheck),
}

#[derive(Args)]
pub struct ControlFileCheck {
    /// Control files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Args)]
#[command(
    after_help = "Example: echo secret | restante mailbox --data DIR add A81001OT001 --ods A81001 --password-stdin"
)]
pub struct Mailbox {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: MailboxAction,
}

#[derive(Subcommand)]
pub enum MailboxAction {
    /// Add a mailbox
    Add {
        id: MailboxId,
        /// The organisation it belongs to
        #[arg(long, value_parser = parse_ods_code)]
        ods: OdsCode,
        /// A name for people
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the mailboxes
    List,
    /// Refuse the mailbox and deliver nothing to it
    Disable { id: MailboxId },
    /// Take the mailbox into service again
    Enable { id: MailboxId },
    /// Change the password
    Password {
        id: MailboxId,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Args)]
#[command(
    after_help = "Example: restante workflow --data DIR allow GPFED_CONSULT_REPORT --send A81001OT001 --receive A20047OT001 --patient-routing"
)]
pub struct Workflow {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: WorkflowAction,
}

#[derive(Subcommand)]
pub enum WorkflowAction {
    /// Give mailboxes the right to send or receive a workflow
    Allow(Rights),
    /// Take the right away
    Deny(Rights),
    /// List the workflows and who may use them
    List,
}

#[derive(Args)]
pub struct Rights {
    pub workflow: WorkflowId,
    /// A mailbox that may send it
    #[arg(long, value_name = "ID")]
    pub send: Vec<MailboxId>,
    /// A mailbox that may receive it
    #[arg(long, value_name = "ID")]
    pub receive: Vec<MailboxId>,
    /// Patient addresses (GPPROVIDER_…) may be used with it
    #[arg(long)]
    pub patient_routing: bool,
}

#[derive(Args)]
#[command(after_help = "Example: restante registry --data DIR import patients.csv")]
pub struct Registry {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: RegistryAction,
}

#[derive(Subcommand)]
pub enum RegistryAction {
    /// Replace the patients or the practices by those of a file
    Import {
        file: PathBuf,
        /// patients, practices, pds-response or epraccur [default: known from the header]
        #[arg(long)]
        kind: Option<pds::Kind>,
    },
    /// Say what the registry holds and since when
    Status,
}

#[derive(Args)]
#[command(
    after_help = "Example: restante certificate --data DIR issue --ods A81001 --local-id client1 --out certificates"
)]
pub struct Certificate {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: CertificateAction,
}

#[derive(Subcommand)]
pub enum CertificateAction {
    /// Issue a client certificate LOCAL_ID.ODS.api.mesh-client.nhs.uk from the exchange's own authority
    Issue {
        #[arg(long, value_parser = parse_ods_code)]
        ods: OdsCode,
        #[arg(long)]
        local_id: String,
        /// Directory for the certificate, its key and the authority's certificate
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Issue the server's own certificate for these DNS names and addresses
    IssueServer {
        #[arg(long = "name", required = true)]
        names: Vec<String>,
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Revoke a certificate
    Revoke { serial: String },
}

#[derive(Subcommand)]
pub enum Pds {
    /// Answer PDS FHIR requests from the registry
    #[command(after_help = "Example: restante pds serve --data DIR --listen 127.0.0.1:8790")]
    Serve {
        #[command(flatten)]
        target: Target,
        #[arg(long, default_value = "127.0.0.1:8790")]
        listen: SocketAddr,
    },
}

#[derive(Args)]
#[command(
    after_help = "Example: restante bench --url http://127.0.0.1:8700 --profile send --connections 16 --seconds 10"
)]
pub struct Bench {
    /// The server, as far as the port
    #[arg(long)]
    pub url: String,
    /// The mailbox that sends
    #[arg(long, default_value = "X26ABC1")]
    pub mailbox: MailboxId,
    /// The mailbox that receives
    #[arg(long, default_value = "X26ABC2")]
    pub to: MailboxId,
    /// The password of both
    #[arg(
        long,
        env = "MESH_PASSWORD",
        default_value = "password",
        hide_env_values = true
    )]
    pub password: String,
    /// The environment's shared key
    #[arg(
        long,
        env = "SHARED_KEY",
        default_value = "TestKey",
        hide_env_values = true
    )]
    pub shared_key: String,
    /// The workflow of the messages
    #[arg(long, default_value = "TEST_WORKFLOW")]
    pub workflow: WorkflowId,
    #[arg(long, value_enum, default_value = "send")]
    pub profile: crate::bench::Profile,
    /// Connections kept open side by side
    #[arg(long, default_value_t = 16)]
    pub connections: usize,
    /// Requests due each second over all connections [default: as many as are answered]
    #[arg(long)]
    pub rate: Option<f64>,
    /// How long to go on; `large` ends with its message
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Bytes of a small message
    #[arg(long, default_value_t = 1024)]
    pub size: usize,
    /// Bytes of the message of `large`
    #[arg(long, default_value_t = 1_000_000_000)]
    pub large_size: u64,
    /// Bytes of its chunks, but the last
    #[arg(long, default_value_t = 20_000_000)]
    pub chunk_size: u64,
    /// The authority of the server's certificate (PEM), for https
    #[arg(long)]
    pub ca: Option<PathBuf>,
    /// Our certificate (PEM), for https
    #[arg(long)]
    pub cert: Option<PathBuf>,
    /// Our key (PEM), for https
    #[arg(long)]
    pub key: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn parse_nhs_number(text: &str) -> Result<NhsNumber, nhs::NhsNumberError> {
    NhsNumber::parse(text)
}

fn parse_ods_code(text: &str) -> Result<OdsCode, nhs::OdsCodeError> {
    OdsCode::parse(text)
}
