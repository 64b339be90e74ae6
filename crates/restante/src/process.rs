//! The process as a whole: its work, and what it leaves behind for others of its machine to read.

use std::pin::Pin;

use tokio::runtime::Runtime;

/// Does the work of the process to its end.
pub fn run<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    // Any runtime has three ways to wait for a future. Of one whose type they know each would hold a copy, and this one is most
    // of the program.
    let work: Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(work);
    runtime.block_on(work)
}

/// No core dump: memory holds keys, passwords and patients' documents.
pub fn leave_no_core_dump() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!(%error, "core dumps could not be switched off");
        }
    }
}

/// New files and directories are their owner's only, whatever umask the process was started with.
pub fn make_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}
