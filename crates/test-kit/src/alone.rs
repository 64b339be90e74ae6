//! Tests that look at the whole process, in a process of their own.

use std::process::Command;

const ALONE: &str = "RESTANTE_TEST_ALONE";

/// Runs the body of the test that calls this, whose full name is `test`, in a process of its own: what
/// it reads of the process, such as its memory, its log or its metrics, is no other test's doing.
///
/// # Panics
///
/// When the body does, with what it printed; and when no test has this name.
#[allow(clippy::panic)]
pub fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let ended = std::env::current_exe().and_then(|program| {
        let mut process = Command::new(program);
        process
            .args(["--exact", "--nocapture", test])
            .env(ALONE, "1")
            .output()
    });
    let ended = ended.unwrap_or_else(|error| panic!("{test} could not be started alone: {error}"));
    let (printed, complaint) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    assert!(ended.status.success(), "{printed}{complaint}");
    assert!(
        printed.contains("1 passed"),
        "no test has the name {test}: {printed}"
    );
}
