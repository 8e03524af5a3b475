use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The form that an export takes. Its records and their order are the same in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// An Excel workbook: the default.
    #[default]
    Xlsx,
    /// Cells separated by commas (RFC 4180), in the asked language and zone, for programs that know tables.
    Csv,
    /// One JSON object a line, by the names of the API, for programs that know records.
    JsonLines,
}

impl ExportFormat {
    /// Every format there is.
    pub const ALL: [Self; 3] = [Self::Xlsx, Self::Csv, Self::JsonLines];

    /// The name on the wire, which is also what a file's name ends with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    /// Reads the name of a format, exactly as [`ExportFormat::name`] writes it.
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or(UnknownFormat)
    }
}

/// No format has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a format: the formats are {}", ExportFormat::ALL.map(ExportFormat::name).join(", "))]
pub struct UnknownFormat;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_and_nothing_else_is() {
        for format in ExportFormat::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        for name in ["", "XLSX", "xls", ".csv", "json", "ndjson"] {
            assert_eq!(name.parse::<ExportFormat>(), Err(UnknownFormat), "{name}");
        }
    }
}
