//! A service's lines on their way to stderr. Those that every request or message leaves are gathered in memory and written by
//! a thread of their own, so that no request waits for a pipe, a terminal or a disk.
//!
//! Nothing is dropped: who logs waits while [`MOST`] bytes are not written yet. All other lines, and every `warn` and `error`,
//! are written before the call that logs them returns, with all lines before them; so is everything when the process ends or a
//! thread panics. Only a process that is killed outright loses lines of requests, those of the last [`LINGER`].

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of lines that are gathered.
const MOST: usize = 1024 * 1024;
/// How long a line waits for others to be written with.
const LINGER: Duration = Duration::from_millis(20);
/// The crates with lines for every request or message: below `warn` they are gathered.
const OFTEN: [&str; 2] = ["exchange", "mesh_server"];
/// How long a panic waits for a write under way; it may be the panicking thread's own.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where lines are gathered. Cheap to clone.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// There are lines to write.
    some: Condvar,
    /// There is room for lines, or none: it changed.
    room: Condvar,
    /// Locked before what waits is taken, so that lines keep their order.
    out: Mutex<Box<dyn Write + Send>>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines are written as they come: nothing is gathered any more, or was ever.
    at_once: bool,
}

impl Lines {
    /// Lines are written to `out`: by a thread, unless the system gives none or `gather` is false.
    pub(super) fn to(out: impl Write + Send + 'static, gather: bool) -> Self {
        let lines = Self(Arc::new(Shared {
            waiting: Mutex::default(),
            some: Condvar::new(),
            room: Condvar::new(),
            out: Mutex::new(Box::new(out)),
        }));
        let writing = lines.clone();
        let thread = std::thread::Builder::new().name("log".to_owned());
        let gathers = gather && thread.spawn(move || writing.write_for_good()).is_ok();
        lines.0.waiting.lock().at_once = !gathers;
        lines
    }

    /// Writes all lines so far, and from now on every line as it comes.
    pub(super) fn end(&self) {
        self.0.waiting.lock().at_once = true;
        self.write();
    }

    /// Writes all lines so far, but does not wait for ever for a write that is under way.
    pub(super) fn write_in_a_panic(&self) {
        if let Some(mut out) = self.0.out.try_lock_for(PATIENCE) {
            self.write_to(&mut *out);
        }
    }

    fn add(&self, line: &[u8], at_once: bool) {
        let mut waiting = self.0.waiting.lock();
        while waiting.bytes.len() >= MOST {
            self.0.some.notify_one();
            self.0.room.wait(&mut waiting);
        }
        let first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        let at_once = at_once || waiting.at_once;
        if waiting.bytes.len() >= MOST {
            self.0.room.notify_all();
        }
        drop(waiting);
        if at_once {
            self.write();
        } else if first {
            self.0.some.notify_one();
        }
    }

    fn write(&self) {
        self.write_to(&mut *self.0.out.lock());
    }

    fn write_to(&self, out: &mut dyn Write) {
        let bytes = std::mem::take(&mut self.0.waiting.lock().bytes);
        self.0.room.notify_all();
        // a log that cannot be written, on a full disk say, must not end the work it is about
        _ = out.write_all(&bytes).and_then(|()| out.flush());
    }

    fn write_for_good(&self) {
        loop {
            let mut waiting = self.0.waiting.lock();
            while waiting.bytes.is_empty() {
                self.0.some.wait(&mut waiting);
            }
            while waiting.bytes.len() < MOST
                && !self.0.room.wait_for(&mut waiting, LINGER).timed_out()
            {}
            drop(waiting);
            self.write();
        }
    }
}

/// One line.
pub(super) struct Line<'a> {
    lines: &'a Lines,
    at_once: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.lines.add(bytes, self.at_once);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        let at_once = true;
        Line {
            lines: self,
            at_once,
        }
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Line<'a> {
        let of = line.target().split("::").next().unwrap_or_default();
        let at_once = *line.level() <= Level::WARN || !OFTEN.contains(&of);
        Line {
            lines: self,
            at_once,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap_or_default()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Writes nothing until it is told to.
    struct Stalled(Receiver<()>, Kept);

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            _ = self.0.recv();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_warning_is_written_at_once_with_all_before_it_and_the_rest_at_the_end() {
        let kept = Kept::default();
        let lines = Lines::to(kept.clone(), true);
        lines.add(b"one\n", false);
        lines.add(b"two\n", false);
        lines.add(b"a warning\n", true);
        assert_eq!(kept.text(), "one\ntwo\na warning\n");
        lines.add(b"three\n", false);
        lines.end();
        lines.add(b"after the end\n", false);
        assert_eq!(kept.text(), "one\ntwo\na warning\nthree\nafter the end\n");
    }

    #[test]
    fn a_panic_writes_what_was_gathered() {
        let kept = Kept::default();
        let lines = Lines::to(kept.clone(), true);
        lines.add(b"before\n", false);
        lines.write_in_a_panic();
        assert_eq!(kept.text(), "before\n");
    }

    #[test]
    fn nothing_is_dropped_while_a_pipe_stands_still_and_what_is_gathered_is_bounded() {
        const LINES: usize = 4 * MOST / 64;
        let (go_on, told) = channel();
        let kept = Kept::default();
        let lines = Lines::to(Stalled(told, kept.clone()), true);
        let logging = lines.clone();
        let logger = std::thread::spawn(move || {
            for number in 0..LINES {
                logging.add(format!("{number:063}\n").as_bytes(), false);
            }
        });
        while lines.0.waiting.lock().bytes.len() < MOST {
            std::thread::yield_now();
        }
        assert!(lines.0.waiting.lock().bytes.len() < MOST + 64);
        drop(go_on);
        assert!(logger.join().is_ok());
        lines.end();
        let text = kept.text();
        let written: Vec<usize> = text.lines().flat_map(str::parse).collect();
        assert_eq!(written, (0..LINES).collect::<Vec<_>>());
    }
}
