//! Tests that cannot run everywhere say so, and fail where they are required.

use std::io::Write;

/// The variable that says which tests must run: `all`, or names of [`Needs`] with commas between.
const REQUIRED: &str = "RESTANTE_TEST_REQUIRE";

/// What a test needs of the machine it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Messages that are not in this repository, in the folder that `RESTANTE_SHARED` names.
    Shared,
    /// The rights of root.
    Root,
    /// A program that is not part of the build, such as `setpriv`.
    Tools,
}

impl Needs {
    /// Its name in `RESTANTE_TEST_REQUIRE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Root => "root",
            Self::Tools => "tools",
        }
    }

    fn is_required_by(self, required: &str) -> bool {
        required
            .split(',')
            .map(str::trim)
            .any(|name| name == "all" || name == self.name())
    }
}

/// Says that the test is not run here, and why; the caller returns. It is written past the capture of
/// the test's output, so that a skipped test is seen.
///
/// # Panics
///
/// Where `RESTANTE_TEST_REQUIRE` asks for such tests: there the test fails.
#[allow(clippy::panic)]
pub fn skip(needs: Needs, reason: &str) {
    let name = needs.name();
    if needs.is_required_by(&std::env::var(REQUIRED).unwrap_or_default()) {
        panic!("skipped although {REQUIRED} asks for tests that need {name}: {reason}");
    }
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "skipped: {test} needs {name}: {reason}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_required_by_its_name_or_by_all() {
        for required in ["all", "root", "tools, root", "shared,root"] {
            assert!(Needs::Root.is_required_by(required), "{required}");
        }
        for required in ["", "tools", "shared,tools", "rooted"] {
            assert!(!Needs::Root.is_required_by(required), "{required}");
        }
    }
}
