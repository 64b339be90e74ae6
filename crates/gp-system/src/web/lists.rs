//! What the practice's lists of work share: their style sheet.

use pages::SiteAsset;

/// The rules of alerts, sent list, consultation and overview, beside those of all pages of work.
pub(super) static STYLE: SiteAsset =
    SiteAsset::style("lists.css", include_str!("../../assets/lists.css"));
