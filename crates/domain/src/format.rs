use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One entry for each format: its name here, and what is known of it.
macro_rules! formats {
    ($($(#[$attribute:meta])* $name:ident: $facts:expr,)*) => {
        /// The form that an export takes. Its records and their order are the same in each.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum ExportFormat {
            $($(#[$attribute])* $name,)*
        }

        impl ExportFormat {
            /// Every format there is.
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            const fn facts(self) -> &'static Facts {
                match self {
                    $(Self::$name => &$facts,)*
                }
            }
        }
    };
}

formats! {
    /// An Excel workbook: the default.
    #[default]
    Xlsx: Facts {
        endings: &["xlsx"],
        // It must not begin as a text, JSON or XML type does: the vendor's SDKs would parse it.
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        media_types: &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        is_compressed: true,
    },
    /// Cells separated by commas (RFC 4180), in the asked language and zone, for programs that know tables.
    Csv: Facts {
        endings: &["csv"],
        content_type: "text/csv; charset=utf-8",
        media_types: &["text/csv"],
        is_compressed: false,
    },
    /// One JSON object a line, by the names of the API, for programs that know records.
    JsonLines: Facts {
        endings: &["jsonl", "ndjson"],
        content_type: "application/x-ndjson",
        // None is registered, so clients use several.
        media_types: &[
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonl",
            "application/jsonlines",
            "application/x-jsonlines",
        ],
        is_compressed: false,
    },
}

/// What is known of one format.
struct Facts {
    endings: &'static [&'static str],
    content_type: &'static str,
    media_types: &'static [&'static str],
    is_compressed: bool,
}

impl ExportFormat {
    /// The name on the wire, which is also what a file's name ends with.
    pub const fn name(self) -> &'static str {
        self.endings()[0]
    }

    /// What names of files of the format end with, without the full stop, in lower case: the name first, then what others use.
    pub const fn endings(self) -> &'static [&'static str] {
        self.facts().endings
    }

    /// The media type that a file is sent as, with its parameters.
    pub const fn content_type(self) -> &'static str {
        self.facts().content_type
    }

    /// The media types by which clients ask for the format, without parameters: the usual one first.
    pub const fn media_types(self) -> &'static [&'static str] {
        self.facts().media_types
    }

    /// Whether its files are compressed in themselves, so that compressing them once more gains nothing.
    pub const fn is_compressed(self) -> bool {
        self.facts().is_compressed
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
    fn a_file_is_sent_as_the_first_of_the_types_that_ask_for_it() {
        for format in ExportFormat::ALL {
            let (essence, _) =
                (format.content_type().split_once(';')).unwrap_or((format.content_type(), ""));
            assert_eq!(format.media_types()[0], essence);
        }
    }

    #[test]
    fn an_ending_and_a_media_type_are_of_one_format_alone() {
        let others = |format| {
            ExportFormat::ALL
                .into_iter()
                .filter(move |other| *other != format)
        };
        for format in ExportFormat::ALL {
            for other in others(format) {
                let shared = |of: fn(ExportFormat) -> &'static [&'static str]| {
                    of(format).iter().any(|name| of(other).contains(name))
                };
                assert!(
                    !shared(ExportFormat::endings) && !shared(ExportFormat::media_types),
                    "{format} {other}"
                );
            }
        }
    }

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
