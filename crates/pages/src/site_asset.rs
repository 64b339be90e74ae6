//! A style sheet or script that one site brings beside those of all pages.

use std::sync::OnceLock;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::assets::{CSS, JS, answer, compressed};

/// A style sheet or script of one site's own, in the binary and under an address that changes with it:
///
/// ```
/// use pages::SiteAsset;
/// pub static STYLE: SiteAsset = SiteAsset::style("loop.css", ".loop { display: grid; }");
/// ```
///
/// [`Table::asset`](crate::Table::asset) serves it to whoever asks, signed in or not;
/// [`Page::asset`](crate::Page::asset) and [`WorkPage::asset`](crate::work::WorkPage::asset) put it into a page, behind the sheets of all pages.
pub struct SiteAsset {
    name: &'static str,
    text: &'static str,
    kind: AssetKind,
    prepared: OnceLock<Prepared>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssetKind {
    Style,
    Script,
}

/// The addresses of those of a kind, in their order.
pub(crate) fn of<'a>(
    assets: &'a [(&SiteAsset, String)],
    kind: AssetKind,
) -> impl Iterator<Item = &'a str> {
    let wanted = assets.iter().filter(move |(asset, _)| asset.kind() == kind);
    wanted.map(|(_, address)| address.as_str())
}

struct Prepared {
    path: String,
    compressed: Vec<u8>,
}

impl SiteAsset {
    /// A style sheet: its file name and its text.
    pub const fn style(name: &'static str, text: &'static str) -> Self {
        Self::new(name, text, AssetKind::Style)
    }

    /// A script: its file name and its text. It runs when the page has been read (`defer`).
    pub const fn script(name: &'static str, text: &'static str) -> Self {
        Self::new(name, text, AssetKind::Script)
    }

    const fn new(name: &'static str, text: &'static str, kind: AssetKind) -> Self {
        Self {
            name,
            text,
            kind,
            prepared: OnceLock::new(),
        }
    }

    pub(crate) fn kind(&self) -> AssetKind {
        self.kind
    }

    /// Its path within the site: it changes with the text, so that browsers may keep it.
    pub fn path(&self) -> &str {
        &self.prepared().path
    }

    /// What serves it at its path.
    pub fn router<S: Clone + Send + Sync + 'static>(&'static self) -> Router<S> {
        let media_type = match self.kind {
            AssetKind::Style => CSS,
            AssetKind::Script => JS,
        };
        let serve = async move |headers: HeaderMap| {
            let compressed = &self.prepared().compressed;
            answer(media_type, self.text.as_bytes(), compressed, &headers)
        };
        Router::new().route(self.path(), get(serve))
    }

    fn prepared(&self) -> &Prepared {
        self.prepared.get_or_init(|| {
            let digest = Sha256::digest(self.text);
            let hash: String = digest
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            Prepared {
                path: format!("/own/{hash}/{}", self.name),
                compressed: compressed(self.text.as_bytes()),
            }
        })
    }
}
