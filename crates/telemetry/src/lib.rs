#![doc = include_str!("../README.md")]

mod repetition;
mod writer;

use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt};

pub use repetition::Repetition;
use writer::Lines;

/// The lines of this process that are on their way.
static LINES: OnceLock<Lines> = OnceLock::new();

/// How long a panic waits until its line is written. The process may end with it.
const LAST_LINE: Duration = Duration::from_millis(200);

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Starts the log of this process. A second call has no effect.
///
/// Nobody waits for what reads standard error: some megabytes of lines may wait for it, and what is beyond them is
/// [lost](lost_lines). So call [`flush`] before the process ends.
///
/// `filter` says what is logged, by level and module: `info,deskledger_api=debug`. Of a filter with a mistake, only what is valid
/// counts.
pub fn start(filter: &str, format: LogFormat) {
    let filter = EnvFilter::new(filter);
    let registry = Registry::default().with(filter);
    let colours = std::io::stderr().is_terminal();
    let Ok(lines) = Lines::begin(std::io::stderr()) else {
        return; // A system without a thread for the log has none for the service either.
    };
    let layer = fmt::layer().with_writer(lines.clone()).with_ansi(colours);
    let started = match format {
        LogFormat::Text => registry.with(layer.with_target(false)).try_init(),
        LogFormat::Json => registry
            .with(layer.json().flatten_event(true).with_span_list(false))
            .try_init(),
    };
    if started.is_ok() {
        let _ = LINES.set(lines);
        log_panics();
    } else {
        tracing::debug!("the log had already been started");
    }
}

/// Waits until the lines of the log are written, for `patience` at most: what reads them may have stopped.
pub fn flush(patience: Duration) {
    if let Some(lines) = LINES.get() {
        lines.flush(patience);
    }
}

/// How many lines were lost, because what reads standard error did not take them in time.
pub fn lost_lines() -> u64 {
    LINES.get().map_or(0, Lines::lost)
}

/// A duration in seconds, to a tenth of a millisecond, for a field of the log. What is shorter is 0: the log would write it with an
/// exponent.
pub fn seconds(duration: Duration) -> f64 {
    const STEPS: f64 = 1e4;

    (duration.as_secs_f64() * STEPS).round() / STEPS
}

/// A text for a field of the log, which is left out where the text is empty.
pub fn filled<T: AsRef<str>>(text: T) -> Option<T> {
    (!text.as_ref().is_empty()).then_some(text)
}

/// A panic is a line of the log, and not text among its lines.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let payload = panic.payload();
        let reason = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        tracing::error!(location, reason, "panicked");
        flush(LAST_LINE);
    }));
}

#[cfg(test)]
mod documented;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_plain_decimals() {
        for (nanoseconds, text) in [
            (0, "0.0"),
            (23_000, "0.0"),
            (50_000, "0.0001"),
            (123_456, "0.0001"),
            (8_565_996_951, "8.566"),
            (86_400_000_000_000_000, "86400000.0"),
        ] {
            let seconds = seconds(Duration::from_nanos(nanoseconds));
            assert_eq!(format!("{seconds:?}"), text);
            assert_eq!(serde_json::to_string(&seconds).unwrap(), text);
        }
    }
}
