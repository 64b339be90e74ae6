//! `docs/reference/codes.md` has every code that the program knows, with its meaning, cause and remedy. This test fails
//! when a code has no words, words have no code, or the page is out of date; it writes the page when asked:
//!
//! ```text
//! RESTANTE_WRITE=1 cargo test -p restante the_page_of_codes
//! ```

mod mesh_codes;
mod refusals;
mod response_codes;

use std::fmt::Write;

use crate::kit::restante;

const HEAD: &str = "\
# Every code

What the program answers, reports and exits with; what each code means, what makes it, and what to do. The page is made from
the program's own tables (`crates/restante/tests/restante/codes_page/mod.rs`), so that none is missing. What is known of the
national services' codes is in [the sheets](docs/spec/README.md).

- [Exit codes](#exit-codes)
- [Routing: EPL codes](#routing-epl-codes)
- [MESH codes](#mesh-codes)
- [Why a call is answered 403](#why-a-call-is-answered-403)
- [ITK3 response codes](#itk3-response-codes)

## Exit codes

| code | means | cause | what to do |
|---|---|---|---|
| 0 | done | | |
| 1 | the work failed, or what was asked about is not well: a message is invalid, a rung of `doctor` fails, `reconcile` has a line | said on stderr, or in the result | as the message says; it also says whether sending again is safe |
| 2 | wrong usage: nothing was begun | a command, option or value that is not known | the message names the likely one; `--help` has an example |

A service that is stopped (SIGTERM, Ctrl-C) exits with 0 once it has drained.

";

/// A row of a table. A bar inside a cell would end it.
fn row(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    writeln!(page, "| {} |", cells.join(" | ")).unwrap();
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    mesh_codes::write(&mut page);
    refusals::write(&mut page);
    response_codes::write(&mut page);
    // links are written from the top of the repository
    page.replace("](docs/reference/", "](")
        .replace("](docs/", "](../")
}

#[test]
fn the_page_of_codes_is_up_to_date() {
    let command = "cargo test -p restante the_page_of_codes";
    test_kit::committed_page("docs/reference/codes.md", &page(), command);
}

#[test]
fn the_exit_codes_are_as_the_page_says() {
    for (arguments, code) in [
        (&["--version"][..], 0),
        (&["control-file", "check", "nowhere.ctl"], 1),
        (&["serve"], 2),
        (&["bench", "--no-such-option"], 2),
    ] {
        let ended = restante().args(arguments).output().unwrap();
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}");
    }
}
