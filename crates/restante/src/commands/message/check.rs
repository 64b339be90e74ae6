//! `restante message check`: the conformance tool.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use itk3::{Event, Family};
use mesh::ControlFile;
use send_document::{Budget, Ruleset, Severity};

use crate::error::{self, Error};
use crate::output::{self, Format};

use super::super::input_file;
use super::profile::Profile;

#[derive(Args)]
pub struct Arguments {
    /// Messages, XML or JSON
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The message's control file, for the checks between the two
    #[arg(long, value_name = "FILE.ctl")]
    pub control: Option<PathBuf>,
    /// The edition of Send Document's rules [default: that of the control file's workflow, else 1.3]
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Checked {
    file: String,
    valid: bool,
    /// The payload by its event: `send-document`, `transfer-of-care`; none when it is not known.
    payload: Option<&'static str>,
    event: Option<&'static str>,
    /// By whose rules it was checked.
    rules: &'static str,
    findings: Vec<Finding>,
    /// The acknowledgement a receiver would answer with; none for an acknowledgement.
    response: Option<Response>,
}

#[derive(serde::Serialize)]
struct Finding {
    id: &'static str,
    severity: &'static str,
    #[serde(rename = "where")]
    place: String,
    /// Where the named element begins in XML, or the nearest one above it that is there.
    line: Option<u32>,
    column: Option<u32>,
    what: String,
    /// The source at this place, a line at most; or the element itself, in JSON.
    excerpt: Option<String>,
    remedy: Option<&'static str>,
}

#[derive(serde::Serialize)]
struct Response {
    code: String,
    display: &'static str,
}

impl From<itk3::ResponseCode> for Response {
    fn from(code: itk3::ResponseCode) -> Self {
        Self {
            code: code.to_string(),
            display: code.display(),
        }
    }
}

pub fn run(args: &Arguments) -> Result<ExitCode, Error> {
    let control = args.control.as_deref().map(read_control).transpose()?;
    let stated = args.profile.map(Ruleset::from);
    let checked = args
        .files
        .iter()
        .map(|path| check(path, control.as_ref(), stated))
        .collect::<Result<Vec<_>, _>>()?;
    let print = |out: &mut dyn Write| checked.iter().try_for_each(|file| print_one(out, file));
    match checked.as_slice() {
        [one] => output::print(args.format, one, print)?,
        several => output::print(args.format, &several, print)?,
    }
    let all_valid = checked.iter().all(|file| file.valid);
    Ok(if all_valid {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_one(out: &mut dyn Write, file: &Checked) -> std::io::Result<()> {
    let verdict = if file.valid { "valid" } else { "not valid" };
    writeln!(out, "{}: {verdict}", file.file)?;
    match file.event {
        Some(event) => writeln!(out, "  {event}, by the rules of {}", file.rules)?,
        None => writeln!(out, "  by the rules of {}", file.rules)?,
    }
    for finding in &file.findings {
        write!(
            out,
            "  {:<8} {:<14} {}",
            finding.severity, finding.id, finding.place
        )?;
        match finding.line.zip(finding.column) {
            Some((line, column)) => writeln!(out, " (line {line}, column {column})")?,
            None => writeln!(out)?,
        }
        writeln!(out, "           {}", finding.what)?;
        if let Some(excerpt) = &finding.excerpt {
            writeln!(out, "           | {excerpt}")?;
        }
        if let Some(remedy) = finding.remedy {
            writeln!(out, "           {remedy}")?;
        }
    }
    if let Some(response) = &file.response {
        writeln!(
            out,
            "  would be answered with {} {}",
            response.code, response.display
        )?;
    }
    Ok(())
}

fn read_control(path: &Path) -> Result<ControlFile, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
    ControlFile::read(&bytes).map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
}

fn check(
    path: &Path,
    control: Option<&ControlFile>,
    stated: Option<Ruleset>,
) -> Result<Checked, Error> {
    let message = input_file::message(path)?;
    let checked = message_check::check(&message, control, stated, &Budget::unlimited());
    Ok(Checked {
        file: path.display().to_string(),
        valid: checked.is_valid(),
        payload: checked.payload.map(Family::as_str),
        event: checked.event.map(Event::code),
        rules: checked.rules,
        response: checked.code.map(Response::from),
        findings: checked.findings.into_iter().map(Finding::from).collect(),
    })
}

impl From<message_check::Found> for Finding {
    fn from(found: message_check::Found) -> Self {
        Self {
            id: found.id,
            severity: match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            place: found.path,
            line: found.position.map(|position| position.line),
            column: found.position.map(|position| position.column),
            what: found.what,
            excerpt: found.excerpt,
            remedy: Some(found.remedy).filter(|remedy| !remedy.is_empty()),
        }
    }
}
