//! The style sheet and the script that the console's pages of work have beside those of all pages.

use pages::SiteAsset;

pub(crate) static STYLE: SiteAsset =
    SiteAsset::style("overview.css", include_str!("../assets/overview.css"));

pub(crate) static SCRIPT: SiteAsset =
    SiteAsset::script("overview.js", include_str!("../assets/overview.js"));
