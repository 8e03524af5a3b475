use deskledger_domain::{InvalidRecord, InvalidTime, ProjectId};
use thiserror::Error;

use super::RecordLine;

/// What some programs put before a text in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why something that was sent is not a record. The text names the field, where there is one, and what would be right.
///
/// What was sent is quoted so that it is safe to print: cut where it is long, its control characters escaped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidRecordLine {
    /// The bytes are not text.
    #[error("not UTF-8: the byte at column {column} begins no character")]
    NotUtf8 {
        /// Which byte, from 1.
        column: usize,
    },
    /// The input is encoded in UTF-16, as spreadsheets save "Unicode text".
    #[error(
        "encoded in UTF-16, and must be in UTF-8: save it as UTF-8 (in Excel as \"CSV UTF-8\"), or convert it"
    )]
    Utf16,
    /// The text is not JSON, or its end is missing.
    #[error("not JSON: {reason} at column {column}")]
    NotJson {
        /// What is wrong with it.
        reason: String,
        /// Which byte of its line, from 1.
        column: usize,
    },
    /// It is JSON, but not an object.
    #[error("{reason}")]
    NotAnObject {
        /// What it is instead.
        reason: String,
    },
    /// A field does not exist.
    #[error("unknown field {name}: the fields are {}", RecordLine::FIELDS.join(", "))]
    UnknownField {
        /// The name that was sent, quoted.
        name: String,
    },
    /// A field has a value of the wrong type, or occurs twice.
    #[error("{field}: {reason}")]
    Field {
        /// The name of the field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A time is invalid.
    #[error("{field} is {text}, {why}")]
    Time {
        /// The name of the field.
        field: &'static str,
        /// What was sent, quoted.
        text: String,
        /// What would be right.
        why: InvalidTime,
    },
    /// The record says that it belongs to another project.
    #[error(
        "tenantId is {tenant}, which is another project: leave it out, or send {project}, the project asked for"
    )]
    OtherProject {
        /// The project that was sent, quoted.
        tenant: String,
        /// The project that would be right, quoted.
        project: String,
    },
    /// The fields make no valid record.
    #[error(transparent)]
    Record(#[from] InvalidRecord),
}

impl InvalidRecordLine {
    /// The name of the field that is wrong, where it is one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Field { field, .. }
            | Self::Time { field, .. }
            | Self::Record(
                InvalidRecord::Missing { field }
                | InvalidRecord::TooLong { field, .. }
                | InvalidRecord::ForbiddenCharacter { field },
            ) => Some(field),
            Self::OtherProject { .. } => Some("tenantId"),
            _ => None,
        }
    }

    /// A mandatory field that was left out.
    pub const fn missing(field: &'static str) -> Self {
        Self::Record(InvalidRecord::Missing { field })
    }

    pub(super) fn time(field: &'static str, text: &str, why: InvalidTime) -> Self {
        Self::Time {
            field,
            text: quoted(text),
            why,
        }
    }

    pub(super) fn other_project(tenant: &str, project: &ProjectId) -> Self {
        Self::OtherProject {
            tenant: quoted(tenant),
            project: quoted(project.as_str()),
        }
    }
}

/// Whether the beginning of an input shows that it is encoded in UTF-16: by a byte order mark, or by a character of ASCII, with
/// which every text of ours begins.
pub fn is_utf16(beginning: &[u8]) -> bool {
    matches!(
        *beginning,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] | [1..=0x7f, 0, ..]
    )
}

/// A text in UTF-8 as it is without the mark that some programs put before it (RFC 8259 §8.1 lets a parser ignore it).
pub fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// What was sent, in quotes, cut after 80 characters: the sender chose it, and a terminal or a log shows it.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
