//! In what order and under which headings the page shows entries.

use update_record::{Content, Entry, Heading, Record, Review};

/// Entries of one page; the rest follow on further ones.
const ENTRIES_PER_PAGE: usize = 50;

/// The heading an entry stands under. What is coded comes first: a computer acts on it.
fn group(entry: &Entry) -> (u8, &'static str) {
    match (&entry.content, entry.heading) {
        (Content::Complaint, _) => (0, "Presenting complaint"),
        (Content::Observation(_), Some(Heading::PregnancyStatus)) => (1, "Pregnancy status"),
        (Content::Observation(_), Some(Heading::Procedures)) => (2, "Procedures and therapies"),
        (Content::Observation(_), _) => (3, "Findings"),
        (Content::Report(_), _) => (4, "Reports"),
        (Content::Supply(supply), _) if supply.is_declined => (6, "Supply declined"),
        (Content::Supply(_), _) => (5, "Supplied by the pharmacy"),
        (Content::Text, Some(heading)) => (text_rank(heading), heading.display()),
        (Content::Text, None) => (u8::MAX, "Other text"),
    }
}

fn text_rank(heading: Heading) -> u8 {
    let mut all = Heading::ALL.iter();
    let place = all.position(|known| *known == heading);
    place.map_or(u8::MAX, |place| {
        u8::try_from(place).unwrap_or(u8::MAX).saturating_add(10)
    })
}

/// What people call an entry in a list of those that are open.
pub(super) fn name(entry: &Entry) -> String {
    let called = entry.code.as_ref().and_then(|code| {
        let known = update_record::meaning(&code.code).map(str::to_owned);
        known.or_else(|| code.display.clone())
    });
    match (&entry.content, called) {
        (Content::Text, _) | (_, None) => group(entry).1.to_owned(),
        (_, Some(called)) => called,
    }
}

/// The part of a record that one page shows.
pub(super) struct Shown<'a> {
    /// Heading and entries with their places in the record.
    pub(super) groups: Vec<(&'static str, Vec<(usize, &'a Entry)>)>,
    /// This page, from 1.
    pub(super) page: usize,
    pub(super) pages: usize,
}

/// An entry that nobody has decided about.
pub(super) struct Open {
    /// Its place in the record.
    pub(super) place: usize,
    pub(super) name: String,
    /// The page it stands on.
    pub(super) page: usize,
}

/// The entries that nobody has decided about, in the order of the pages.
pub(super) fn open(review: &Review) -> Vec<Open> {
    let all = ordered(review.record()).into_iter().enumerate();
    let open = all.filter(|(_, (place, _))| review.decided(*place).is_none());
    open.map(|(index, (place, entry))| Open {
        place,
        name: name(entry),
        page: index / ENTRIES_PER_PAGE + 1,
    })
    .collect()
}

/// Every entry in the order of the pages.
pub(super) fn ordered(record: &Record) -> Vec<(usize, &Entry)> {
    let mut all: Vec<(usize, &Entry)> = record.entries.iter().enumerate().collect();
    all.sort_by_key(|(_, entry)| group(entry));
    all
}

/// How many pages a record has.
pub(super) fn pages(record: &Record) -> usize {
    record.entries.len().div_ceil(ENTRIES_PER_PAGE).max(1)
}

/// One page of a record; one that is not there is the nearest that is.
pub(super) fn shown(record: &Record, page: usize) -> Shown<'_> {
    let all = ordered(record);
    let pages = pages(record);
    let page = page.clamp(1, pages);
    let part = all
        .into_iter()
        .skip((page - 1) * ENTRIES_PER_PAGE)
        .take(ENTRIES_PER_PAGE);
    let mut groups: Vec<(&'static str, Vec<(usize, &Entry)>)> = Vec::new();
    for (place, entry) in part {
        let (_, heading) = group(entry);
        match groups.last_mut().filter(|(last, _)| *last == heading) {
            Some((_, entries)) => entries.push((place, entry)),
            None => groups.push((heading, vec![(place, entry)])),
        }
    }
    Shown {
        groups,
        page,
        pages,
    }
}
