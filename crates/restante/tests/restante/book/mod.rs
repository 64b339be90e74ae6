//! Every command of `docs/start` and `docs/how-to` works, in the order of its page, beginning with an empty directory.

mod page;
mod reader;
mod shared_store;
mod walks;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use self::page::{How, Step, steps, workspace};
use self::reader::Reader;

/// A page whose commands need nothing but the program.
fn works(name: &str) {
    let steps = steps(name);
    if let Some(tool) = missing(&steps) {
        test_kit::skip(test_kit::Needs::Tools, &format!("{tool} is not installed"));
        return;
    }
    let mut reader = Reader::in_a_hurry();
    reader.follow(&steps);
}

/// A program that the commands need and this machine lacks. All others are everywhere.
fn missing(steps: &[Step]) -> Option<&'static str> {
    let is_needed = |tool: &str| {
        steps.iter().any(|step| match step {
            Step::Commands(How::NotRun(_), _) => false,
            // what the demo hands out needs both
            Step::Commands(_, text) | Step::File(_, text) => {
                text.contains(tool) || text.contains("connect/send.sh")
            }
            _ => false,
        })
    };
    let is_there = |tool: &str| {
        let mut look = Command::new("sh");
        look.args(["-c", &format!("command -v {tool}")]);
        look.output().unwrap().status.success()
    };
    let mut tools = ["curl", "openssl"].into_iter();
    tools.find(|tool| is_needed(tool) && !is_there(tool))
}

macro_rules! pages {
    ($($test:ident = $page:literal;)*) => {
        const PAGES: &[&str] = &[$($page),*];
        $(#[test] fn $test() { works($page); })*
    };
}

pages! {
    the_page_on_installing_works = "docs/start/install.md";
    the_page_on_the_demo_works = "docs/start/demo.md";
    the_page_on_the_first_letter_works = "docs/start/first-letter.md";
    the_page_on_rehearsing_a_sender_works = "docs/how-to/rehearse-a-sender.md";
    the_page_on_rehearsing_a_receiver_works = "docs/how-to/rehearse-a-receiver.md";
    the_page_on_an_own_exchange_works = "docs/how-to/own-exchange.md";
    the_page_on_replacing_the_java_client_works = "docs/how-to/replace-the-java-client.md";
    the_page_on_windows_works = "docs/how-to/install-on-windows.md";
    the_page_on_backups_works = "docs/how-to/back-up-and-restore.md";
    the_page_on_changing_keys_works = "docs/how-to/change-keys.md";
    the_page_on_the_sandbox_in_ci_works = "docs/how-to/sandbox-in-ci.md";
    the_page_on_testing_from_python_works = "docs/how-to/test-from-python.md";
    the_page_on_upgrading_works = "docs/how-to/upgrading.md";
}

#[test]
fn every_page_with_commands_is_followed_by_a_test() {
    let mut there = BTreeSet::new();
    for folder in ["start", "how-to"] {
        for page in fs::read_dir(workspace().join("docs").join(folder)).unwrap() {
            let name = page.unwrap().file_name().into_string().unwrap();
            there.insert(format!("docs/{folder}/{name}"));
        }
    }
    let followed = PAGES.iter().chain(&[shared_store::PAGE]);
    assert_eq!(there, followed.map(|page| (*page).to_owned()).collect());
}

/// What is not run cannot be: it needs another machine's rights or what a release makes, or builds the program.
#[test]
fn what_is_not_run_has_one_of_these_reasons() {
    const REASONS: [&str; 5] = [
        "builds the program",
        "needs root and systemd",
        "needs the network",
        "needs Java",
        "needs a package",
    ];
    for name in PAGES.iter().chain(&[shared_store::PAGE]) {
        for step in steps(name) {
            if let Step::Commands(How::NotRun(reason), text) = step {
                assert!(
                    REASONS.contains(&reason.as_str()),
                    "{name}: {reason}: {text}"
                );
            }
        }
    }
}
