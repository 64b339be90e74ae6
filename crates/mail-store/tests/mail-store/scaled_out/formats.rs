//! Tables that an earlier or later release made.

use mail_store::{Store, StoreError, StoreOptions};

use crate::kit::*;

/// Gives the tables another format number.
fn renumber(backend: &Backend, format: i64) {
    backend.meddle(&format!(
        "UPDATE fact SET value = {format} WHERE name = 'format'"
    ));
}

async fn open(options: &StoreOptions) -> Option<StoreError> {
    Store::open_with(options, "/".as_ref(), 1).await.err()
}

#[tokio::test]
async fn tables_of_another_format_are_refused() {
    let backend = Backend::scaled_out().await;
    drop(backend.open().await);
    let (options, directory) = backend.options();
    for format in [0, 6, 99] {
        renumber(&backend, format);
        match open(&options).await {
            Some(StoreError::Format { found, .. }) => assert_eq!(found, format),
            other => panic!("{other:?}"),
        }
        let refused = options.quarantined(directory).await.err();
        assert!(matches!(refused, Some(StoreError::Format { .. })));
    }
}

#[tokio::test]
async fn an_operators_command_does_not_bring_tables_up_to_date() {
    let backend = Backend::scaled_out().await;
    drop(backend.open().await);
    renumber(&backend, 1);
    let (options, directory) = backend.options();
    let refused = options.quarantined(directory).await.expect_err("older");
    assert!(matches!(refused, StoreError::OlderFormat { found: 1, .. }));
    assert!(refused.to_string().contains("make a backup"), "{refused}");
}
