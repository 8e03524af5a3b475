//! Writes one line of the log, for machines.
//!
//! ```sh
//! cargo run -p deskledger-telemetry --example log
//! ```

use std::time::Instant;

use deskledger_telemetry::{LogFormat, seconds, start};

fn main() {
    let began = Instant::now();
    start("info", LogFormat::Json);
    tracing::info!(seconds = seconds(began.elapsed()), "the log began");
}
