//! File descriptors: as many as the system allows, and a part of them for connections only.

/// Connections take one of so many descriptors; the rest is for files, the database and what a
/// request opens.
const OF_CONNECTIONS: u64 = 3;

/// Raises the process's soft limit to the hard one. Returns how many of `wanted` connections a
/// listener may serve at once: a third of the limit, at least one.
pub(crate) fn connections(wanted: usize) -> usize {
    let Some(limit) = raise() else { return wanted };
    let most = usize::try_from(limit / OF_CONNECTIONS).unwrap_or(usize::MAX);
    if most < wanted {
        tracing::warn!(
            descriptors = limit,
            max_connections = wanted,
            served = most.max(1),
            "fewer connections than max_connections are served at once: the process may open too \
             few files (LimitNOFILE, ulimit -n)"
        );
    }
    wanted.min(most).max(1)
}

/// The limit now; none when there is none, or it is not known.
#[cfg(unix)]
fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return limit.current;
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}
