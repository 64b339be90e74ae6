//! File events in OUT.

use std::path::Path;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Wakes the agent when a file comes into the directory or is closed there after writing. Events
/// only shorten the wait; where there are none (network drives) the scan finds the files.
pub(super) fn watch(directory: &Path, wake: Arc<Notify>) -> Option<RecommendedWatcher> {
    let heard = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| is_arrival(event.kind)) {
            wake.notify_one();
        }
    };
    let watcher = notify::recommended_watcher(heard).and_then(|mut watcher| {
        watcher.watch(directory, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watcher
        .inspect_err(|_| tracing::warn!("no file events for OUT; polling only"))
        .ok()
}

fn is_arrival(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Any => true,
        EventKind::Modify(ModifyKind::Name(mode)) => mode != RenameMode::From,
        EventKind::Access(AccessKind::Close(mode)) => mode == AccessMode::Write,
        _ => false,
    }
}
