//! The rows of clinical notes: each a title, a text and whether it is confidential. Rows of one
//! title that follow each other are the entries of one section; those titled "Follow-up actions"
//! are printed last.

use std::collections::HashMap;

use pages::components::Errors;
use send_document::{Coding, Consultation, Item, Section};

use super::fields::Fields;
use crate::Template;

/// Rows a form may have.
const MOST: usize = 200;
/// Empty rows offered beyond those that hold something.
const SPARE: usize = 2;
const FOLLOW_UP: &str = "Follow-up actions";
const OFFERED: [&str; 5] = ["History", "Examination", "Diagnosis", "Plan", FOLLOW_UP];

/// The rows of an empty form.
pub(super) fn offer(fields: &mut Fields) {
    for (row, title) in OFFERED.iter().enumerate() {
        fields.set(&format!("title_{row}"), title);
    }
}

/// The rows of a consultation, with the usual headings that it lacks between them as far as they fit.
pub(super) fn fill(fields: &mut Fields, consultation: &Consultation) {
    let sections = consultation.sections.iter().flat_map(|section| {
        let title = section.title.as_str();
        section.items.iter().map(move |item| (title, Some(item)))
    });
    let actions = consultation.follow_up_actions.iter();
    let actions = actions.map(|item| (FOLLOW_UP, Some(item)));
    let mut rows: Vec<(&str, Option<&Item>)> = sections.chain(actions).collect();
    for (n, title) in OFFERED.iter().enumerate() {
        if rows.iter().any(|(used, _)| used == title) {
            continue;
        }
        let later = |(used, _): &(&str, _)| OFFERED.iter().skip(n).any(|title| used == title);
        let place = rows.iter().position(later).unwrap_or(rows.len());
        rows.insert(place, (title, None));
    }
    for (row, (title, item)) in rows.into_iter().enumerate() {
        let mut set = |name: &str, value: &str| fields.set(&format!("{name}_{row}"), value);
        set("title", title);
        let Some(item) = item else { continue };
        set("text", item.text.as_deref().unwrap_or_default());
        if item.confidential {
            set("confidential", "yes");
        }
        if let Some(code) = &item.code {
            set("system", &code.system);
            set("code", &code.code);
            set("display", &code.display);
        }
    }
}

/// Puts a template's notes into the form: under its heading where nothing stands there yet, in a row of its own
/// otherwise. Nothing that was typed is changed.
pub(super) fn apply(fields: &mut Fields, template: &Template) {
    let mut rows: Vec<Row> = (0..used(fields))
        .map(|row| Row::take(fields, row))
        .collect();
    // Where the next note goes that has no row yet: behind the one before it.
    let mut place = 0;
    for note in &template.notes {
        let is_free = |row: &Row| row.is_empty() && row.get("title") == note.title;
        if let Some(free) = rows.iter().position(is_free) {
            place = free;
        } else {
            let same = rows.iter().rposition(|row| row.get("title") == note.title);
            place = same.map_or(place, |same| same + 1).min(rows.len());
            rows.insert(place, Row::default());
        }
        if let Some(row) = rows.get_mut(place) {
            row.set("title", &note.title);
            row.set("text", &note.text);
            row.set("open", "yes");
        }
        place += 1;
    }
    for (number, row) in rows.into_iter().take(MOST).enumerate() {
        row.put(fields, number);
    }
}

/// What one row may hold.
const PARTS: [&str; 8] = [
    "title",
    "text",
    "confidential",
    "system",
    "code",
    "display",
    "leave_out",
    "open",
];

/// One row, taken out of the form.
#[derive(Default)]
struct Row(HashMap<&'static str, String>);

impl Row {
    fn take(fields: &mut Fields, row: usize) -> Self {
        let mut taken = Self::default();
        for part in PARTS {
            let name = format!("{part}_{row}");
            taken.set(part, fields.get(&name));
            fields.set(&name, "");
        }
        taken
    }

    fn get(&self, part: &str) -> &str {
        self.0.get(part).map_or("", String::as_str)
    }

    fn set(&mut self, part: &'static str, value: &str) {
        self.0.insert(part, value.to_owned());
    }

    fn is_empty(&self) -> bool {
        self.get("text").is_empty() && self.get("code").is_empty()
    }

    fn put(self, fields: &mut Fields, row: usize) {
        for (part, value) in self.0 {
            fields.set(&format!("{part}_{row}"), &value);
        }
    }
}

/// How many rows hold something, counted up to the last of them.
fn used(fields: &Fields) -> usize {
    let holds = |row: &usize| {
        let mut parts = ["title", "text", "code"].iter();
        parts.any(|name| !fields.get(&format!("{name}_{row}")).is_empty())
    };
    (0..MOST).rfind(holds).map_or(0, |last| last + 1)
}

/// How many rows the form shows.
pub(super) fn rows(fields: &Fields) -> usize {
    (used(fields) + SPARE).min(MOST)
}

/// The rows that stand open: those that hold a note or a template put there, or else the first.
pub(super) fn is_open(fields: &Fields, row: usize) -> bool {
    let holds = |row: usize| {
        let mut parts = ["text", "code", "open"].iter();
        parts.any(|name| !fields.get(&format!("{name}_{row}")).is_empty())
    };
    holds(row) || row == 0 && !(0..used(fields)).any(holds)
}

/// The sections and the follow-up actions; a row without text and code is none.
pub(super) fn read(fields: &Fields, errors: &mut Errors) -> (Vec<Section>, Vec<Item>) {
    let mut sections: Vec<Section> = Vec::new();
    let mut actions = Vec::new();
    for row in 0..MOST {
        let get = |name: &str| fields.get(&format!("{name}_{row}"));
        let Some(item) = item(&get) else {
            continue;
        };
        let title = get("title");
        if title.is_empty() {
            errors.add(format!("title_{row}"), "Enter a title for the note");
        } else if title.eq_ignore_ascii_case(FOLLOW_UP) {
            actions.push(item);
        } else {
            match sections.last_mut().filter(|section| section.title == title) {
                Some(section) => section.items.push(item),
                None => sections.push(Section {
                    title: title.to_owned(),
                    items: vec![item],
                }),
            }
        }
    }
    (sections, actions)
}

/// Browsers send line ends as CR LF.
fn item<'a>(get: &impl Fn(&str) -> &'a str) -> Option<Item> {
    let text = get("text").replace("\r\n", "\n");
    let is_kept = get("leave_out") != "yes" && !get("code").is_empty();
    let code = is_kept.then(|| Coding {
        system: get("system").to_owned(),
        code: get("code").to_owned(),
        display: get("display").to_owned(),
    });
    if text.is_empty() && code.is_none() {
        return None;
    }
    Some(Item {
        code,
        text: Some(text).filter(|text| !text.is_empty()),
        confidential: get("confidential") == "yes",
    })
}
