#![doc = include_str!("../README.md")]

mod audit_line;
mod audits;
mod csv;
mod error;
mod json_lines;
mod local_time;
mod records;
mod row;
mod summary;
mod workbook;

pub use audit_line::{AuditLine, AuditedFilter};
pub use audits::{AppendAudit, write_audits};
pub use error::ExportError;
pub use records::{AppendRecord, ExportOptions, ExportSummary, write_records};
