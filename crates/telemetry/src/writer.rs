//! The way of a line to standard error, for which nobody waits: its reader may have stopped.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// How many bytes of lines may wait. What is beyond them is lost, and counted.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Lines on their way to where they are written. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Lines are being written that wait no more.
    is_writing: bool,
    lost: u64,
}

impl Lines {
    /// Begins to write lines into `output`, on a thread of their own.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(crate) fn begin(output: impl Write + Send + 'static) -> io::Result<Self> {
        let lines = Self::default();
        let of_thread = lines.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || of_thread.write_to(output))?;
        Ok(lines)
    }

    fn write_to(&self, mut output: impl Write) {
        let mut known_lost = 0;
        loop {
            let (lines, lost) = self.next();
            for line in lines {
                // There is nowhere to report it.
                let _ = output.write_all(&line);
            }
            self.state().is_writing = false;
            self.0.changed.notify_all();
            if lost > known_lost {
                tracing::warn!(
                    lines = lost - known_lost,
                    "lines of the log were lost, since nobody took them in time"
                );
                known_lost = lost;
            }
        }
    }

    /// The lines that wait, once there are some, and how many were lost until now.
    fn next(&self) -> (VecDeque<Vec<u8>>, u64) {
        let mut state = self.state();
        while state.waiting.is_empty() {
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes = 0;
        state.is_writing = true;
        (std::mem::take(&mut state.waiting), state.lost)
    }

    fn add(&self, line: &[u8]) {
        let mut state = self.state();
        if state.bytes + line.len() > MOST_BYTES {
            state.lost += 1;
            return;
        }
        state.bytes += line.len();
        state.waiting.push_back(line.to_vec());
        drop(state);
        self.0.changed.notify_all();
    }

    /// Waits until all lines are written, for `patience` at most.
    pub(crate) fn flush(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        while state.is_writing || !state.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            (state, _) = self
                .0
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many lines were lost.
    pub(crate) fn lost(&self) -> u64 {
        self.state().lost
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line, which is handed over whole.
pub(crate) struct Line<'a>(&'a Lines);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    /// Takes a line only when it is allowed to.
    struct Slow {
        allowed: Receiver<()>,
        taken: Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.allowed.recv();
            let _ = self.taken.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_reader_that_stopped_and_what_is_lost_is_counted() {
        let (allow, allowed) = mpsc::channel();
        let (taken, written) = mpsc::channel();
        let lines = Lines::begin(Slow { allowed, taken }).unwrap();
        let line = vec![b'x'; MOST_BYTES / 4];
        for number in 0..10 {
            lines.make_writer().write_all(&line).unwrap();
            if number == 0 {
                // The thread has taken it, and is stuck with it.
                while !lines.state().is_writing {
                    thread::yield_now();
                }
            }
        }
        assert_eq!(lines.lost(), 5);
        let begin = Instant::now();
        lines.flush(Duration::from_millis(50));
        assert!(begin.elapsed() >= Duration::from_millis(50));
        drop(allow);
        lines.flush(Duration::from_secs(60));
        assert_eq!(written.try_iter().count(), 5);
    }
}
