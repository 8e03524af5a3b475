//! Writes 1,000 records to standard output as NDJSON.
//!
//! ```sh
//! cargo run -p deskledger-generator --example generate
//! ```

use std::io;

use deskledger_generator::{Generator, GeneratorSettings, write_ndjson};

fn main() -> io::Result<()> {
    let settings = GeneratorSettings::new(1_000, 1);
    write_ndjson(Generator::new(settings), io::stdout().lock())
}
