//! What somebody saw of a draft: how often it had been kept when the page was shown. Its forms post it, so that
//! nothing that was kept meanwhile in another window is replaced or sent unseen.

use maud::{Markup, html};

/// The field of a form.
pub(super) const REVISION: &str = "revision";

/// The field of a draft's form.
pub(super) fn field(revision: u32) -> Markup {
    html! { input type="hidden" name=(REVISION) value=(revision); }
}

/// What a form posted; 0, which no draft has, where it says nothing that could be read.
pub(super) fn parse(value: &str) -> u32 {
    value.trim().parse().unwrap_or_default()
}
