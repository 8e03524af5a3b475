//! The log: structured, on standard error, for people or for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::settings::{LogFormat, LoggingSettings};

/// Starts the log of this process. A second call has no effect.
pub fn start(settings: &LoggingSettings) {
    // The settings were checked, so the filter is a valid one.
    let filter = EnvFilter::new(&settings.level);
    let registry = Registry::default().with(filter);
    let colours = std::io::stderr().is_terminal();
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let started = match settings.format {
        LogFormat::Text => registry.with(layer.with_target(false)).try_init(),
        LogFormat::Json => registry
            .with(layer.json().flatten_event(true).with_span_list(false))
            .try_init(),
    };
    if started.is_ok() {
        log_panics();
    } else {
        tracing::debug!("the log had already been started");
    }
}

/// A panic is a line of the log, and not text among its lines.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let payload = panic.payload();
        let reason = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or_default();
        tracing::error!(place, reason, "panicked");
    }));
}

#[cfg(test)]
mod documented;
