mod at_once;
mod bad;
mod encoding;
mod good;

use std::{
    io::{self, Read},
    num::NonZeroUsize,
};

use deskledger_domain::{ConnectionRecord, ProjectId, Written};

use super::*;

fn project() -> ProjectId {
    ProjectId::new("p1").unwrap()
}

/// What an import did: what it answered, what was written, what was set aside and what was said of it.
struct Outcome {
    result: Result<ImportSummary, ImportError<io::Error>>,
    batches: Vec<Vec<ConnectionRecord>>,
    aside: Vec<u8>,
    reports: Vec<String>,
}

impl Outcome {
    fn summary(&self) -> ImportSummary {
        *self.result.as_ref().unwrap()
    }

    fn error(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }

    fn identities(&self) -> Vec<&str> {
        self.batches
            .iter()
            .flatten()
            .map(|record| record.fields().transaction_id.as_str())
            .collect()
    }
}

/// An import in batches of three records.
fn import(format: ImportFormat, input: impl Read, skip_bad: bool) -> Outcome {
    let (mut batches, mut aside, mut reports) = (Vec::new(), Vec::new(), Vec::new());
    let project = project();
    let mut report = |bad: &BadLine| reports.push(bad.to_string());
    let bad_lines = if skip_bad {
        BadLines::SetAside {
            sink: &mut aside,
            report: &mut report,
        }
    } else {
        BadLines::Stop
    };
    let result = Importer::new(format, &project)
        .batch_records(NonZeroUsize::new(3).unwrap())
        .bad_lines(bad_lines)
        // A small buffer, so that lines go over its ends.
        .run(io::BufReader::with_capacity(61, input), |events| {
            let records = events.iter().map(|event| event.to_record().unwrap());
            batches.push(records.collect());
            Ok(Written {
                inserted: events.len() as u64 - 1,
                updated: 1,
            })
        });
    Outcome {
        result,
        batches,
        aside,
        reports,
    }
}

fn ndjson(input: impl AsRef<[u8]>) -> Outcome {
    import(ImportFormat::Ndjson, input.as_ref(), false)
}

fn csv(input: impl AsRef<[u8]>) -> Outcome {
    import(ImportFormat::Csv, input.as_ref(), false)
}

/// A good line of NDJSON, without its end.
fn line(transaction_id: u32) -> String {
    format!(
        r#"{{"transaction_id": "{transaction_id}", "connection_start_time": "2020-04-24T03:02Z"}}"#
    )
}
