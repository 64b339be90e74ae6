//! How many steps and how long each user needs from an empty directory to a first success. The steps are asserted, the
//! seconds are only printed (`scripts/walks`).

use std::time::Duration;

use super::missing;
use super::page::steps;
use super::reader::{Reader, Section};

/// The sections that a user goes through, of those with these headings.
fn walk(who: &str, sections: &[Section], headings: &[&str]) -> usize {
    let of_theirs = sections
        .iter()
        .filter(|it| headings.contains(&it.heading.as_str()));
    let (mut count, mut files, mut took, mut met) = (0, 0, Duration::ZERO, 0);
    for section in of_theirs {
        count += section.commands;
        files += section.files;
        took += section.took;
        met += 1;
    }
    assert_eq!(met, headings.len(), "{who}: the page has other headings");
    println!(
        "{who:<22} {count} commands, {files} files by hand, {:.1} s",
        took.as_secs_f64()
    );
    count + files
}

#[test]
fn each_user_is_at_a_first_success_in_a_few_steps() {
    let demo = steps("docs/start/demo.md");
    if let Some(tool) = missing(&demo) {
        test_kit::skip(test_kit::Needs::Tools, &format!("{tool} is not installed"));
        return;
    }
    let mut developer = Reader::new();
    developer.follow(&demo);
    let sections = &developer.sections;
    let steps_of_developer = walk("supplier's developer", sections, &["Plug in yours"]);

    let mut both = Reader::new();
    both.follow(&steps("docs/how-to/own-exchange.md"));
    let operator = ["On the exchange's machine"];
    let steps_of_operator = walk("operator", &both.sections, &operator);
    let practice = [
        "On the sending practice's machine",
        "The first consultation",
    ];
    let steps_of_practice = walk("practice", &both.sections, &practice);

    assert!(steps_of_developer == 2, "{steps_of_developer}");
    assert!(steps_of_operator == 4, "{steps_of_operator}");
    assert!(steps_of_practice == 5, "{steps_of_practice}");
}
