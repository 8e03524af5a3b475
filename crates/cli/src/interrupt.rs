//! What a command does when a signal asks it to end: Ctrl-C, `kill`, or a closed terminal. It first removes the files
//! and folders that it made for itself alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a command may take to end by itself. A second signal ends it at once.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(10);

/// What a shell adds to the number of a signal, to make an exit code of it.
const OF_SIGNALS: u8 = 128;

/// How often, and after what pause, the removal of a folder is tried again in which files are still being made.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// The signal that asked the process to end. 0 means that there was no such signal.
static ASKED_BY: AtomicU8 = AtomicU8::new(0);

/// Files and folders that the command made for itself alone.
static LEFTOVERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Whether a signal asked the process to end.
pub(crate) fn is_asked_to_end() -> bool {
    ASKED_BY.load(Ordering::Acquire) != 0
}

/// The exit code of a process that a signal asked to end, as shells write it.
pub(crate) fn exit_code() -> Option<ExitCode> {
    match ASKED_BY.load(Ordering::Acquire) {
        0 => None,
        signal => Some(ExitCode::from(OF_SIGNALS.saturating_add(signal))),
    }
}

/// A file or folder that is removed when this is dropped, or when a signal asks the process to end before that.
pub(crate) struct Leftover(PathBuf);

impl Leftover {
    /// Makes something temporary by `make`. No signal comes between its making and its being known here.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn make<T>(
        make: impl FnOnce() -> io::Result<T>,
        path: impl FnOnce(&T) -> &Path,
    ) -> io::Result<(T, Self)> {
        let mut leftovers = leftovers();
        let temporary = make()?;
        let path = path(&temporary).to_owned();
        leftovers.push(path.clone());
        Ok((temporary, Self(path)))
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        let mut leftovers = leftovers();
        remove(&self.0);
        leftovers.retain(|path| *path != self.0);
    }
}

fn leftovers() -> MutexGuard<'static, Vec<PathBuf>> {
    // Paths are put in and taken out whole.
    LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is left. The lock is never given back, so that nothing more is made.
#[cfg(unix)]
fn end(code: u8) -> ! {
    let leftovers = leftovers();
    for path in leftovers.iter() {
        remove(path);
    }
    std::process::exit(code.into())
}

/// Removes a file, or a folder with all that is in it, where it is there. Threads that are about to end may still make
/// files in it, such as those that open connections to a database. Where that fails there is nobody left who could do
/// anything.
fn remove(path: &Path) {
    if !path.is_dir() {
        let _ = fs::remove_file(path);
        return;
    }
    for _ in 0..ATTEMPTS {
        if fs::remove_dir_all(path).is_ok() || !path.exists() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Ends the process in order when a signal asks for it. `stop` is called with the signal, and the command may end by
/// itself. If it does not, the files and folders that it made for itself are removed. A signal that is ignored, such as
/// SIGHUP under `nohup`, stays ignored.
///
/// # Errors
/// When the system does not let signals be handled.
#[cfg(unix)]
pub(crate) fn watch(stop: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    watch_for(PATIENCE, stop)
}

/// [`watch`] for a command that has nothing to bring to an end: a signal ends it at once.
///
/// # Errors
/// As for [`watch`].
#[cfg(unix)]
pub(crate) fn end_at_signals() -> io::Result<()> {
    watch_for(Duration::ZERO, |_| ())
}

#[cfg(not(unix))]
pub(crate) fn end_at_signals() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn watch_for(patience: Duration, stop: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    use actix_web::rt::Runtime;
    use actix_web::rt::signal::unix::signal;
    use futures_util::future;

    let (started, ready) = flume::bounded(1);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let runtime = match Runtime::new() {
                Ok(runtime) => runtime,
                Err(error) => return drop(started.send(Err(error))),
            };
            runtime.block_on(async {
                let ignored = ignored_signals();
                let listening = Signal::ALL
                    .into_iter()
                    .filter(|asked| ignored & asked.bit() == 0)
                    .map(|asked| Ok((asked, signal(asked.kind())?)))
                    .collect::<io::Result<Vec<_>>>();
                let mut listening = match listening {
                    Ok(listening) => listening,
                    Err(error) => return drop(started.send(Err(error))),
                };
                drop(started.send(Ok(())));
                if listening.is_empty() {
                    return;
                }
                let mut next = async || {
                    let each = listening.iter_mut().map(|(asked, stream)| {
                        let asked = *asked;
                        Box::pin(async move {
                            stream.recv().await;
                            asked
                        })
                    });
                    future::select_all(each).await.0
                };
                let asked = next().await;
                ASKED_BY.store(asked.number(), Ordering::Release);
                stop(asked);
                let again = actix_web::rt::time::timeout(patience, next()).await;
                end(OF_SIGNALS + again.unwrap_or(asked).number());
            });
        })?;
    ready.recv().unwrap_or(Ok(()))
}

#[cfg(not(unix))]
pub(crate) fn watch(_: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// A signal that asks a process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// The terminal was closed.
    HangUp,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-\.
    Quit,
    /// `kill`, or a system that is shut down.
    Terminate,
}

#[cfg(unix)]
impl Signal {
    const ALL: [Self; 4] = [Self::HangUp, Self::Interrupt, Self::Quit, Self::Terminate];

    fn kind(self) -> actix_web::rt::signal::unix::SignalKind {
        use actix_web::rt::signal::unix::SignalKind;

        match self {
            Self::HangUp => SignalKind::hangup(),
            Self::Interrupt => SignalKind::interrupt(),
            Self::Quit => SignalKind::quit(),
            Self::Terminate => SignalKind::terminate(),
        }
    }

    fn number(self) -> u8 {
        // POSIX fixes those of these four.
        u8::try_from(self.kind().as_raw_value()).unwrap_or_default()
    }

    fn bit(self) -> u64 {
        1 << self.number().saturating_sub(1)
    }
}

/// The signals that the process was started with as ignored, a bit each, as far as the system says it.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .map(str::trim);
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok())
        .unwrap_or_default()
}
