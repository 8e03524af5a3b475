//! Prints the metrics of a service that has answered one request.
//!
//! ```sh
//! cargo run -p deskledger-metrics --example metrics
//! ```

use std::error::Error;
use std::io::{self, Write as _};
use std::time::Duration;

use deskledger_metrics::{Metrics, Running};

fn main() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::new();
    let endpoint = Some("/health/live".to_owned());
    metrics.count_request("GET", endpoint, 200, Duration::from_millis(2));
    write!(io::stdout(), "{}", metrics.text(Running::default())?)?;
    Ok(())
}
