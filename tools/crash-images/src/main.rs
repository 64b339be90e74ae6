//! Records a store at work with strace, builds the disk as a power cut would leave it at every
//! sync, and opens the store on each: `scripts/crash-images`.

mod disk;
mod model;
mod plan;
mod trace;
mod workload;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use disk::{Disk, Survives};
use mail_store::{Body, Op, Outcome, Store};
use model::Model;
use plan::Place;
use trace::Event;

/// The store is given new mail as well in each third image.
const GOES_ON: u64 = 3;

/// Cuts the power of a mail store, on paper.
#[derive(Parser)]
enum Cli {
    /// Builds and opens the images
    Prove {
        /// Emptied, and worked in
        directory: PathBuf,
        /// Of the torn pages
        #[arg(long)]
        seed: u64,
        /// Images with torn pages at each sync, beside the two plain ones
        #[arg(long, default_value_t = 8)]
        torn: u64,
        /// Images after which the store goes to work again and is cut again; 0 never
        #[arg(long, default_value_t = 25)]
        double: u64,
    },
    /// The store's work, printed on standard output: what `prove` records
    Workload {
        directory: PathBuf,
        #[arg(value_enum)]
        run: workload::Run,
    },
}

struct Proof {
    program: PathBuf,
    work: PathBuf,
    seed: u64,
    torn: u64,
    double: u64,
    images: u64,
    cuts: u64,
    doubles: u64,
}

/// Runs the workload on `root/store` and returns what it did to the disk.
fn record(proof: &Proof, root: &Path, run: &str) -> Vec<Event> {
    let log = proof.work.join("strace.log");
    let status = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-xx", "-s", "16777216", "-e"])
        .arg(format!("trace={}", trace::CALLS))
        .arg("-o")
        .arg(&log)
        .arg(&proof.program)
        .arg("workload")
        .arg(root.join("store"))
        .arg(run)
        .stdout(fs::File::create(proof.work.join("printed.log")).unwrap())
        .status()
        .expect("strace");
    assert!(status.success(), "the workload failed");
    trace::read(&fs::read_to_string(&log).unwrap())
}

fn fresh(path: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(path);
    fs::create_dir_all(path).unwrap();
    path.to_owned()
}

/// The store takes mail again, sweeps, and keeps all of it over one more restart.
async fn goes_on(directory: &Path, mut model: Model) -> Result<(), String> {
    let text_of = |error: mail_store::StoreError| error.to_string();
    let store = Store::open(directory).map_err(text_of)?;
    let bytes = plan::bytes(900, 1, 64);
    let body = Body::Inline(bytes);
    let job = vec![
        Op::UseToken {
            token: plan::token(900),
            forget_at: plan::sent_at(1_000_000_000),
        },
        Op::Accept {
            message: Box::new(plan::new_message(900, Place::Inbox, body)),
            place: mail_store::Place::Inbox,
        },
    ];
    let outcomes = store.commit(job).await.map_err(text_of)?;
    if !outcomes.iter().all(Outcome::is_done) {
        return Err(format!("no new mail is taken: {outcomes:?}"));
    }
    let distant = jiff::Timestamp::MAX
        .checked_sub(jiff::SignedDuration::from_hours(24))
        .unwrap();
    store.sweep(distant).await.map_err(text_of)?;
    drop(store);
    model.printed("+900 accept 900 0 64");
    model.printed("-900");
    model.check(directory).await.map(drop)
}

impl Proof {
    fn fail(&self, cut: u64, survives: Survives, image: &Path, reason: &str) -> ! {
        eprintln!("cut {cut}, {survives:?}: {reason}");
        eprintln!("the image is in {}", image.display());
        std::process::exit(1);
    }

    /// Cuts at every sync of a recorded run.
    async fn prove(&mut self, disk: &mut Disk, events: &[Event], model: &Model, depth: u32) {
        let mut model = model.clone();
        let mut cut = 0;
        for event in events {
            if let Event::Printed(line) = event {
                model.printed(line);
            }
            // before the sync counts, and, as the next cut's image of what was synced, after it
            if disk.makes_durable(event) {
                cut += 1;
                let seed = self.seed ^ (cut << 20) ^ (u64::from(depth) << 50);
                let torn = (0..self.torn).map(move |number| Survives::Torn(seed ^ number));
                let kinds = [Survives::Synced, Survives::Everything];
                for survives in kinds.into_iter().chain(torn) {
                    self.check(disk, survives, &model, (cut, depth)).await;
                }
            }
            disk.follow(event);
        }
        self.cuts += cut;
    }

    async fn check(
        &mut self,
        disk: &Disk,
        survives: Survives,
        model: &Model,
        (cut, depth): (u64, u32),
    ) {
        let image = fresh(&self.work.join(format!("image{depth}")));
        disk.image(survives, &image);
        let twice = depth == 0 && self.double > 0 && self.images.is_multiple_of(self.double);
        if twice {
            disk.image(survives, &fresh(&self.work.join("again")));
        }
        self.images += 1;
        let store = image.join("store");
        let checked = match model.check(&store).await {
            Err(reason) => Err(reason),
            Ok(seen) => {
                let mut settled = model.clone();
                settled.settle(&seen);
                if self.images.is_multiple_of(GOES_ON) {
                    goes_on(&store, settled.clone()).await.map(|()| settled)
                } else {
                    Ok(settled)
                }
            }
        };
        match checked {
            Err(reason) => self.fail(cut, survives, &image, &reason),
            Ok(settled) if twice => {
                self.doubles += 1;
                let again = self.work.join("again");
                let mut disk = Disk::of(&again);
                let events = record(self, &again, "second");
                Box::pin(self.prove(&mut disk, &events, &settled, depth + 1)).await;
            }
            Ok(_) => {}
        }
    }
}

async fn prove(directory: &Path, seed: u64, torn: u64, double: u64) {
    let mut proof = Proof {
        program: std::env::current_exe().unwrap(),
        work: fs::canonicalize(fresh(directory)).unwrap(),
        seed,
        torn,
        double,
        images: 0,
        cuts: 0,
        doubles: 0,
    };
    let root = fresh(&proof.work.join("recorded"));
    let mut disk = Disk::of(&root);
    let events = record(&proof, &root, "first");
    proof.prove(&mut disk, &events, &Model::default(), 0).await;
    println!(
        "{} images at {} syncs, {} of them cut a second time: nothing lost, halved or doubled \
         (seed {})",
        proof.images, proof.cuts, proof.doubles, proof.seed
    );
}

#[tokio::main]
async fn main() {
    match Cli::parse() {
        Cli::Prove {
            directory,
            seed,
            torn,
            double,
        } => prove(&directory, seed, torn, double).await,
        Cli::Workload { directory, run } => workload::run(&directory, run).await,
    }
}
