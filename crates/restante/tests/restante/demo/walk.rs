//! The walk of a supplier's developer, from an empty directory to both acknowledgements of a letter of their own. The steps
//! are those that the demo itself names.

use std::process::Command;
use std::time::Instant;

use super::connect::has_tools;
use super::running::Running;

#[tokio::test]
async fn two_commands_lead_from_nothing_to_both_acknowledgements_of_a_letter_of_ones_own() {
    if !has_tools() {
        return;
    }
    let began = Instant::now();
    let dir = tempfile::tempdir().unwrap();
    let mut steps = vec!["restante demo".to_owned()];
    let demo = Running::start(dir.path()).await;

    let named = demo.said.lines().find_map(|line| {
        let (command, _) = line.split_once("  (sends a letter")?;
        command.trim().starts_with("sh ").then(|| command.trim())
    });
    let named = named.expect("the demo says what to do next");
    steps.push(named.to_owned());
    let sent = Command::new("sh").args(["-c", named]).output().unwrap();
    let said = String::from_utf8(sent.stdout).unwrap();
    assert!(sent.status.success(), "{said}");
    assert!(said.contains("20013") && said.contains("30001"), "{said}");

    let seconds = began.elapsed().as_secs_f64();
    println!("{} steps, {seconds:.1} s: {steps:?}", steps.len());
    assert_eq!(steps.len(), 2);
}
