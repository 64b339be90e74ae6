//! The rows of clinical notes: each a title, a text and whether it is confidential. Rows of one
//! title that follow each other are the entries of one section; those titled "Follow-up actions"
//! are printed last.

use pages::components::Errors;
use send_document::{Coding, Consultation, Item, Section};

use super::fields::Fields;

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

/// The rows of a consultation.
pub(super) fn fill(fields: &mut Fields, consultation: &Consultation) {
    let sections = consultation.sections.iter().flat_map(|section| {
        section
            .items
            .iter()
            .map(|item| (section.title.as_str(), item))
    });
    let actions = consultation
        .follow_up_actions
        .iter()
        .map(|item| (FOLLOW_UP, item));
    for (row, (title, item)) in sections.chain(actions).enumerate() {
        let mut set = |name: &str, value: &str| fields.set(&format!("{name}_{row}"), value);
        set("title", title);
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

/// How many rows the form shows.
pub(super) fn rows(fields: &Fields) -> usize {
    let last = (0..MOST).rfind(|row| {
        ["title", "text"]
            .iter()
            .any(|name| !fields.get(&format!("{name}_{row}")).is_empty())
    });
    (last.map_or(0, |last| last + 1) + SPARE).min(MOST)
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
