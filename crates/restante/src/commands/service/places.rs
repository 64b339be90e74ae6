//! Where a service of Windows keeps what is its own: `%ProgramData%\Restante\NAME`, for its account, SYSTEM and
//! Administrators only.

use std::path::{Path, PathBuf};

use durable::Access;

use super::sid::account_number;
use crate::error::Error;

/// The account that Windows makes for a service by itself; it has no password and no other rights.
pub fn account(service: &str) -> String {
    format!("NT SERVICE\\{service}")
}

/// Its directory.
pub fn home(service: &str) -> PathBuf {
    let data = std::env::var_os("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
    PathBuf::from(data).join("Restante").join(service)
}

/// The directory of its log files.
pub fn logs(service: &str) -> PathBuf {
    logs_in(&home(service))
}

/// The directory of the log files in a service's directory.
pub fn logs_in(home: &Path) -> PathBuf {
    home.join("log")
}

/// Makes its directories.
///
/// # Errors
///
/// When they cannot be made.
pub fn make(service: &str) -> Result<(), Error> {
    let home = home(service);
    durable::create_directory(&home, Access::Owner)?;
    durable::let_account_work_in(&home, &account_number(service))?;
    durable::create_directory(&logs(service), Access::Owner)?;
    Ok(())
}
