//! What is read is what TOML says.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use settings::{Kind, Settings};

use crate::shop;

const ANY: Kind = Kind {
    name: "any.toml",
    given_to: "any",
    prefix: "ANY__",
    keys: &[],
    lists: &[],
};

/// A value of any type.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Anything {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Anything>),
    Table(BTreeMap<String, Anything>),
}

type Whole = BTreeMap<String, Anything>;

fn written() -> impl Strategy<Value = toml::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(toml::Value::Boolean),
        any::<i64>().prop_map(toml::Value::Integer),
        (-1e300..1e300).prop_map(toml::Value::Float),
        "\\PC{0,12}|[\"'\\\\\n\r\t#=]{0,6}".prop_map(toml::Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(toml::Value::Array),
            prop::collection::btree_map("[a-z]{1,4}|\\PC{1,4}", inner, 0..5)
                .prop_map(|table| toml::Value::Table(table.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_toml_says_is_read(table in prop::collection::btree_map("[a-z]{1,4}|\\PC{1,4}", written(), 0..6)) {
        let table: toml::Table = table.into_iter().collect();
        let text = toml::to_string(&table).unwrap();
        let expected: Whole = toml::from_str(&text).unwrap();
        let read: Whole = Settings::parse(Path::new("any.toml"), &text)
            .unwrap()
            .into_checked(&ANY, &[])
            .unwrap();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place_in_it(
        text in "(\\PC|[\n=\\[\\]\"'.]|listen|limits|key|file|1|true){0,40}",
    ) {
        match shop(&text) {
            Ok(_) => {}
            Err(error) => {
                if let settings::Place::File { position: Some((line, column)), .. } = error.place() {
                    prop_assert!(*line >= 1 && *line <= text.matches('\n').count() + 1);
                    prop_assert!(*column >= 1 && *column <= text.chars().count() + 1);
                }
            }
        }
    }
}
