//! The work of checking and reading a message grows with its size, whatever in it is repeated: each
//! element that may repeat by itself, and each two of them together, since one that is looked up for
//! each of the other is what an attacker looks for. Work is counted in elements looked at.

use std::collections::HashSet;
use std::ops::Range;

use fhir::{Limits, visits};
use roxmltree::{Document, Node};
use send_document::{Ruleset, check, read};

use crate::common::Broken;

/// Elements of a message that may be repeated, each with whatever is in it.
const REPEATED: [&str; 24] = [
    "entry",
    "contained",
    "extension",
    "profile",
    "tag",
    "identifier",
    "name",
    "given",
    "telecom",
    "address",
    "line",
    "coding",
    "section",
    "author",
    "attester",
    "relatesTo",
    "focus",
    "event",
    "text",
    "type",
    "receiver",
    "sender",
    "reference",
    "content",
];

/// A message with a contained resource, references to it and an attester, and short attachments.
fn message() -> String {
    let contained =
        "<contained><Organization><id value=\"c1\"/><name value=\"x\"/></Organization></contained>";
    let attester =
        "<attester><mode value=\"legal\"/><party><reference value=\"#c1\"/></party></attester>";
    let text = Broken::good().0;
    let composition = text.find("<Composition>").unwrap();
    let (before, composition) = text.split_at(composition);
    let composition = composition
        .replacen("</text>", &format!("</text>{contained}"), 1)
        .replacen("<custodian>", &format!("{attester}<custodian>"), 1);
    shortened(&format!("{before}{composition}"))
}

/// Attachments of a few bytes.
fn shortened(text: &str) -> String {
    let mut parts = text.split("<content value=\"");
    let mut short = parts.next().unwrap().to_owned();
    for part in parts {
        let end = part.find('"').unwrap();
        short.push_str("<content value=\"JVBERi0x");
        short.push_str(&part[end..]);
    }
    short
}

/// The first element of each name in each kind of element around it.
fn kinds(text: &str) -> Vec<(String, Range<usize>)> {
    let document = Document::parse(text).unwrap();
    let mut seen = HashSet::new();
    let name = |node: Node| node.tag_name().name().to_owned();
    document
        .descendants()
        .filter(|node| node.is_element() && REPEATED.contains(&node.tag_name().name()))
        .filter_map(|node| {
            let kind = format!("{}.{}", name(node.parent()?), name(node));
            seen.insert(kind.clone()).then_some((kind, node.range()))
        })
        .collect()
}

fn repeated(text: &str, kinds: &[&Range<usize>], times: usize) -> String {
    let mut kinds = kinds.to_vec();
    kinds.sort_by_key(|range| std::cmp::Reverse(range.end));
    let mut out = text.to_owned();
    for range in kinds {
        out.insert_str(range.end, &text[range.clone()].repeat(times));
    }
    out
}

fn work(text: &str) -> usize {
    let limits = Limits {
        elements: 2_000_000,
        ..Limits::default()
    };
    visits::during(|| {
        let message = fhir::xml::read(text.as_bytes(), &limits).unwrap();
        let _ = read(&message);
        for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
            let _ = send_document::response_for(&check(&message, None, ruleset));
        }
    })
}

/// What `n` repetitions add, and what four times as many do, is in proportion: less than 5 to 1, where
/// n log n gives at most 4.9 and n times n gives 16.
fn grows(text: &str, plain: usize, kinds: &[&Range<usize>], n: usize, what: &str) {
    let added = |times| work(&repeated(text, kinds, times)).saturating_sub(plain);
    let (once, four_times) = (added(n), added(4 * n));
    assert!(
        four_times <= 5 * once + 1_000,
        "{what}: {n} more cost {once} looks, {} more cost {four_times}",
        4 * n
    );
}

#[test]
fn work_grows_with_each_element_that_repeats() {
    let text = message();
    let (plain, kinds) = (work(&text), kinds(&text));
    assert!(kinds.len() > 30, "{}", kinds.len());
    for (kind, range) in &kinds {
        grows(&text, plain, &[range], 200, kind);
    }
}

#[test]
fn work_grows_with_each_two_elements_that_repeat() {
    let text = message();
    let (plain, kinds) = (work(&text), kinds(&text));
    for (index, (one, first)) in kinds.iter().enumerate() {
        for (other, second) in &kinds[index + 1..] {
            grows(
                &text,
                plain,
                &[first, second],
                25,
                &format!("{one} and {other}"),
            );
        }
    }
}

/// The message of the review: contained resources and as many references that lead to none.
#[test]
fn references_into_contained_resources_are_looked_up() {
    let text = message();
    let contained = text.find("<contained>").unwrap();
    let end = text.find("</contained>").unwrap() + "</contained>".len();
    let attester = text.find("<attester>").unwrap();
    let attester_end = text.find("</attester>").unwrap() + "</attester>".len();
    let text = text.replace("#c1", "#c2");
    let (contained, attester) = (contained..end, attester..attester_end);
    grows(
        &text,
        work(&text),
        &[&contained, &attester],
        500,
        "contained and references",
    );
}
