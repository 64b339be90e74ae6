//! What can go wrong in a command, beyond what its crate's own error says.

use std::path::PathBuf;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Settings(#[from] settings::SettingsError),
    #[error("{}: {}", path.display(), in_words(error))]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    /// A file is there and is another one than is meant.
    #[error("{}: this is {found}, and {expected} was expected; {remedy}", path.display())]
    OtherFile {
        path: PathBuf,
        found: &'static str,
        expected: &'static str,
        remedy: &'static str,
    },
    /// A list of patients or practices.
    #[error("{}: {error}", path.display())]
    List { path: PathBuf, error: pds::PdsError },
    /// Each field that is wrong has a line of its own.
    #[error("{}: not a consultation as docs/reference/consultation.md describes it; nothing was made or sent{}", path.display(), lines(wrong))]
    Consultation {
        path: PathBuf,
        wrong: Vec<send_document::FieldError>,
    },
    /// Each field and file that is wrong has a line of its own.
    #[error("{}: not a document as docs/reference/document.md describes it; nothing was made or sent{}", path.display(), lines(wrong))]
    Document {
        path: PathBuf,
        wrong: Vec<send_document::FieldError>,
    },
    /// A secret that a configuration names.
    #[error("{error}\n  it is `{key}` of {}; {remedy}", config.display())]
    Secret {
        key: &'static str,
        config: PathBuf,
        error: settings::SettingsError,
        remedy: &'static str,
    },
    /// Where alerts are sent.
    #[error("{}: {error}", config.display())]
    Alerting {
        config: PathBuf,
        error: alerting::AlertingError,
    },
    #[error("{0}")]
    Usage(String),
    /// The command line itself is wrong, in a way that its parser cannot see.
    #[error("{0}")]
    Arguments(String),
    #[error("the password on standard input is empty; give one line")]
    EmptyPassword,
    #[error("{0}")]
    Output(#[from] std::io::Error),
    #[error("{0}")]
    Durable(#[from] durable::FileError),
    #[error("{0}")]
    Exchange(#[from] exchange::ExchangeError),
    #[error("{0}")]
    Store(#[from] mail_store::StoreError),
    #[error("{0}")]
    Reconcile(#[from] reconcile::ReconcileError),
    #[error(transparent)]
    Rehearsal(#[from] rehearsal::RehearsalError),
    #[error("{0}")]
    Pds(#[from] pds::PdsError),
    #[error("{0}")]
    Listener(#[from] https_listener::ListenerError),
    #[error("{0}")]
    Mesh(#[from] mesh::MeshError),
    #[error("{0}")]
    Client(#[from] mesh_client::ClientError),
    #[error("{0}")]
    Practice(#[from] gp_system::PracticeError),
    #[error("{0}")]
    Pages(#[from] pages::PagesError),
    #[error("{0}")]
    SendDocument(#[from] send_document::SendDocumentError),
    #[error("{0}")]
    Payload(#[from] itk3::PayloadError),
    #[error("{0}")]
    Load(#[from] load_generator::Error),
}

impl Error {
    /// 2 for a command line that cannot be meant, else 1: the work failed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Arguments(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// What the operating system said, and what to do about it.
fn in_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{
        IsADirectory, NotADirectory, NotFound, PermissionDenied, StorageFull,
    };
    let remedy = match error.kind() {
        NotFound => "check the path",
        PermissionDenied => {
            "give the user who runs this the right to it, or run it as another user"
        }
        IsADirectory => "a file was expected; check the path",
        NotADirectory => "a directory was expected on the way; check the path",
        StorageFull => "free some room; trying again is safe",
        _ => return error.to_string(),
    };
    format!("{error}; {remedy}")
}

fn lines(wrong: &[send_document::FieldError]) -> String {
    let line = |field: &send_document::FieldError| match field.path.as_str() {
        "." => format!("\n  {}", field.to_string().trim_start_matches(".: ")),
        _ => format!("\n  {field}"),
    };
    wrong.iter().map(line).collect()
}

/// Names the file an I/O error is about.
pub fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |error| Error::File { path, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn what_the_system_says_of_a_file_comes_with_what_to_do() {
        for (kind, remedy) in [
            (ErrorKind::NotFound, "check the path"),
            (ErrorKind::PermissionDenied, "the right to it"),
            (ErrorKind::IsADirectory, "a file was expected"),
            (ErrorKind::NotADirectory, "a directory was expected"),
            (ErrorKind::StorageFull, "free some room"),
        ] {
            let told = at("letter.xml")(kind.into()).to_string();
            assert!(
                told.starts_with("letter.xml: ") && told.contains(remedy),
                "{told}"
            );
        }
    }
}
