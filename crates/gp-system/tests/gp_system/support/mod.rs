//! Two real practices over real directories, and a carrier that plays both MESH clients and the
//! exchange between them.

#[cfg(unix)]
pub mod scanner;
pub mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use gp_system::{
    AlertChoice, ConsultationId, ConsultationRecord, Event, Practice, PracticeConfig, Summary,
};
use jiff::{SignedDuration, Timestamp};
use mesh::{ControlFile, Fault, StatusRecord, status};
use nhs::{Clock, DateOfBirth, FamilyName, MailboxId, NhsNumber, OdsCode, SystemRandomness};
use send_document::{
    Address, Consultation, Encounter, Item, NumberStatus, Patient, Practitioner, Section,
};
use test_kit::ManualClock;
use uuid::Uuid;

pub const PATIENTS: &str = "\
nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_start_date,gp_end_date,date_of_death,sensitivity,superseded_by,other_family_names
9693632109,GARTON,Bill,1946-06-23,A20047,2005-03-05,,,U,,MARLOWE
9657702402,GONE,Gus,1950-01-01,A20047,,2020-01-01,,U,,
9657702445,LATE,Lea,1950-01-02,A20047,,,2026-10-01,U,,
";

/// The clock of both practices, moved by minutes.
#[derive(Clone)]
pub struct TestClock {
    now: Arc<ManualClock>,
    /// Seconds that pass at each look.
    step: Arc<AtomicI64>,
}

impl TestClock {
    pub fn at(moment: &str) -> Self {
        Self {
            now: Arc::new(ManualClock::new(moment.parse().unwrap())),
            step: Arc::default(),
        }
    }

    /// From now on this many seconds pass at each look.
    pub fn run(&self, seconds: i64) {
        self.step.store(seconds, Ordering::Relaxed);
    }

    pub fn advance(&self, minutes: i64) {
        self.now.pass(SignedDuration::from_mins(minutes));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let step = self.step.load(Ordering::Relaxed);
        self.now.pass(SignedDuration::from_secs(step));
        self.now.now()
    }
}

/// One practice and what it told.
pub struct Side {
    pub practice: Practice,
    pub config: PracticeConfig,
    pub mailbox: PathBuf,
    pub data: PathBuf,
    events: Arc<Mutex<Vec<Event>>>,
    pub clock: TestClock,
}

impl Side {
    pub fn new(config: PracticeConfig, clock: &TestClock) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        for name in ["OUT", "IN", "SENT", "FAILED", "TEMP"] {
            fs::create_dir_all(config.mailbox_directory.join(name)).unwrap();
        }
        Self {
            practice: open(&config, clock, &events),
            mailbox: config.mailbox_directory.clone(),
            data: config.data_directory.clone(),
            config,
            events,
            clock: clock.clone(),
        }
    }

    /// Forgets the practice and opens its records anew, as after a crash.
    pub fn reopen(&mut self) {
        self.practice = open(&self.config, &self.clock, &self.events);
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    pub async fn pass(&self) -> Summary {
        self.practice.run_once().await.unwrap()
    }

    pub fn record(&self, id: ConsultationId) -> ConsultationRecord {
        self.practice.consultation(id).unwrap().unwrap()
    }

    /// The names of the files in one of the mailbox's directories.
    pub fn names(&self, directory: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.mailbox.join(directory))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub fn alerts(&self) -> Vec<String> {
        self.practice
            .alerts()
            .unwrap()
            .into_iter()
            .map(|alert| alert.what)
            .collect()
    }

    /// The response codes of every answer placed so far, in order.
    pub fn answered(&self) -> Vec<u32> {
        self.events()
            .into_iter()
            .filter_map(|event| match event {
                Event::Acknowledged { code, .. } => Some(code),
                _ => None,
            })
            .collect()
    }
}

fn open(config: &PracticeConfig, clock: &TestClock, events: &Arc<Mutex<Vec<Event>>>) -> Practice {
    let events = Arc::clone(events);
    Practice::open(
        config.clone(),
        Arc::new(clock.clone()) as Arc<dyn Clock>,
        Arc::new(SystemRandomness),
        Arc::new(move |event: &Event| events.lock().unwrap().push(event.clone())),
    )
    .unwrap()
}

/// A pair under way between the practices.
#[derive(Clone)]
pub struct Pair {
    pub base: String,
    pub data: Vec<u8>,
    pub control: ControlFile,
}

pub struct World {
    pub starling: Side,
    pub osprey: Side,
    pub clock: TestClock,
    next_id: u64,
    _directory: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// Two practices whose settings `change` may still alter: first the sender's, then the
    /// receiver's.
    pub fn with(change: impl Fn(&mut PracticeConfig, &mut PracticeConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = TestClock::at("2026-11-22T09:00:00Z");
        let config = |name: &str, ods: &str, title: &str| {
            let home = directory.path().join(name);
            let mut config = PracticeConfig::new(
                OdsCode::parse(ods).unwrap(),
                title,
                MailboxId::parse(&format!("{ods}OT001")).unwrap(),
                home.join("mailbox"),
                &home,
            );
            config.wait_minutes = 0;
            config
        };
        let mut starling = config("starling", "A81001", "Cumbria Starling Medical Centre");
        let mut osprey = config("osprey", "A20047", "Osprey Medical Centre");
        let patients = directory.path().join("patients.csv");
        fs::write(&patients, PATIENTS).unwrap();
        starling.patients = Some(patients.clone());
        osprey.patients = Some(patients);
        change(&mut starling, &mut osprey);
        Self {
            starling: Side::new(starling, &clock),
            osprey: Side::new(osprey, &clock),
            clock,
            next_id: 0,
            _directory: directory,
        }
    }

    fn message_id(&mut self) -> String {
        self.next_id += 1;
        format!("20261122090000{:06}_{:06X}", self.next_id, self.next_id)
    }

    /// Plays a client and the exchange: takes every pair from OUT, moves it to SENT with the id it
    /// was given, and returns what the other side would collect.
    pub fn collect(&mut self, sender: Which) -> Vec<Pair> {
        let mailbox = self.side(sender).mailbox.clone();
        let mut pairs = Vec::new();
        for name in self.side(sender).names("OUT") {
            let Some(base) = name.strip_suffix(".ctl") else {
                continue;
            };
            let id = self.message_id();
            let path = |directory: &str, ending: &str| {
                mailbox.join(directory).join(format!("{base}.{ending}"))
            };
            let mut control = ControlFile::read(&fs::read(path("OUT", "ctl")).unwrap()).unwrap();
            let data = fs::read(path("OUT", "dat")).unwrap();
            control.dts_id = Some(id.clone());
            control.status = Some(success());
            fs::rename(path("OUT", "dat"), path("SENT", "dat")).unwrap();
            fs::write(path("SENT", "ctl"), control.write()).unwrap();
            fs::remove_file(path("OUT", "ctl")).unwrap();
            control.to_dts = Some(self.side(sender.other()).config.mailbox.to_string());
            control.address_type = Some("ALL".to_owned());
            pairs.push(Pair {
                base: id,
                data,
                control,
            });
        }
        pairs
    }

    /// Publishes a pair in a practice's IN, the data file first.
    pub fn publish(&self, receiver: Which, pair: &Pair) {
        let directory = self.side(receiver).mailbox.join("IN");
        put(&directory, &format!("{}.dat", pair.base), &pair.data);
        put(
            &directory,
            &format!("{}.ctl", pair.base),
            &pair.control.write_received(),
        );
    }

    /// Carries everything in the sender's OUT to the other's IN.
    pub fn carry(&mut self, sender: Which) -> Vec<Pair> {
        let pairs = self.collect(sender);
        for pair in &pairs {
            self.publish(sender.other(), pair);
        }
        pairs
    }

    /// The same message once more, under a new id of the exchange.
    pub fn again(&mut self, pair: &Pair) -> Pair {
        let id = self.message_id();
        let mut again = pair.clone();
        again.base.clone_from(&id);
        again.control.dts_id = Some(id);
        again
    }

    /// Publishes the exchange's report of a failure in the sender's IN.
    pub fn report(&mut self, about: &Pair, fault: &Fault) {
        let id = self.message_id();
        let mut control = about.control.clone();
        control.message_type = Some("Report".to_owned());
        control.partner_id.clone_from(&about.control.dts_id);
        control.dts_id = Some(id.clone());
        control.status = Some(fault.record("2026-11-22T09:00:02".parse().unwrap()));
        let directory = self.starling.mailbox.join("IN");
        put(&directory, &format!("{id}.ctl"), &control.write_received());
    }

    /// Submits, sends and carries a consultation to the receiver's IN.
    pub async fn send(&mut self, consultation: Consultation) -> (ConsultationId, Pair) {
        let id = self.starling.practice.submit(consultation).await.unwrap();
        self.starling.pass().await;
        let pair = self.collect(Which::Starling).remove(0);
        (id, pair)
    }

    /// A receiver without a list that has a letter for each of these families, the first first, a minute apart.
    pub async fn with_letters(families: &[&str]) -> Self {
        let mut world = Self::with(|_, osprey| {
            osprey.patients = None;
            osprey.rehearsal = true;
        });
        for name in families {
            let mut consultation = consultation();
            consultation.patient = patient("9693632109", name, "Bill", "1946-06-23");
            let (_, pair) = world.send(consultation).await;
            world.publish(Which::Osprey, &pair);
            world.osprey.pass().await;
            world.clock.advance(1);
        }
        world
    }

    /// Lets the receiver work, carries its answers home, and lets the sender read them.
    pub async fn answer(&mut self) -> Vec<Pair> {
        self.osprey.pass().await;
        let answers = self.carry(Which::Osprey);
        self.starling.pass().await;
        answers
    }

    pub fn side(&self, which: Which) -> &Side {
        match which {
            Which::Starling => &self.starling,
            Which::Osprey => &self.osprey,
        }
    }
}

#[derive(Clone, Copy)]
pub enum Which {
    Starling,
    Osprey,
}

impl Which {
    pub fn other(self) -> Self {
        match self {
            Self::Starling => Self::Osprey,
            Self::Osprey => Self::Starling,
        }
    }
}

/// Deals with one alert; tells whether it was open.
pub async fn settle(practice: &Practice, alert: i64) -> bool {
    let which = AlertChoice::These(vec![alert]);
    practice.settle_alerts(which, None).await.unwrap().alerts > 0
}

fn success() -> StatusRecord {
    StatusRecord::success(
        "2026-11-22T09:00:01".parse().unwrap(),
        mesh::StatusEvent::Transfer,
        status::TRANSFERRED_TO_RECIPIENT,
    )
}

pub fn put(directory: &Path, name: &str, bytes: &[u8]) {
    let temporary = directory.join(format!(".{name}.tmp"));
    fs::write(&temporary, bytes).unwrap();
    fs::rename(temporary, directory.join(name)).unwrap();
}

pub fn consultation() -> Consultation {
    Consultation {
        patient: patient("9693632109", "GARTON", "Bill", "1946-06-23"),
        encounter: Encounter {
            id: Uuid::from_u128(0x3f0b_5f1e_0000_4000_8000_0000_0000_0001),
            date: "2026-11-22T08:30:00".parse().unwrap(),
        },
        practitioner: Practitioner {
            sds_user_id: "555021935107".to_owned(),
            family_name: "Marsh".to_owned(),
            given_names: vec!["Helen".to_owned()],
            title: Some("Dr".to_owned()),
            role: "General practitioner".to_owned(),
            phone: None,
        },
        practice: send_document::Practice {
            ods_code: OdsCode::parse("A81001").unwrap(),
            name: "Cumbria Starling Medical Centre".to_owned(),
            phone: "01228 555 0100".to_owned(),
            email: None,
            branch: None,
            address: Address {
                lines: vec!["1 Castle Street".to_owned(), "Carlisle".to_owned()],
                postcode: Some("CA3 8TP".to_owned()),
            },
        },
        receiving_practice: "Osprey Medical Centre".to_owned(),
        sections: vec![Section {
            title: "History".to_owned(),
            items: vec![Item {
                code: None,
                text: Some("Cough for three days".to_owned()),
                confidential: false,
            }],
        }],
        follow_up_actions: Vec::new(),
        attachments: Vec::new(),
        confidential: false,
    }
}

pub fn patient(number: &str, family: &str, given: &str, born: &str) -> Patient {
    Patient {
        nhs_number: NhsNumber::parse(number).unwrap(),
        nhs_number_status: NumberStatus::Verified,
        family_name: FamilyName::parse(family).unwrap(),
        given_names: vec![given.to_owned()],
        title: Some("Mr".to_owned()),
        birth_date: DateOfBirth::parse_iso(born).unwrap(),
        home_address: None,
        home_phone: None,
        mobile_phone: None,
        current_address: None,
        current_phone: None,
    }
}

/// Replaces text inside a message, which must hold it.
pub fn with_replaced(data: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(data).unwrap();
    assert!(
        text.contains(from),
        "the message holds what the test replaces"
    );
    text.replace(from, to).into_bytes()
}

/// The page has these parts, one behind the other.
pub fn assert_in_order(page: &str, parts: &[&str]) {
    let mut rest = page;
    for part in parts {
        rest = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part}: {page}"))
            .1;
    }
}
