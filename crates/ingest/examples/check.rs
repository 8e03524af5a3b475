//! Checks a file of records without writing any: prints each bad line and how many records are good.
//!
//! ```sh
//! cargo run -p deskledger-ingest --example check -- records.ndjson
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write as _};

use deskledger_domain::{ConnectionEvent, ProjectId, Written};
use deskledger_ingest::{BadLine, BadLines, ImportFormat, Importer};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("name a file, such as records.ndjson or records.csv")?;
    let format = if path.to_string_lossy().ends_with(".csv") {
        ImportFormat::Csv
    } else {
        ImportFormat::Ndjson
    };
    let mut output = io::stdout().lock();
    let mut broken = Ok(());
    let summary = Importer::new(format, &ProjectId::new("check")?)
        .bad_lines(BadLines::SetAside {
            sink: &mut io::sink(),
            report: &mut |line: &BadLine| {
                if broken.is_ok() {
                    broken = writeln!(output, "{line}");
                }
            },
        })
        .run(
            BufReader::new(File::open(path)?),
            |events: &[ConnectionEvent]| {
                Ok::<_, Infallible>(Written {
                    inserted: events.len() as u64,
                    updated: 0,
                })
            },
        )?;
    broken?;
    writeln!(
        output,
        "{} good records, {} bad lines",
        summary.records, summary.bad_lines
    )?;
    Ok(())
}
