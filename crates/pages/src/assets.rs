//! Style sheets, script and icons, in the binary and under an address that changes with them.

use std::io::Write;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::Problem;

pub(crate) const CSS: &str = "text/css; charset=utf-8";
pub(crate) const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The NHS design system, as `build.rs` prepared it.
const BASE: (&str, &str) = (
    "nhsuk.css",
    include_str!(concat!(env!("OUT_DIR"), "/nhsuk/nhsuk.css")),
);
const IMAGES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/nhsuk/images.rs"));

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    compressed: Vec<u8>,
}

struct Assets {
    hash: String,
    all: Vec<Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let own = [
        (BASE.0, CSS, BASE.1.as_bytes()),
        (
            "pages.css",
            CSS,
            include_bytes!("../assets/pages.css").as_slice(),
        ),
        (
            "work.css",
            CSS,
            include_bytes!("../assets/work.css").as_slice(),
        ),
        (
            "print.css",
            CSS,
            include_bytes!("../assets/print.css").as_slice(),
        ),
        (
            "pages.js",
            JS,
            include_bytes!("../assets/pages.js").as_slice(),
        ),
        (
            "icon.svg",
            SVG,
            include_bytes!("../assets/icon.svg").as_slice(),
        ),
    ];
    let images = IMAGES.iter().map(|(name, bytes)| (*name, SVG, *bytes));
    let all: Vec<Asset> = own
        .into_iter()
        .chain(images)
        .map(|(name, media_type, bytes)| Asset {
            name,
            media_type,
            bytes,
            compressed: compressed(bytes),
        })
        .collect();
    let mut digest = Sha256::new();
    for asset in &all {
        digest.update(asset.name);
        digest.update(asset.bytes);
    }
    let hash = digest.finalize();
    let hash = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
    Assets {
        hash: hash.collect(),
        all,
    }
});

/// Empty when it could not be compressed, which leaves the plain bytes.
pub(crate) fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    match encoder.write_all(bytes) {
        Ok(()) => encoder.finish().unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn address(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.hash)
}

/// The style sheets of every ordinary page, in order.
pub(crate) fn styles() -> [String; 2] {
    [address(BASE.0), address("pages.css")]
}

/// The style sheets of every page of work, in order. The design system's own is not among them: its head,
/// type and buttons leave no room for rows.
pub(crate) fn work_styles() -> [String; 2] {
    [address("pages.css"), address("work.css")]
}

/// The style sheet of every page on paper, behind all others.
pub(crate) fn print_style() -> String {
    address("print.css")
}

/// The script of every page. The pages work without it.
pub(crate) fn script() -> String {
    address("pages.js")
}

pub(crate) fn icon() -> String {
    address("icon.svg")
}

pub(crate) fn router() -> Router {
    Router::new().route("/assets/{hash}/{name}", get(serve))
}

async fn serve(
    Path((hash, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = ASSETS
        .all
        .iter()
        .find(|asset| asset.name == name && hash == ASSETS.hash)
        .ok_or_else(Problem::not_found)?;
    let (bytes, compressed) = (asset.bytes, asset.compressed.as_slice());
    Ok(answer(asset.media_type, bytes, compressed, &headers))
}

/// A file that never changes under its address.
pub(crate) fn answer(
    media_type: &'static str,
    bytes: &'static [u8],
    compressed: &'static [u8],
    headers: &HeaderMap,
) -> Response {
    let takes_gzip = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    let fixed = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
    ];
    if takes_gzip && !compressed.is_empty() {
        let mut response = (fixed, compressed).into_response();
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return response;
    }
    (fixed, bytes).into_response()
}
