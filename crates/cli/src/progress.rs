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

/// A spinner on standard error for projects whose number is not known; its message is the one that is worked on.
pub(crate) fn of_projects() -> ProgressBar {
    bar(None, "{spinner} {human_pos} projects  {elapsed}  {msg}")
}

/// A spinner on standard error for records that are copied, whose number is not known.
pub(crate) fn of_copies() -> ProgressBar {
    bar(
        None,
        "{spinner} {human_pos} records copied  {rate}  {elapsed}",
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

fn write_rate(state: &ProgressState, output: &mut dyn std::fmt::Write) {
    // A terminal that takes no more shows no rate.
    let _ = output.write_str(&rate(state.per_sec()));
}

/// `137,513/s`: nobody counts parts of records.
fn rate(per_second: f64) -> String {
    let whole = Duration::from_secs_f64(per_second.clamp(0.0, 1e12)).as_secs();
    format!("{}/s", HumanCount(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_whole_number_of_records() {
        assert_eq!(rate(137_513.627), "137,513/s");
        assert_eq!(rate(0.4), "0/s");
        assert_eq!(rate(f64::INFINITY), "1,000,000,000,000/s");
    }
}
