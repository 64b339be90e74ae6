//! The practice working by itself: woken by file events, or by time.

use std::sync::Arc;
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::inner::{Inner, blocking};
use crate::round;
use crate::store::consultations;

/// Looks at once, then whenever a file appears, something is submitted or falls due, and at the
/// latest after the scan interval: file events are a help, the scan is the truth.
pub(crate) async fn run(inner: &Arc<Inner>, shutdown: &CancellationToken) {
    let appeared = Arc::new(Notify::new());
    let watcher = watch(inner, Arc::clone(&appeared));
    if let Err(error) = &watcher {
        tracing::warn!(%error, "no file events; looking at intervals only");
    }
    while !shutdown.is_cancelled() {
        if let Err(error) = blocking(inner, round::run).await {
            tracing::error!(code = error.code(), %error, "a look into the mailbox failed");
        }
        let pause = pause(inner).await;
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = appeared.notified() => {}
            () = inner.changed.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Until the next consultation is due, but no longer than the scan interval.
async fn pause(inner: &Arc<Inner>) -> Duration {
    let longest = Duration::from_secs(u64::from(inner.config.scan_seconds));
    let next = blocking(inner, |inner| {
        let next = inner.store.read(consultations::next_due)?;
        Ok(next.map(|due| due.duration_since(inner.now())))
    })
    .await;
    match next {
        Ok(Some(left)) => Duration::try_from(left).unwrap_or_default().min(longest),
        Ok(None) | Err(_) => longest,
    }
}

fn watch(inner: &Inner, appeared: Arc<Notify>) -> Result<RecommendedWatcher, notify::Error> {
    let mut watcher = notify::recommended_watcher(move |event: Result<Event, notify::Error>| {
        if event.is_ok_and(|event| may_be_news(&event)) {
            appeared.notify_one();
        }
    })?;
    let directories = &inner.directories;
    watcher.watch(&directories.incoming, RecursiveMode::NonRecursive)?;
    for followed in [&directories.client_sent, &directories.client_failed] {
        if followed.is_dir() {
            watcher.watch(followed, RecursiveMode::NonRecursive)?;
        }
    }
    Ok(watcher)
}

/// Our own reading and removing are no news.
fn may_be_news(event: &Event) -> bool {
    let is_control = event.paths.iter().any(|path| {
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("ctl"))
    });
    is_control
        && matches!(
            event.kind,
            EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any
        )
}
