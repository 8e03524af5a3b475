use std::fmt;

/// The format of a file with records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportFormat {
    /// One JSON object a line, as deskledger-generator writes them.
    #[default]
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
