//! The certificates that the exchange knows of: its own, and those its authority issued to mailboxes' clients.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use nhs::OdsCode;
use pages::work::{State, WorkTable, tag};
use parking_lot::Mutex;

use crate::console::View;
use crate::labels::day;

/// Certificates that end within so long want to be renewed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The organisation it was issued to; `None` for one of this server's own.
    pub organisation: Option<OdsCode>,
    /// What it is for, such as its common name.
    pub name: String,
    /// In hexadecimal; empty where it is not known.
    pub serial: String,
    /// From when on it is good; `None` where it is not known.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// It is no longer accepted.
    pub revoked: bool,
}

/// The certificates that are known, as somebody keeps them up to date. Cheap to clone.
#[derive(Clone, Default)]
pub struct Certificates(Arc<Mutex<Vec<Certificate>>>);

impl Certificates {
    /// Puts these in the place of the former ones.
    pub fn set(&self, mut certificates: Vec<Certificate>) {
        certificates.sort_by_key(|certificate| certificate.until);
        *self.0.lock() = certificates;
    }

    /// All that are not revoked, the one that ends first before the others; of each organisation and
    /// name only the one that ends last, which took the place of the others.
    pub(crate) fn in_use(&self) -> Vec<Certificate> {
        let all = self.0.lock();
        let mut seen = HashSet::new();
        let good = all.iter().rev().filter(|found| !found.revoked);
        let last = good.filter(|found| seen.insert((&found.organisation, &found.name)));
        let mut in_use: Vec<Certificate> = last.cloned().collect();
        in_use.reverse();
        in_use
    }

    /// The one in use of each organisation that ends last.
    pub(crate) fn by_organisation(&self) -> HashMap<OdsCode, Certificate> {
        let in_use = self.in_use().into_iter();
        in_use
            .filter_map(|certificate| Some((certificate.organisation.clone()?, certificate)))
            .collect()
    }

    /// Those of an organisation, revoked ones too, the latest first.
    pub(crate) fn of(&self, organisation: &OdsCode) -> Vec<Certificate> {
        let all = self.0.lock();
        let of =
            |certificate: &&Certificate| certificate.organisation.as_ref() == Some(organisation);
        all.iter().rev().filter(of).cloned().collect()
    }
}

impl Certificate {
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.until <= now
    }

    pub(crate) fn ends_soon(&self, now: Timestamp) -> bool {
        !self.has_ended(now) && self.until.duration_since(now) <= SOON
    }

    /// Whose it is.
    pub(crate) fn whose(&self) -> String {
        match &self.organisation {
            Some(organisation) => organisation.to_string(),
            None => "this server".to_owned(),
        }
    }

    /// Until when it is good, in words.
    pub(crate) fn until_words(&self, now: Timestamp) -> Markup {
        let days = self.until.duration_since(now).as_hours() / 24;
        html! {
            @if self.has_ended(now) { span.age-old { (day(self.until)) ", expired" } }
            @else if self.ends_soon(now) { span.age-old { (day(self.until)) ", in " (days) " days" } }
            @else { (day(self.until)) }
        }
    }
}

/// Those of a mailbox's organisation.
pub(crate) fn of_mailbox(certificates: &[Certificate], now: Timestamp) -> Markup {
    let columns = ["Name", "Serial number", "From", "Until", "State"];
    let mut table = WorkTable::new(
        "Certificates of the organisation, the latest first",
        &columns,
    );
    for certificate in certificates {
        let state = match () {
            () if certificate.revoked => tag(State::Quiet, "Revoked"),
            () if certificate.has_ended(now) => tag(State::Bad, "Expired"),
            () if certificate.ends_soon(now) => tag(State::Warning, "Ends soon"),
            () => tag(State::Good, "Good"),
        };
        table.row(vec![
            html! { (certificate.name) },
            html! { span.hash { (certificate.serial) } },
            html! { @if let Some(from) = certificate.from { (day(from)) } },
            certificate.until_words(now),
            state,
        ]);
    }
    table.show()
}

/// All that are in use.
pub(crate) async fn page(
    view: View,
    axum::extract::State(console): axum::extract::State<crate::Console>,
) -> Markup {
    let (now, in_use) = (console.exchange.now(), console.certificates.in_use());
    let columns = ["Organisation", "Name", "Serial number", "From", "Until"];
    let mut table = WorkTable::new("Certificates, next to expire first", &columns);
    for certificate in &in_use {
        table.row(vec![
            html! { (certificate.whose()) },
            html! { (certificate.name) },
            html! { span.hash { (certificate.serial) } },
            html! { @if let Some(from) = certificate.from { (day(from)) } },
            certificate.until_words(now),
        ]);
    }
    let content = html! {
        div.sheet #certificates data-live {
            div.sheet-head { h2 { "Certificates, next to expire first" } }
            @if in_use.is_empty() {
                p.sheet-in { "The exchange's own authority has issued no certificate." }
            } @else { (table.show()) }
        }
        p."small hush" { "A new one is made on the server by " code { "restante certificate issue" }
            ", and refused by " code { "restante certificate revoke" } "." }
    };
    view.page("Certificates")
        .work()
        .asset(&crate::assets::STYLE)
        .show(content)
}
