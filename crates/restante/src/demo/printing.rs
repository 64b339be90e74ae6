//! What the demo prints: the six steps, the two acknowledgements, where to look.

use std::io::{IsTerminal, Write};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::output::Format;

use super::connect::PAGES_USER;
use super::practices::PracticeIdentity;
use super::steps::{Outcome, Step};

pub fn opening(
    format: Format,
    from: &PracticeIdentity,
    to: &PracticeIdentity,
    dir: &Path,
) -> Result<(), Error> {
    if format == Format::Json {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "A consultation travels from {} ({})",
        from.name, from.ods
    )?;
    writeln!(
        out,
        "to the practice its patient is registered with: {} ({}).",
        to.name, to.ods
    )?;
    writeln!(out, "Everything is kept in {}\n", dir.display())?;
    Ok(out.flush()?)
}

pub fn step(format: Format, step: &Step) -> Result<(), Error> {
    if format == Format::Json {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let mark = if step.number <= 6 {
        step.number.to_string()
    } else {
        "<".to_owned()
    };
    let (bold, plain) = colours(out.is_terminal());
    writeln!(
        out,
        " {bold}{mark}{plain}  {:<12} {:<74} {:>6.3} s",
        step.who, step.what, step.seconds
    )?;
    Ok(out.flush()?)
}

fn colours(terminal: bool) -> (&'static str, &'static str) {
    if terminal {
        ("\x1b[1;34m", "\x1b[0m")
    } else {
        ("", "")
    }
}

#[derive(serde::Serialize)]
struct Summary<'a> {
    delivered: bool,
    failed_step: Option<&'a str>,
    reason: Option<&'a str>,
    steps: &'a [Step],
}

pub fn closing(format: Format, steps: &[Step], outcome: &Outcome) -> Result<(), Error> {
    let (delivered, failed_step, reason) = match outcome {
        Outcome::Delivered => (true, None, None),
        Outcome::Failed { step, reason } => (false, Some(*step), Some(reason.as_str())),
    };
    let summary = Summary {
        delivered,
        failed_step,
        reason,
        steps,
    };
    crate::output::print(format, &summary, |out| match outcome {
        Outcome::Delivered => {
            let last = steps.iter().map(|step| step.seconds).fold(0.0, f64::max);
            writeln!(
                out,
                "\nDelivered; both acknowledgements received after {last:.3} s."
            )
        }
        Outcome::Failed { step, reason } => writeln!(out, "\nFailed at {step}: {reason}"),
    })
}

/// How people and systems come in.
pub struct Doors<'a> {
    pub pages: &'a str,
    pub link: &'a str,
    pub password: &'a SecretString,
    pub mesh: &'a str,
    pub connect: &'a Path,
}

#[derive(serde::Serialize)]
struct Addresses<'a> {
    pages: &'a str,
    sign_in_link: &'a str,
    user: &'a str,
    password: &'a str,
    mesh_api: &'a str,
    connect: &'a Path,
}

pub fn doors(format: Format, doors: &Doors<'_>) -> Result<(), Error> {
    let addresses = Addresses {
        pages: doors.pages,
        sign_in_link: doors.link,
        user: PAGES_USER,
        password: doors.password.expose_secret(),
        mesh_api: doors.mesh,
        connect: doors.connect,
    };
    crate::output::print(format, &addresses, |out| {
        let Addresses {
            pages,
            user,
            password,
            mesh_api,
            ..
        } = &addresses;
        let connect = doors.connect.display();
        writeln!(out, "\nPages     {pages}  user {user}, password {password}")?;
        writeln!(out, "          {}  (signs in once)", doors.link)?;
        writeln!(
            out,
            "MESH API  {mesh_api}  your mailbox Y90001OT001; certificates and passwords in {connect}"
        )?;
        writeln!(
            out,
            "          sh {connect}/send.sh  (sends a letter to Osprey)"
        )?;
        writeln!(
            out,
            "Ctrl-C stops; started again with the same --dir, all of it is as it was."
        )
    })
}

/// A response code with its official display.
pub fn response(code: u32) -> String {
    match itk3::ResponseCode::parse(&code.to_string()) {
        Some(known) => format!(
            "{code} {}",
            known.display().split(". (").next().unwrap_or_default()
        ),
        None => code.to_string(),
    }
}

/// A report's code, or a negative acknowledgement's, in words.
pub fn report(code: &str) -> String {
    match (
        mesh::status::known(&mesh::StatusEvent::Send, code),
        itk3::ResponseCode::parse(code),
    ) {
        (Some(fault), _) => format!("{code} {}", fault.text),
        (None, Some(known)) => format!("{code} {}", known.display()),
        (None, None) => code.to_owned(),
    }
}
