//! Counts until a tenth of a second of the processor is used up.
//!
//! ```sh
//! cargo run -p deskledger-platform --example budget
//! ```

use std::io::{self, Write as _};
use std::time::Duration;

use deskledger_platform::CpuBudget;

fn main() -> io::Result<()> {
    let budget = CpuBudget::new(Duration::from_millis(100));
    let mut counted = 0_u64;
    while budget.is_left() {
        counted += 1;
    }
    writeln!(io::stdout(), "counted to {counted}")
}
