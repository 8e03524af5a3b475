//! Progress on a terminal; nothing where there is none.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the bar moves while nothing is counted.
const TICK: Duration = Duration::from_millis(120);

/// A bar on standard error for work of `total` steps; hidden where standard error is no terminal.
pub(super) fn of_records(total: u64) -> ProgressBar {
    bar(
        Some(total),
        "{bar:40} {human_pos}/{human_len} records  {per_sec}  {eta} left",
    )
}

/// A bar on standard error for reading `total` bytes, or an unknown number of them.
pub(super) fn of_bytes(total: Option<u64>) -> ProgressBar {
    let template = if total.is_some() {
        "{bar:40} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}"
    } else {
        "{spinner} {bytes}  {bytes_per_sec}  {msg}"
    };
    bar(total, template)
}

fn bar(total: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    match total {
        Some(total) => bar.set_length(total),
        None => bar.unset_length(),
    }
    // A template that is wrong would show in every run; the plain bar is good enough then.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}
