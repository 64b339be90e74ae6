//! The Java client's `meshclient.cfg`: what is accepted has mailboxes with a directory each, and a
//! password never shows in `Debug` or in a remark.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh_client::config::{Secret, from_meshclient_cfg};
use secrecy::ExposeSecret;

fuzz_target!(|text: &str| {
    let Ok((config, remarks)) = from_meshclient_cfg(text) else {
        return;
    };
    assert!(!config.server.url.is_empty() && !config.mailboxes.is_empty());
    for (index, mailbox) in config.mailboxes.iter().enumerate() {
        assert!(!mailbox.directory.as_os_str().is_empty());
        let Secret::Text(password) = &mailbox.password else {
            panic!("a password elsewhere")
        };
        let password = password.expose_secret();
        assert!(!password.is_empty());
        if text.matches(password).count() != 1 {
            continue;
        }
        // With another password everything that may be shown is the same.
        let other = text.replacen(password, "another-password", 1);
        let Ok((changed, other_remarks)) = from_meshclient_cfg(&other) else {
            continue;
        };
        let taken = changed.mailboxes.get(index).is_some_and(|mailbox| {
            matches!(&mailbox.password, Secret::Text(p) if p.expose_secret() == "another-password")
        });
        if taken {
            assert_eq!(remarks, other_remarks);
            assert_eq!(format!("{config:?}"), format!("{changed:?}"));
        }
    }
});
