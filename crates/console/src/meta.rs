use chrono_tz::TZ_VARIANTS;
use deskledger_domain::{Column, ColumnKind, Language};
use serde::Serialize;

/// What the service says of itself for the page, in one language.
#[derive(Debug, Serialize)]
pub struct Meta {
    /// The columns of the files, in their order, with the headers that the files have: so screen and file never differ.
    pub columns: Vec<ColumnMeta>,
    /// The names of the time zones there are.
    pub zones: Vec<&'static str>,
    /// The version of the program.
    pub version: &'static str,
}

/// A column of the files.
#[derive(Debug, Serialize)]
pub struct ColumnMeta {
    /// The field of a record on the wire; `duration` is made of two.
    pub name: &'static str,
    /// Its header, without a time zone.
    pub header: &'static str,
    /// `text`, `time`, `duration`, `boolean` or `integer`.
    pub kind: &'static str,
}

impl Meta {
    /// The words of a language.
    pub fn new(language: Language) -> Self {
        let columns = Column::ALL.iter().map(|column| ColumnMeta {
            name: column.name(),
            header: column.title(language),
            kind: match column.kind() {
                ColumnKind::Text => "text",
                ColumnKind::Time => "time",
                ColumnKind::Duration => "duration",
                ColumnKind::Boolean => "boolean",
                ColumnKind::Integer => "integer",
            },
        });
        Self {
            columns: columns.collect(),
            zones: TZ_VARIANTS.iter().map(|zone| zone.name()).collect(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
