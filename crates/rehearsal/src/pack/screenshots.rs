//! `screenshots/README.md`: which pictures a person adds, and what each must show.

use std::fmt::Write;

use crate::{CaseResult, Claim, Verdict};

/// The list of pictures, of what is open.
pub fn readme(claim: &Claim, results: &[CaseResult]) -> String {
    let mut text = format!(
        "# Pictures that a person adds\n\n{claim} {}\n\nPut each picture here under the name given. After that make SHA256SUMS \
         anew, or keep the pictures' hashes beside it.\n\n",
        Claim::LIMITS
    );
    let wanted = results
        .iter()
        .filter(|result| matches!(result.verdict, Verdict::Open | Verdict::Pass));
    for result in wanted {
        if let Some(shows) = &result.person_needed {
            let _ = writeln!(text, "- [ ] `{}.png`: {shows}", result.id);
        }
    }
    text
}
