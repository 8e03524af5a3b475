//! A thread that panics once is restarted, and the panic is counted.
//!
//! ```sh
//! cargo run -p deskledger-lifecycle --example supervised
//! ```

use std::error::Error;
use std::io::Write as _;

use deskledger_lifecycle::Supervisor;
use deskledger_metrics::{Metrics, Running};

fn main() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::new();
    let mut runs = 0;
    Supervisor::new(metrics.clone()).run("example", &mut || {
        runs += 1;
        assert!(runs > 1, "the first run panics, to show what follows");
    });
    let text = metrics.text(Running::default())?;
    let mut out = std::io::stdout();
    for line in text.lines().filter(|line| line.contains("example")) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
