//! The page of the cases in the documentation is what the table says.

use std::fmt::Write;

use rehearsal::receiver::{CASES, Case, Group, PayloadName};

#[test]
fn the_page_of_cases_is_what_the_table_says() {
    test_kit::committed_page(
        // a page is named without its ending here, for links are those of the page's own place
        &format!("docs/reference/receiver-cases.{PAGE}"),
        &page(),
        "cargo test -p rehearsal --test receiver page",
    );
}

const PAGE: &str = "md";

fn page() -> String {
    let mut page = format!(
        "# The cases of a receiving system\n\nWhat `restante rehearse receiver` sends, and what each message has to be answered \
         with. This page is made from the\ntable that the command works by (`crates/rehearsal/src/receiver/cases.rs`); a test \
         compares them. How to run it:\n[Rehearse a receiving system](../how-to/rehearse-a-receiver.{PAGE}). Where the cases come \
         from: [What a rehearsal shows](../spec/rehearsal.{PAGE}).\n"
    );
    for (group, title, text) in GROUPS {
        write!(page, "\n## {title}\n\n{text}\n\n").unwrap();
        page.push_str("| case | what is sent | payloads | infrastructure | business | look at |\n|---|---|---|---|---|---|\n");
        for case in CASES.iter().filter(|case| case.group == group) {
            writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                case.id,
                case.title,
                payloads(case),
                case.infrastructure,
                case.business,
                case.note
            )
            .unwrap();
        }
    }
    page.push_str(TAIL);
    page
}

const GROUPS: [(Group, &str, &str); 5] = [
    (
        Group::Positive,
        "Messages that are taken",
        "A person shows that the task exists; the answers alone do not pass these, except where nothing of it is to be seen.",
    ),
    (
        Group::Business,
        "Patients who are not the practice's",
        "The message is good. What is answered depends on the patient.",
    ),
    (
        Group::Negative,
        "Messages that are refused",
        "Each has one defect, but for RX-N24. `-`: no answer of this kind.",
    ),
    (
        Group::Answers,
        "All answers",
        "Judged over all messages of a run.",
    ),
    (
        Group::Distributor,
        "What is no payload's",
        "Sent once in a run, to the mailbox itself.",
    ),
];

const TAIL: &str = "\n## How the messages are made\n\nEach valid message comes of the builder that `restante message build` has, \
or, for Transfer of Care, of one of its own\n(`crates/rehearsal/src/receiver/build/`). Then one change is made of it \
(`crates/rehearsal/src/receiver/edit.rs`); a change\nthat changes nothing stops the run before anything is sent. A test checks \
each message as a receiver does and finds what\nbelongs to its defect and nothing else (`crates/rehearsal/tests/receiver/`).\n\
\nThe same seed, clock and settings give the same bytes, and those of a message do not depend on which others are made. \
Another\n`--seed` gives other ids, other patients of those registered, other clinicians, titles and names of attachments; \
cases, defects\nand answers stay. `--case RX-P12` makes that case and what it replaces.\n\n## Patients\n\nNine invented ones, \
or a list of your own: `nhs_number`, `family_name`, `given_names`, `date_of_birth`, `standing`\n(`registered`, `left`, `died`, \
`never`) and, for who left or died, `since`. Numbers are of the range that is given to no person\n(900 000 0000 and above). Cases about \
somebody whom the list does not have are not applicable.\n";

fn payloads(case: &Case) -> &'static str {
    use PayloadName::{SendDocument13, SendDocument20, TransferOfCare, UpdateRecord};
    match case.payloads {
        all if all == PayloadName::ALL => "any",
        [SendDocument13, SendDocument20] => "Send Document",
        [SendDocument13, SendDocument20, UpdateRecord] => "Send Document, Update Record",
        [SendDocument13] => "Send Document 1.3",
        [SendDocument20] => "Send Document 2.0",
        [UpdateRecord] => "Update Record",
        [TransferOfCare] => "Transfer of Care",
        other => panic!("{}: {other:?} has no words", case.id),
    }
}
