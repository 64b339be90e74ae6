//! The style sheet and script of messages, journeys and the audit trail.

use pages::SiteAsset;

pub(crate) static STYLE: SiteAsset =
    SiteAsset::style("journey.css", include_str!("../assets/journey.css"));

pub(crate) static SCRIPT: SiteAsset =
    SiteAsset::script("journey.js", include_str!("../assets/journey.js"));
