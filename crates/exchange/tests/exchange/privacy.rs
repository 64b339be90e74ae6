//! Nothing that comes out of the exchange names a patient. The sender's own subject, file name and
//! local id are the one exception: they are given back to the sender and on to the recipient as
//! the API says, and so are made up of nothing here.

use std::fmt::{Debug, Write as _};
use std::io;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::kit::{
    RECEIVER, SENDER, Setup, WORKFLOW, all_bytes, at, contains, id, pieces, request, strict,
};
use exchange::{ListQuery, Settings, Track};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Span, Timestamp};
use mail_store::{Place, Routed, Sealed, SealedAddress};
use mesh::Recipient;
use nhs::{FamilyName, MessageId, NhsNumber, WorkflowId};
use pds::{Demographics, PdsError, Trace, TraceQuery};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Patient {
    number: String,
    born: Date,
    family: String,
    year_first: bool,
    answer: usize,
}

impl Patient {
    fn address(&self) -> String {
        let order = if self.year_first { "%Y%m%d" } else { "%d%m%Y" };
        let born = self.born.strftime(order);
        format!("GPPROVIDER_{}_{born}_{}", self.number, self.family)
    }

    /// Everything that would name them, in every form it could take.
    fn needles(&self) -> Vec<Vec<u8>> {
        let number = NhsNumber::parse(&self.number).unwrap();
        let key = FamilyName::parse(&self.family).unwrap().key();
        let latin_1 = self.family.chars().map(|letter| letter as u8).collect();
        let texts = [
            self.number.clone(),
            number.spaced(),
            self.born.strftime("%Y%m%d").to_string(),
            self.born.strftime("%d%m%Y").to_string(),
            self.born.to_string(),
            self.family.clone(),
            self.family.to_uppercase(),
            self.family.to_lowercase(),
            key,
            "GPPROVIDER".to_owned(),
        ];
        let texts = texts.into_iter().map(String::into_bytes);
        texts.chain([latin_1]).collect()
    }
}

prop_compose! {
    fn patient()(
        stem in 100_000_000u64..999_999_999,
        day in 0i32..40_000,
        family in "[A-Z][a-zéïüñ]{7,20}",
        year_first: bool,
        answer in 0usize..7,
    ) -> Patient {
        let number = (stem..).find_map(with_check_digit).unwrap();
        let born = date(1910, 1, 1).checked_add(Span::new().days(day)).unwrap();
        Patient { number, born, family, year_first, answer }
    }
}

fn with_check_digit(stem: u64) -> Option<String> {
    (0..10)
        .map(|digit| format!("{stem}{digit}"))
        .find(|number| NhsNumber::parse(number).is_ok())
}

/// Knows what to answer about whom.
struct Scripted(Vec<Patient>);

impl Scripted {
    fn patient(&self, query: &TraceQuery) -> &Patient {
        let number = query.nhs_number.digits();
        let patient = self.0.iter().find(|patient| patient.number == number);
        patient.unwrap()
    }

    fn answer(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        match self.patient(query).answer {
            0 => Ok(at("A20047")),
            1 => Ok(Trace::Registered {
                practice: nhs::OdsCode::parse("A20047").unwrap(),
                matched_on: pds::MatchedOn::PreviousName,
                superseded: true,
                restricted: true,
            }),
            2 => Ok(Trace::NoPractice),
            3 => Ok(Trace::NotFound),
            4 => Ok(Trace::Mismatch),
            5 => Ok(at("Y99999")),
            _ => Err(PdsError::Unavailable {
                retry_after: Some(Duration::from_secs(5)),
                reason: "switched off by the test",
            }),
        }
    }
}

#[async_trait::async_trait]
impl Demographics for Scripted {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        tracing::trace!(?query, "asked");
        self.answer(query)
    }

    /// About half of them are known here.
    fn trace_here(&self, query: &TraceQuery) -> Option<Trace> {
        let known = self.patient(query).year_first;
        known.then(|| self.answer(query).ok()).flatten()
    }
}

/// What came out.
#[derive(Default)]
struct Output(String);

impl Output {
    fn keep(&mut self, shown: &dyn Debug) {
        writeln!(self.0, "{shown:?}\n{shown:#?}").unwrap();
    }

    fn error(&mut self, error: &exchange::ExchangeError) {
        self.keep(error);
        writeln!(self.0, "{error} {} {}", error.text(), error.code()).unwrap();
    }
}

/// The log at its most talkative, of all threads.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    })
}

fn debug_of_public_types(patient: &Patient, output: &mut Output) {
    let address = patient.address();
    output.keep(&request(&address, 1));
    output.keep(&Recipient::parse(&address));
    let sealed = SealedAddress {
        sealed: address.clone().into_bytes(),
        order_key: [0; 16],
    };
    output.keep(&Sealed(address.clone().into_bytes()));
    output.keep(&sealed);
    output.keep(&Place::Routing(sealed.clone()));
    output.keep(&Place::Routed(Box::new(Routed {
        address: sealed.clone(),
        recipient: id(RECEIVER),
        hidden: true,
        trail: address.clone(),
    })));
    output.keep(&Place::Uploading(Some(sealed)));
    if let Ok(Recipient::Patient(patient)) = Recipient::parse(&address) {
        output.keep(&TraceQuery {
            nhs_number: patient.nhs_number,
            date_of_birth: patient.date_of_birth,
            family_name: patient.family_name,
        });
    }
}

/// Bytes as characters, which are searched quickly.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Everything a mailbox can be shown about its messages.
async fn all_that_is_shown(setup: &Setup, mailbox: &str, sent: &[MessageId], output: &mut Output) {
    let exchange = setup.exchange();
    let caller = setup.caller(mailbox).await;
    for id in setup.inbox(mailbox).await.iter().chain(sent) {
        output.keep(id);
        for answer in [
            exchange.envelope(&caller, id.as_str()).await,
            exchange.track(&caller, Track::Message(id.as_str())).await,
        ] {
            match answer {
                Ok(envelope) => output.keep(&envelope),
                Err(error) => output.error(&error),
            }
        }
        match exchange.download(&caller, id.as_str(), 1).await {
            Ok(download) => output.keep(&download.envelope),
            Err(error) => output.error(&error),
        }
    }
    let all = ListQuery {
        since: Timestamp::UNIX_EPOCH,
        max_results: 100,
        continue_from: None,
    };
    output.keep(&exchange.rich_inbox(&caller, all.clone()).await.unwrap());
    output.keep(&exchange.rich_outbox(&caller, all).await.unwrap());
}

async fn go_through_everything(patients: Vec<Patient>) {
    log().0.lock().unwrap().clear();
    let mut output = Output::default();
    let needles: Vec<_> = patients.iter().flat_map(Patient::needles).collect();
    let needles: Vec<String> = needles.iter().map(|needle| text(needle)).collect();
    let clean = |bytes: &[u8], what: &str| {
        let bytes = text(bytes);
        let found = needles.iter().any(|needle| bytes.contains(needle));
        assert!(!found, "{what} names a patient");
    };
    let settings = Settings {
        routing_failures_per_hour: 2,
        ..strict()
    };
    let mut setup = Setup::with(settings, Arc::new(Scripted(patients.clone()))).await;
    let mut sent = Vec::new();
    for patient in &patients {
        debug_of_public_types(patient, &mut output);
        for chunks in [1, 2] {
            let request = request(&patient.address(), chunks);
            let message = setup.send_request(request, b"body").await.unwrap();
            if chunks == 2 {
                setup.send_chunk(&message, 2, 2, b"body").await.unwrap();
            }
            sent.push(message);
        }
    }
    clean(&all_bytes(setup.path()), "a file, while messages wait,");
    setup.exchange().route_due().await.unwrap();
    for patient in &patients {
        if let Err(error) = setup.send(&patient.address(), b"body").await {
            output.error(&error);
        }
    }
    all_that_is_shown(&setup, SENDER, &sent, &mut output).await;
    all_that_is_shown(&setup, RECEIVER, &sent, &mut output).await;
    setup.time.pass(SignedDuration::from_hours(30));
    setup.exchange().route_due().await.unwrap();
    all_that_is_shown(&setup, SENDER, &sent, &mut output).await;

    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator.set_patient_routing(&workflow, false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    let caller = setup.caller(SENDER).await;
    for patient in &patients {
        let request = request(&patient.address(), 1);
        let sending = setup.exchange().send(&caller, request, pieces(b"body"));
        output.error(&sending.await.unwrap_err());
    }
    drop((caller, operator));
    output.keep(&setup.events());
    setup.exchange = None;
    clean(output.0.as_bytes(), "an output");
    let log = log().0.lock().unwrap().clone();
    assert!(contains(&log, b"message accepted"), "the log is caught");
    clean(&log, "the log");
    clean(&all_bytes(setup.path()), "a file, after closing,");
}

#[test]
fn no_output_of_any_kind_names_a_patient() {
    let config = ProptestConfig {
        cases: 16,
        ..ProptestConfig::default()
    };
    test_kit::alone("privacy::no_output_of_any_kind_names_a_patient", || {
        proptest!(config, |(patients in prop::collection::vec(patient(), 1..6))| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(go_through_everything(patients));
        });
    });
}
