//! Writing log lines off the threads that make them.
//!
//! A line is copied into a shared buffer, and a thread of its own writes what has gathered there, at most every few
//! milliseconds. A channel of lines (`tracing-appender`) would wake that thread for nearly each of them: measured, that and
//! the thread's switching were 17 % of a warm click's processor time.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, channel},
    },
    thread::{Builder, sleep},
    time::Duration,
};

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Bytes that may wait; lines beyond them are dropped and counted, so that a log that hangs holds up nobody.
const MOST: usize = 16 << 20;

/// How long the end of the program waits for a log that is not read.
const LAST: Duration = Duration::from_secs(2);

/// How long lines gather before they are written together.
const GATHER: Duration = Duration::from_millis(5);

/// Where log lines go. Cheap to clone.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    closed: bool,
}

/// Ends the writing thread when it is dropped, after what waits is written, or two seconds later.
pub struct Guard {
    lines: Lines,
    /// Closed by the thread's end.
    ended: Receiver<()>,
}

impl Lines {
    /// Starts the thread that writes to `out`.
    pub fn start(out: impl Write + Send + 'static) -> io::Result<(Self, Guard)> {
        let shared =
            Shared { waiting: Mutex::default(), arrived: Condvar::new(), dropped: AtomicU64::new(0) };
        let lines = Self(Arc::new(shared));
        let shared = Arc::clone(&lines.0);
        let (running, ended) = channel();
        Builder::new().name("log".to_owned()).spawn(move || {
            shared.write_to(out);
            drop(running);
        })?;
        Ok((lines.clone(), Guard { lines, ended }))
    }

    /// How many lines were dropped because the log was not written fast enough.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn write_to(&self, mut out: impl Write) {
        let mut taken = Vec::new();
        loop {
            let mut waiting = self.waiting.lock();
            while waiting.bytes.is_empty() && !waiting.closed {
                self.arrived.wait(&mut waiting);
            }
            let closed = waiting.closed;
            if !closed {
                drop(waiting);
                sleep(GATHER);
                waiting = self.waiting.lock();
            }
            std::mem::swap(&mut waiting.bytes, &mut taken);
            drop(waiting);
            // Nobody is left to tell of a log that cannot be written.
            let _ = out.write_all(&taken).and_then(|()| out.flush());
            taken.clear();
            if closed {
                return;
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.lines.0.waiting.lock().closed = true;
        self.lines.0.arrived.notify_one();
        // Whatever comes of it: nothing was sent, so it either ended or it hangs.
        let _ = self.ended.recv_timeout(LAST);
    }
}

/// One line; the subscriber writes each with a single call.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.waiting.lock();
        let first = waiting.bytes.is_empty();
        let room = waiting.bytes.len() + line.len() <= MOST;
        if room {
            waiting.bytes.extend_from_slice(line);
        }
        drop(waiting);
        if !room {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        } else if first {
            self.0.arrived.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Hands over what is written, and waits at each write until it is let through.
    struct Held(mpsc::Sender<Vec<u8>>, mpsc::Receiver<()>);

    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            self.1.recv().map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_in_order_and_the_guard_waits_for_the_last() {
        let (sender, written) = mpsc::channel();
        let (go, gate) = mpsc::channel();
        let (mut lines, guard) = Lines::start(Held(sender, gate)).unwrap();
        lines.write_all(b"one\n").unwrap();
        assert_eq!(written.recv().unwrap(), b"one\n");
        // The writer is held: what comes now waits.
        lines.write_all(b"two\n").unwrap();
        lines.write_all(b"three\n").unwrap();
        go.send(()).unwrap();
        go.send(()).unwrap();
        drop(guard);
        assert_eq!(written.try_iter().flatten().collect::<Vec<_>>(), b"two\nthree\n");
    }

    #[test]
    fn a_log_that_hangs_holds_up_nobody_and_what_is_lost_is_counted() {
        let (sender, written) = mpsc::channel();
        let (go, gate) = mpsc::channel();
        let (mut lines, guard) = Lines::start(Held(sender, gate)).unwrap();
        lines.write_all(b"first\n").unwrap();
        written.recv().unwrap();
        let line = vec![b'x'; MOST / 4];
        for _ in 0..5 {
            lines.write_all(&line).unwrap();
        }
        assert_eq!(lines.dropped(), 1);
        // Nor does the end of the program wait for ever.
        drop(guard);
        drop(go);
    }
}
