//! The clinical notes as titled sections of paragraphs, and the sentences the template fixes.

use super::Report;
use super::fonts::Face;
use super::geometry as g;
use super::text::{Block, Typesetter};
use crate::Ruleset;
use crate::consultation::Item;

pub(crate) const SUMMARY_REASON: &str = "A patient recently consulted with a clinician at an \
    organisation different to the GP practice that they are registered with. The notes contained \
    in this document are a summary of the consultation";
pub(crate) const CONFIDENTIAL_CONSULTATION: &str =
    "The details of this consultation have been set as confidential";
pub(crate) const CONFIDENTIAL_ITEM: &str = "Confidential item";

pub(super) struct Notes {
    pub sections: Vec<Section>,
}

pub(super) struct Section {
    pub name: String,
    pub title: Block,
    pub paragraphs: Vec<Block>,
}

impl Notes {
    pub(super) fn new(report: &Report<'_>, typesetter: &mut Typesetter) -> Self {
        let sections = contents(report);
        let set = |(name, paragraphs): (String, Vec<String>)| {
            let (face, size, line) = (Face::Bold, g::FIELD_SIZE, g::NOTE_LINE);
            let title = if name.is_empty() {
                String::new()
            } else {
                format!("{name}:")
            };
            let width = Some(g::TITLES.1 - g::TITLES.0);
            let title = typesetter.set(&title, face, size, line, width);
            let width = Some(g::TEXTS.1 - g::TEXTS.0);
            let paragraphs = paragraphs.iter();
            let paragraphs =
                paragraphs.map(|text| typesetter.set(text, Face::Regular, size, line, width));
            let paragraphs = paragraphs.collect();
            Section {
                name,
                title,
                paragraphs,
            }
        };
        Self {
            sections: sections.into_iter().map(set).collect(),
        }
    }
}

/// Titles and paragraphs in order. GPCM-SD-102: of a confidential consultation, one sentence.
fn contents(report: &Report<'_>) -> Vec<(String, Vec<String>)> {
    let consultation = report.consultation;
    if consultation.confidential {
        return vec![(String::new(), vec![CONFIDENTIAL_CONSULTATION.to_owned()])];
    }
    let reason = vec![format!("{SUMMARY_REASON}.")];
    let mut contents = vec![("Summary Reason".to_owned(), reason)];
    for section in &consultation.sections {
        contents.push((
            section.title.trim().to_owned(),
            paragraphs(report, &section.items),
        ));
    }
    let actions = paragraphs(report, &consultation.follow_up_actions);
    contents.push(("Follow-up Actions".to_owned(), actions));
    contents.retain(|(_, paragraphs)| !paragraphs.is_empty());
    contents
}

/// GPCM-SD-133: under 1.3 each confidential item leaves its mark; 2.0 does not send such items.
fn paragraphs(report: &Report<'_>, items: &[Item]) -> Vec<String> {
    let shown = items
        .iter()
        .filter(|item| !(item.confidential && report.ruleset == Ruleset::V2_0));
    shown.flat_map(item_paragraphs).collect()
}

fn item_paragraphs(item: &Item) -> Vec<String> {
    if item.confidential {
        return vec![CONFIDENTIAL_ITEM.to_owned()];
    }
    let text = item.text.as_deref().unwrap_or_default();
    let whole = match &item.code {
        Some(code) if text.is_empty() => code.display.clone(),
        Some(code) => format!("{}: {text}", code.display),
        None => text.to_owned(),
    };
    let lines = whole.lines().map(|line| line.trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}
