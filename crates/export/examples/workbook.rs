//! Writes 10,000 realistic records as a German workbook with a summary.
//!
//! ```sh
//! cargo run -p deskledger-export --example workbook -- records.xlsx
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;

use deskledger_domain::{
    Action, ConnectionRecord, ExportQuery, Language, Policy, Principal, ProjectId,
};
use deskledger_export::{ExportOptions, write_records};
use deskledger_generator::{DEFAULT_UNTIL, Generator, GeneratorSettings};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("name a file, such as records.xlsx")?;
    let project = ProjectId::new("p1")?;
    let reader = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&reader, Action::ExportConnections, &project)?;
    let mut request = ExportQuery::default().into_request(scope)?;
    request.language = Language::DeDe;
    request.summary = true;

    let options = ExportOptions {
        created: DEFAULT_UNTIL,
        compression_thread: true,
    };
    let records: Result<Vec<_>, _> = Generator::new(GeneratorSettings::new(10_000, 1))
        .map(|fields| ConnectionRecord::new(project.clone(), fields))
        .collect();
    let records = records?;
    let (_, summary) = write_records(
        &request,
        options,
        File::create(path)?,
        |append| {
            let mut newest_first = records.iter().rev();
            Ok::<_, Infallible>(newest_first.try_for_each(|record| append(record.as_ref())))
        },
        &mut |_| {},
    )?;
    writeln!(
        std::io::stdout(),
        "{} records, {} bytes",
        summary.records,
        summary.bytes
    )?;
    Ok(())
}
