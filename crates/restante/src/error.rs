//! What can go wrong in a command, beyond what its crate's own error says.

use std::path::PathBuf;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Settings(#[from] settings::SettingsError),
    #[error("{}: {error}", path.display())]
    File {
        path: PathBuf,
        error: std::io::Error,
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
    Document(#[from] send_document::SendDocumentError),
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

/// Names the file an I/O error is about.
pub fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |error| Error::File { path, error }
}
