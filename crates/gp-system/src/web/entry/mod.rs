//! Entering a consultation: the form, the look at the report as it will be sent, and sending it.

pub(super) mod attachments;
mod begun;
mod clinician;
pub(super) mod clinicians;
pub(super) mod draft;
mod draft_page;
pub(super) mod drafts;
mod fields;
mod filling;
pub(super) mod keeping;
mod moment;
pub(super) mod new;
mod note_rows;
mod notes;
mod page;
pub(super) mod patients;
mod reading;
mod routing;
mod saving;
mod seen;
pub(super) mod templates;
pub(super) mod update;

use pages::SiteAsset;

/// The rules of these pages beside those of all pages.
pub(super) static STYLE: SiteAsset =
    SiteAsset::style("entry.css", include_str!("../../../assets/entry.css"));

/// Keeps the form as a draft while it is typed.
pub(super) static KEEP: SiteAsset =
    SiteAsset::script("keep.js", include_str!("../../../assets/keep.js"));

/// Takes files that are dragged onto a draft.
pub(super) static ATTACH: SiteAsset =
    SiteAsset::script("attach.js", include_str!("../../../assets/attach.js"));
