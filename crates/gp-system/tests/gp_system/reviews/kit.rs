//! A practice that received an Update Record, and people who press the buttons of its review.

use gp_system::Task;
use itk3::Family;
use reqwest::Response;

use crate::payloads::{answered, taking, update};
use crate::support::site::{Visitor, revision};
use crate::support::{World, with_replaced};

const WORKFLOW: &str = "GPCONNECT_UPDATE_RECORD";
/// The ids of the message but for their ends.
pub const ID: &str = "b6b1f0a2-0000-4000-8000-0000000000";
/// The pregnancy status of the message, by the end of its id.
pub const PREGNANCY: &str = "14";

/// The update with a code that says pregnant beside words that say not.
pub fn contradicting() -> Vec<u8> {
    changed(&update(), PREGNANCY, "60001007", "77386006")
}

/// A message with the first `from` behind the id of a resource replaced.
pub fn changed(data: &[u8], within: &str, from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(data).unwrap();
    let anchor = format!("<id value=\"{ID}{within}\"/>");
    let (before, behind) = text.split_once(&anchor).unwrap();
    assert!(behind.contains(from), "{within}: {from}");
    format!("{before}{anchor}{}", behind.replacen(from, to, 1)).into_bytes()
}

/// The next version of a message, which replaces it: every id is new.
pub fn next_version(data: &[u8]) -> Vec<u8> {
    let new = "c7c2f0a2-0000-4000-8000-0000000000";
    let data = with_replaced(data, ID, new);
    let data = with_replaced(
        &data,
        "<versionId value=\"1\"/>",
        "<versionId value=\"2\"/>",
    );
    let target = format!(
        "</title><relatesTo><code value=\"replaces\"/><targetIdentifier>\
         <system value=\"https://pharmacy.example/document\"/><value value=\"{ID}03\"/>\
         </targetIdentifier></relatesTo><section>"
    );
    let text = String::from_utf8(data).unwrap();
    let title = "<title value=\"Corner Pharmacy - minor illness\"/>";
    let (before, behind) = text.split_once(title).unwrap();
    let target = target.replace("</title>", "");
    let behind = behind.replacen("<section>", &target, 1);
    format!("{before}{title}{behind}").into_bytes()
}

/// A practice that received this update.
pub async fn received(data: &[u8]) -> World {
    let mut world = taking(&[Family::UpdateRecord]);
    take(&mut world, data).await;
    world
}

pub async fn take(world: &mut World, data: &[u8]) {
    let codes = answered(world, WORKFLOW, data).await;
    let message = world.osprey.practice.received().unwrap().remove(0);
    let found = world.osprey.practice.received_message(message.number);
    assert_eq!(codes, [20013, 30001], "{found:#?}");
}

pub fn task(world: &World) -> Task {
    world.osprey.practice.tasks().unwrap().remove(0)
}

pub fn address(world: &World) -> String {
    format!("/inbox/{}/review", task(world).id)
}

/// The place of the entry that people call so.
pub fn place(page: &str, name: &str) -> usize {
    let legend = format!("Your decision: {name}</legend>");
    let (_, rest) = page
        .split_once(&legend)
        .unwrap_or_else(|| panic!("{name}: {page}"));
    let (_, rest) = rest.split_once("name=\"entry-").unwrap();
    rest.split_once('"').unwrap().0.parse().unwrap()
}

/// What is chosen of an entry.
pub fn chosen(page: &str, place: usize) -> Option<String> {
    let mut rest = page;
    let input = format!("name=\"entry-{place}\" value=\"");
    while let Some((_, next)) = rest.split_once(&input) {
        let (tag, behind) = next.split_once('>').unwrap();
        if tag.contains(" checked") {
            return Some(tag.split('"').next().unwrap().to_owned());
        }
        rest = behind;
    }
    None
}

/// Presses a button with these fields beside the revision that the page shows.
pub async fn press(
    visitor: &Visitor<'_>,
    address: &str,
    button: &str,
    fields: &[(String, &str)],
) -> Response {
    let seen = revision(&visitor.text(address).await);
    press_having_seen(visitor, address, &seen, button, fields).await
}

pub async fn press_having_seen(
    visitor: &Visitor<'_>,
    address: &str,
    seen: &str,
    button: &str,
    fields: &[(String, &str)],
) -> Response {
    let mut form = vec![("revision", seen), ("do", button)];
    form.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    visitor.post(address, &form).await
}

pub fn entry(place: usize, what: &str) -> (String, &str) {
    (format!("entry-{place}"), what)
}
