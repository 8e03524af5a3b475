use std::fmt;

use clap::ValueEnum;

/// The format of a file with records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// One JSON object a line, as `deskledger generate` writes them.
    #[default]
    #[value(alias = "jsonl")]
    Ndjson,
    /// Cells separated by commas (RFC 4180), the names of the fields in the first line.
    Csv,
}

impl fmt::Display for ImportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        })
    }
}
