//! The data directory of a nation: its practices, senders, patients and the messages of the last thirty days, put there by the
//! store itself. A server started on it can be loaded by `restante bench --profile nation`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Operator, QuotaSettings, Settings};
use jiff::{SignedDuration, Timestamp};
use load_generator::patients::{mix, registry};
use load_generator::{practice, sender};
use mail_store::{Body, Details, Kind, NewMessage, Op, Outcome, Place, Store};
use nhs::{Clock, MailboxId, MessageId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use pds::{ImportOptions, Kind as File, Registry, import_with};

use crate::one_inbox::body;

type Failure = Box<dyn Error + Send + Sync>;

/// What `restante bench` sends unless it is told otherwise.
const WORKFLOW: &str = "TEST_WORKFLOW";
/// Jobs that wait for the writer at once.
const TASKS: u64 = 256;
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(clap::Args)]
pub struct Options {
    /// To be made
    directory: PathBuf,
    #[arg(long, default_value_t = 7_000)]
    practices: u64,
    #[arg(long, default_value_t = 300)]
    senders: u64,
    /// In the registry, spread evenly over the practices
    #[arg(long, default_value_t = 1_000_000)]
    patients: u64,
    /// Messages of 1 KB of the last thirty days, collected and acknowledged
    #[arg(long, default_value_t = 0)]
    stored: u64,
}

pub async fn run(options: &Options) -> Result<(), Failure> {
    let data = options.directory.join("data");
    fs::create_dir_all(&data)?;
    patients(&data.join("registry"), options)?;
    let store = Store::open(&data)?;
    let exchange = open(&data, store.clone()).await?;
    mailboxes(&exchange.operator()?, options)?;
    let begun = Instant::now();
    fill(&store, options).await?;
    let seconds = begun.elapsed().as_secs_f64();
    drop((exchange, store));
    write_settings(&options.directory)?;
    let (directory, stored) = (options.directory.display(), options.stored);
    println!(
        "{stored} messages in {seconds:.1} s\n\
         restante server --config {directory}/server.toml\n\
         restante bench --profile nation --practices {} --senders {} --patients {} --url URL",
        options.practices, options.senders, options.patients
    );
    Ok(())
}

fn patients(directory: &Path, options: &Options) -> Result<(), Failure> {
    let file = registry(options.patients, options.practices);
    let import = ImportOptions {
        kind: Some(File::Patients),
        details: false,
        ..ImportOptions::default()
    };
    let now = SystemClock.now();
    import_with(directory, file.as_bytes(), &import, now, &SystemRandomness)?;
    Ok(())
}

async fn open(data: &Path, store: Store) -> Result<Exchange, Failure> {
    let dependencies = Dependencies {
        store,
        keyring: Keyring::open_or_create(&data.join("key"), &SystemRandomness)?,
        demographics: Arc::new(Registry::open(&data.join("registry"))?),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: "TestKey".to_owned().into(),
        settings: Settings {
            quota: QuotaSettings::none(),
            ..Settings::default()
        },
        observer: Arc::new(()),
    };
    Ok(Exchange::open(dependencies).await?)
}

fn mailboxes(operator: &Operator, options: &Options) -> Result<(), Failure> {
    let all = |count: u64, of: fn(u64) -> Result<MailboxId, nhs::IdError>| {
        (0..count).map(of).collect::<Result<Vec<_>, _>>()
    };
    let practices = all(options.practices, practice)?;
    let senders = all(options.senders, sender)?;
    for id in practices.iter().chain(&senders) {
        let ods = id.as_str().get(..6).unwrap_or_default();
        operator.add_mailbox(NewMailbox {
            id: id.clone(),
            name: String::new(),
            ods: OdsCode::parse(ods)?,
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: "password".to_owned().into(),
        })?;
    }
    let workflow = WorkflowId::parse(WORKFLOW)?;
    operator.allow(&workflow, &senders, &practices)?;
    operator.allow(&workflow.acknowledgement(), &practices, &senders)?;
    operator.set_patient_routing(&workflow, true)?;
    Ok(())
}

/// Each is accepted and acknowledged in one job.
async fn fill(store: &Store, options: &Options) -> Result<(), Failure> {
    let first = Timestamp::now().checked_sub(MONTH)?;
    let apart = MONTH / i32::try_from(options.stored.max(1))?;
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    let (stored, senders, practices) = (options.stored, options.senders, options.practices);
    for _ in 0..TASKS {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= stored {
                    return Ok::<_, Failure>(());
                }
                let sent_at = first.checked_add(apart * i32::try_from(number)?)?;
                let from = sender(mix(number) % senders)?;
                let to = practice(mix(number + 1) % practices)?;
                let outcomes = store.commit(job(number, sent_at, from, to)?).await?;
                assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    while store.commit(vec![Op::Index]).await? != [Outcome::Counted(0)] {}
    Ok(())
}

fn job(
    number: u64,
    sent_at: Timestamp,
    from: MailboxId,
    to: MailboxId,
) -> Result<Vec<Op>, Failure> {
    let time = sent_at.strftime("%Y%m%d%H%M%S%6f");
    let id = MessageId::parse(&format!("{time}_{:06X}", number & 0xff_ffff))?;
    let message = NewMessage {
        id: id.clone(),
        kind: Kind::Data,
        sender: Some(from),
        recipient: Some(to.clone()),
        workflow: WorkflowId::parse(WORKFLOW)?,
        sent_at,
        total_chunks: 1,
        details: Details {
            local_id: Some(number.to_string().into_bytes()),
            ..Details::default()
        },
        report: None,
        body: Some(Body::Inline(body(number))),
    };
    let accept = Op::Accept {
        message: Box::new(message),
        place: Place::Inbox,
    };
    let acknowledge = Op::Acknowledge {
        mailbox: to,
        message: id,
        at: sent_at,
    };
    Ok(vec![accept, acknowledge])
}

/// For a server that nobody but this machine reaches.
fn write_settings(directory: &Path) -> Result<(), Failure> {
    let key = directory.join("shared.key");
    fs::write(&key, "TestKey\n")?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    }
    let here = fs::canonicalize(directory)?;
    let here = here.display();
    let settings = format!(
        "data = \"{here}/data\"\nshared_key_file = \"{here}/shared.key\"\n\
         [listener]\nlisten = \"127.0.0.1:0\"\nmax_connections = 20000\nmax_connections_per_address = 20000\n\
         [exchange]\nrequire_certificate = false\nreserve_bytes = 0\n\
         [exchange.quota]\nstored_bytes = 0\nwaiting_messages = 0\nbytes_per_hour = 0\n\
         [api]\nrequests_per_second = 0\nwaiting_requests = 10000\n"
    );
    fs::write(directory.join("server.toml"), settings)?;
    Ok(())
}
