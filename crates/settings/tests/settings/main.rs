//! Files and variables become checked values, or an error that says where and what to do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod encodings;
mod errors;
mod secrets;
mod values;
mod variables;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use settings::{Kind, Secret, Settings, SettingsError};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shop {
    listen: Option<SocketAddr>,
    name: String,
    data: PathBuf,
    limits: Limits,
    colours: Vec<Colour>,
    numbers: Vec<u16>,
    notes: BTreeMap<String, String>,
    key: Option<Secret>,
    #[serde(rename = "till")]
    tills: Vec<Till>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    max_chunks: u32,
    small: u8,
    signed: i64,
    seconds: f64,
    strict: bool,
    most: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Colour {
    DarkRed,
    Green,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Till {
    id: String,
    password: Secret,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only whether it is read matters")]
struct Depot {
    address: String,
    gates: u8,
}

const SHOP: Kind = Kind {
    name: "shop.toml",
    given_to: "example shop --config",
    prefix: "EXAMPLE_SHOP__",
    keys: &["listen", "name", "limits", "till"],
    lists: &[("till", "id")],
};

const DEPOT: Kind = Kind {
    name: "depot.toml",
    given_to: "example depot --config",
    prefix: "EXAMPLE_DEPOT__",
    keys: &["address", "gates"],
    lists: &[],
};

fn shop_with(text: &str, variables: &[(&str, &str)]) -> Result<Shop, SettingsError> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut settings = Settings::parse(Path::new("shop.toml"), text)?;
    settings.set_variables(&SHOP, variables)?;
    settings.into_checked(&SHOP, &[&DEPOT])
}

fn shop(text: &str) -> Result<Shop, SettingsError> {
    shop_with(text, &[])
}

fn refusal(text: &str) -> String {
    shop(text).expect_err(text).to_string()
}
