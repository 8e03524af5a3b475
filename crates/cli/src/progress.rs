//! Progress on a terminal. Without a terminal, nothing is shown.

use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

/// How often the bar moves while nothing is counted.
const TICK: Duration = Duration::from_millis(120);

/// A bar on standard error for work of `total` steps; hidden where standard error is no terminal.
pub(crate) fn of_records(total: u64) -> ProgressBar {
    bar(
        Some(total),
        "{bar:40} {human_pos}/{human_len} records  {rate}  {eta} left",
    )
}

/// A bar on standard error for reading `total` bytes, or an unknown number of them.
pub(crate) fn of_bytes(total: Option<u64>) -> ProgressBar {
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
        bar.set_style(style.with_key("rate", write_rate));
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// `137,513/s`: nobody counts parts of records.
fn write_rate(state: &ProgressState, output: &mut dyn std::fmt::Write) {
    let rate = Duration::from_secs_f64(state.per_sec().clamp(0.0, 1e12)).as_secs();
    // A terminal that takes no more shows no rate.
    let _ = write!(output, "{}/s", HumanCount(rate));
}
