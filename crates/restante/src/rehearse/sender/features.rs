//! The features that were named, read.

use std::path::PathBuf;

use rehearsal::sender::feature::{self, Scenario};
use rehearsal::sender::scripts::SCRIPTS;

use crate::error::{self, Error};

/// What was read of features.
#[derive(Default)]
pub struct Features {
    /// The names of the files.
    pub names: Vec<String>,
    /// Their scenarios.
    pub scenarios: Vec<Scenario>,
}

/// Reads each file.
///
/// # Errors
///
/// When one cannot be read, is no feature, or names other test data than a rehearsal has.
pub fn read(files: &[PathBuf]) -> Result<Features, Error> {
    let mut features = Features::default();
    for path in files {
        let bytes = std::fs::read(path).map_err(error::at(path))?;
        let text = String::from_utf8_lossy(&bytes);
        let wrong = |expected: String| {
            Error::Arguments(format!("--feature {}: expected {expected}", path.display()))
        };
        let scenarios = feature::read(&text).map_err(|expected| wrong(expected.to_owned()))?;
        for scenario in &scenarios {
            agrees(scenario).map_err(wrong)?;
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        features.names.push(name.to_string_lossy().into_owned());
        features.scenarios.extend(scenarios);
    }
    Ok(features)
}

/// A release of the scripts that a rehearsal does not know must not pass for one it knows.
fn agrees(scenario: &Scenario) -> Result<(), String> {
    let script = scenario
        .script()
        .and_then(|number| SCRIPTS.iter().find(|it| it.number == number));
    let Some(script) = script else {
        return Ok(());
    };
    match (scenario.patient, script.patient) {
        (Some(theirs), Some(ours)) if theirs != ours => Err(format!(
            "the test patient {ours} in {}, found another; this release of the scripts is not known here",
            scenario.id
        )),
        _ => Ok(()),
    }
}
