//! `restante message check`: the conformance tool.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use mesh::ControlFile;
use send_document::{Ruleset, Severity, Stage, TransportMetadata};

use crate::cli::MessageCheck;
use crate::error::{self, Error};
use crate::output;

#[derive(serde::Serialize)]
struct Checked {
    file: String,
    valid: bool,
    findings: Vec<Finding>,
    /// The acknowledgement a receiver would answer with; none for an acknowledgement.
    response: Option<Response>,
}

#[derive(serde::Serialize)]
struct Finding {
    id: String,
    severity: &'static str,
    #[serde(rename = "where")]
    place: String,
    what: String,
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

pub fn run(args: &MessageCheck) -> Result<ExitCode, Error> {
    let control = args.control.as_deref().map(read_control).transpose()?;
    let ruleset = Ruleset::from(args.profile);
    let checked = args
        .files
        .iter()
        .map(|path| check(path, control.as_ref(), ruleset))
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
    for finding in &file.findings {
        writeln!(
            out,
            "  {:<8} {:<14} {}",
            finding.severity, finding.id, finding.place
        )?;
        writeln!(out, "           {}", finding.what)?;
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

fn check(path: &Path, control: Option<&ControlFile>, ruleset: Ruleset) -> Result<Checked, Error> {
    let (findings, response) = match super::read(path)? {
        Err(error) => {
            let finding = itk3::check::unreadable(&error);
            let response = finding.response;
            (vec![of_itk3(finding)], response)
        }
        Ok(message) if itk3::is_acknowledgement(&message.root) => {
            let findings = itk3::check::acknowledgement(&message.root);
            (findings.into_iter().map(of_itk3).collect(), None)
        }
        Ok(message) => {
            let transport = control.map(transport);
            let findings = send_document::check(&message, transport.as_ref(), ruleset);
            let response = send_document::response_for(&findings)
                .map_or(itk3::ResponseCode::Success, |rejection| rejection.code);
            (
                findings.into_iter().map(of_send_document).collect(),
                Some(response),
            )
        }
    };
    Ok(Checked {
        file: path.display().to_string(),
        valid: !findings.iter().any(|finding| finding.severity == "error"),
        findings,
        response: response.map(Response::from),
    })
}

fn transport(control: &ControlFile) -> TransportMetadata<'_> {
    fn text(value: &Option<String>) -> &str {
        value.as_deref().unwrap_or_default()
    }
    let to = text(&control.to_dts);
    // A received control file names the mailbox; the sender's own still holds the patient address.
    let received = control.status.is_some() && !mesh::Recipient::is_patient_address(to);
    TransportMetadata {
        from: text(&control.from_dts),
        to,
        subject: text(&control.subject),
        workflow: text(&control.workflow_id),
        local_id: text(&control.local_id),
        stage: if received {
            Stage::Received
        } else {
            Stage::Sent
        },
    }
}

fn of_itk3(finding: itk3::Finding) -> Finding {
    Finding {
        id: finding.id.to_owned(),
        severity: match finding.severity {
            fhir::Severity::Error => "error",
            fhir::Severity::Warning => "warning",
        },
        place: at(finding.path, finding.position),
        what: finding.what,
        remedy: None,
    }
}

fn of_send_document(finding: send_document::Finding) -> Finding {
    Finding {
        id: finding.id.to_owned(),
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        place: finding.path,
        what: finding.what,
        remedy: Some(finding.remedy).filter(|remedy| !remedy.is_empty()),
    }
}

fn at(path: String, position: Option<fhir::Position>) -> String {
    match position {
        Some(position) => format!("{path} (line {})", position.line),
        None => path,
    }
}
